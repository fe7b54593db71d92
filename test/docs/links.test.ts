import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { ROOT } from "../../local/paths.js";
import { type Page, allPages } from "./pages.js";

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

const anchorsIn = ({ text }: Page): ReadonlySet<string> =>
  new Set(
    text
      .split("\n")
      .filter((line) => /^#+ /.test(line))
      .map(anchorOf),
  );

it("GIVEN every link of the docs to another page WHEN it is followed THEN page and heading are there", async () => {
  const pages = new Map((await allPages()).map((page) => [page.path, page]));
  const broken: string[] = [];
  for (const page of pages.values()) {
    for (const [, target = ""] of page.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const path = file === "" ? page.path : normalize(join(dirname(page.path), file));
      const linked = pages.get(path);
      const isThere = existsSync(join(ROOT, path));
      if (!isThere || (anchor !== undefined && linked && !anchorsIn(linked).has(anchor)))
        broken.push(`${page.path}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

it("GIVEN every page under docs WHEN the index is read THEN it leads there", async () => {
  const pages = await allPages();
  const index = pages.find(({ path }) => path === "docs/README.md")?.text ?? "";
  const missing = pages
    .map(({ path }) => path)
    .filter(
      (path) => path.startsWith("docs/") && !path.startsWith("docs/decisions/0") && path !== "docs/README.md",
    )
    .filter((path) => !index.includes(`](${path.slice("docs/".length)})`));
  expect(missing).toEqual([]);
});
