import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { STATUSES } from "../../lib/http/status.js";
import { ROOT } from "../../local/paths.js";
import { page } from "./pages.js";

/** The codes that the client makes up itself, from its source. */
async function clientCodes(): Promise<readonly string[]> {
  const folder = join(ROOT, "lib", "client");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.flatMap((text) =>
    [...text.matchAll(/\bcode(?: =|:) "([a-z-]+)"/g)].map(([, code = ""]) => code),
  );
}

it("GIVEN every code of the API and of the client WHEN the page is read THEN it has each, and no other", async () => {
  const { text } = await page("docs/errors.md");
  const written = [...text.matchAll(/^### `([a-z-]+)`$/gm)].map(([, code = ""]) => code);
  expect([...written].sort()).toEqual([...Object.keys(STATUSES), ...(await clientCodes())].sort());
});

it.each(Object.entries(STATUSES))(
  "GIVEN %s WHEN the page is read THEN its status is %i",
  async (code, status) => {
    const { text } = await page("docs/errors.md");
    expect(text).toContain(`### \`${code}\`\n${status}. `);
  },
);
