import { type Shell, aShell } from "./a-shell.js";
import { type Block, type Page, allPages } from "./pages.js";

jest.setTimeout(600_000);

/** Pages whose `sh` blocks run against `sluice dev`, from the first to the last. */
const RUNNABLE = /^docs\/(tutorial|features\/[\w-]+)\.md$/;

let pages: readonly Page[];
let shell: Shell;
beforeAll(async () => {
  pages = (await allPages()).filter(({ path }) => RUNNABLE.test(path));
  shell = await aShell();
});
afterAll(async () => {
  await shell.remove();
});

/** `…` stands for anything in its line, and for any lines where it is alone. */
const patternOf = (text: string): RegExp => {
  const escaped = text.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/^…\n/gm, "(?:.*\\n)*").replaceAll("…", ".*")}$`);
};

/** A `text` block shows what the `sh` block before it prints. */
function shownOutputs({ blocks }: Page): readonly (readonly [command: Block, output: Block])[] {
  return blocks.flatMap((block, index) => {
    const before = blocks[index - 1];
    return block.language === "text" && before?.language === "sh" ? [[before, block] as const] : [];
  });
}

it("GIVEN each page with commands WHEN they are run in order THEN all do what the page says", async () => {
  const paths = pages.map(({ path }) => path);
  expect(paths).toContain("docs/tutorial.md");
  for (const page of pages) {
    const printed = await shell.run(page.blocks);
    for (const [command, output] of shownOutputs(page)) {
      expect(printed.get(command)?.trim()).toMatch(patternOf(output.text));
    }
  }
});
