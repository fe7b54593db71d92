import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { LOG_QUERIES } from "../../cdk/saved-queries.js";
import { ROOT } from "../../local/paths.js";
import { type Block, page } from "./pages.js";

/** What every line has: from the logger, and from CloudWatch. */
const OF_EVERY_LINE = new Set(["event", "queue", "level"]);

async function sources(): Promise<readonly string[]> {
  const folders = ["lib", "lambdas"];
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(ROOT, folder), { recursive: true })).map((name) => join(ROOT, folder, name)),
    ),
  );
  const typescript = files.flat().filter((name) => name.endsWith(".ts"));
  return await Promise.all(typescript.map((name) => readFile(name, "utf8")));
}

const eventsOf = ({ text }: Block): readonly string[] => {
  const [, filter = ""] = /event (?:=|in) (\[[^\]]*\]|"[^"]*")/.exec(text) ?? [];
  return [...filter.matchAll(/"([a-z-]+)"/g)].map(([, name = ""]) => name);
};

/** The names of fields: not what it says in quotation marks, nor words of the language, nor names that it gives. */
function fieldsOf({ text }: Block): readonly string[] {
  const given = [...text.matchAll(/\bas (\w+)/g)].map(([, name = ""]) => name);
  const words = text
    .replaceAll(/"[^"]*"/g, "")
    .replaceAll(/@\w+/g, "")
    .replaceAll(/\b(?:as \w+|\w+\()/g, "")
    .match(/\b[a-zA-Z]\w*\b/g);
  return [...new Set(words ?? [])].filter((word) => !LANGUAGE.has(word) && !given.includes(word));
}
const LANGUAGE = new Set(
  ["fields", "filter", "sort", "limit", "stats", "by", "desc", "asc", "and", "in", "like"].concat("bin"),
);

it("GIVEN the page of queries WHEN they are read THEN each event and field is one that is logged", async () => {
  const { blocks } = await page("docs/log-queries.md");
  const queries = blocks.filter(({ language }) => language === "logs");
  const all = await sources();
  expect(queries.length).toBeGreaterThanOrEqual(10);
  for (const query of queries) {
    const events = eventsOf(query);
    const telling = events.flatMap((event) => {
      const found = all.filter((source) => new RegExp(`\\bevent\\(\\s*"${event}"`).test(source));
      if (found.length === 0) throw new Error(`line ${query.line}: no function logs "${event}"`);
      return found;
    });
    const places = events.length > 0 ? telling : all;
    const unknown = fieldsOf(query).filter(
      (field) =>
        !OF_EVERY_LINE.has(field) && !places.some((source) => new RegExp(`\\b${field}\\b`).test(source)),
    );
    expect([query.line, unknown]).toEqual([query.line, []]);
  }
});

it("GIVEN what a construct saves WHEN the page is read THEN it shows just that, in this order", async () => {
  const { blocks, text } = await page("docs/log-queries.md");
  const shown = blocks.filter(({ language }) => language === "logs").map((block) => block.text.trimEnd());
  expect(shown).toEqual(LOG_QUERIES.map(({ lines }) => lines.join("\n")));
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  const names = LOG_QUERIES.map(({ name }) => name);
  expect(headings.filter((heading) => !names.includes(heading ?? ""))).toEqual([]);
});
