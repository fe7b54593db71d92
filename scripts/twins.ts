import ts from "typescript";
import type { Sources } from "./import-cycles.js";

/** Rooms whose files have a test of the same path: whoever changes one knows where its rules are stated. */
const ROOMS = /^lib\/(domain|operations)\//;

/**
 * Files of the domain and the operations without a test of the same path. What holds types and constants only needs
 * none. What adapters promise is in the contracts of their ports.
 */
export function withoutTwin(sources: Sources): readonly string[] {
  return [...sources.keys()]
    .filter((path) => ROOMS.test(path) && doesSomething(sources.get(path) ?? ""))
    .filter((path) => !sources.has(path.replace(/^lib/, "test").replace(/\.ts$/, ".test.ts")));
}

/** Whether there is a function in it that is written out. */
function doesSomething(text: string): boolean {
  const isFunction = (node: ts.Node): boolean =>
    ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
  const has = (node: ts.Node): boolean => isFunction(node) || (ts.forEachChild(node, has) ?? false);
  return has(ts.createSourceFile("a.ts", text, ts.ScriptTarget.ES2022));
}
