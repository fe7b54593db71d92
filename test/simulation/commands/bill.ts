import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "prettier";
import { ROOT } from "../../../local/paths.js";
import { tables } from "../bill/page.js";
import { took } from "./workers.js";

const PAGE = join(ROOT, "docs", "cost.md");
/** Each table of the page that is counted stands behind such a line, up to the next empty one. */
const COUNTED = "<!-- counted: npm run simulate -- --bill --write -->\n\n";

/** Counts the bill anew, and compares docs/cost.md with it, or writes it there. @returns the number of differences. */
export async function runBill(writes: boolean): Promise<number> {
  const sinceMs = Date.now();
  const counted = await Promise.all(
    (await tables((line) => console.log(line))).map((one) => format(one, { parser: "markdown" })),
  );
  const page = await readFile(PAGE, "utf8");
  const [head = "", ...sections] = page.split(COUNTED);
  if (sections.length !== counted.length) throw new Error(`${PAGE} has ${sections.length} counted tables`);
  const wanted = sections.map((section, index) => {
    const rest = section.slice(section.indexOf("\n\n"));
    return `${counted[index]?.trimEnd() ?? ""}${rest}`;
  });
  const differing = sections.filter((section, index) => section !== wanted[index]).length;
  if (writes) await writeFile(PAGE, [head, ...wanted].join(COUNTED));
  const how = writes ? "written" : `${differing} differ from docs/cost.md`;
  console.log(`the bill: ${counted.length} tables, ${how}, ${took(sinceMs)}`);
  if (writes) return 0;
  if (differing > 0) console.log("where that is meant: npm run simulate -- --bill --write");
  return differing;
}
