import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { ROOT } from "../../local/paths.js";

/** A fenced block of a page. */
export interface Block {
  /** The word after the fence: `sh`, `ts`. */
  readonly language: string;
  readonly text: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Every page that users read: those at the root, and all under docs. */
export async function allPages(): Promise<readonly Page[]> {
  const atRoot = (await readdir(ROOT)).filter((name) => name.endsWith(".md"));
  const inDocs = (await readdir(join(ROOT, "docs"), { recursive: true })).filter((name) =>
    name.endsWith(".md"),
  );
  return await Promise.all([...atRoot, ...inDocs.map((name) => join("docs", name))].sort().map(page));
}

export async function page(path: string): Promise<Page> {
  const text = await readFile(join(ROOT, path), "utf8");
  return { path: relative(ROOT, join(ROOT, path)), text, blocks: blocksOf(text) };
}

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { language: string; lines: string[]; line: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (!fence) open?.lines.push(line);
    else if (!open) open = { language: fence[1] ?? "", lines: [], line: index + 2 };
    else {
      blocks.push({ language: open.language, text: `${open.lines.join("\n")}\n`, line: open.line });
      open = undefined;
    }
  }
  return blocks;
}
