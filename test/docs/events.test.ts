import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../../local/paths.js";
import { page } from "./pages.js";

/** Events that the code names, from its source. */
async function eventsIn(folder: string): Promise<readonly string[]> {
  const names = (await readdir(join(ROOT, folder), { recursive: true })).filter((name) =>
    name.endsWith(".ts"),
  );
  const texts = await Promise.all(names.map((name) => readFile(join(ROOT, folder, name), "utf8")));
  const calls = texts.flatMap((text) => [...text.matchAll(/\bevent\(\s*"([a-z-]+)"/g)]);
  return calls.map(([, event = ""]) => event);
}

it("GIVEN every event of the logs WHEN the page is read THEN it has each, and no other", async () => {
  const { text: whole } = await page("docs/operating.md");
  const section = whole.slice(whole.indexOf("## Events in the logs"));
  const cells = section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|")[1] ?? "");
  const [record = ""] = /\*\*For the record(.|\n(?!\n))*/.exec(section) ?? [];
  const written = [...cells, record].flatMap((text) =>
    [...text.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name),
  );
  const logged = [...(await eventsIn("lib")), ...(await eventsIn("lambdas"))];
  expect([...new Set(written)].sort()).toEqual([...new Set(logged)].sort());
});
