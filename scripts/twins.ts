import ts from "typescript";
import type { Sources } from "./import-cycles.js";

/** Rooms in which each file has a test of the same path, so that its rules are easy to find. */
const ROOMS = /^lib\/(domain|operations)\//;

/**
 * Finds files of the domain and the operations that have no test of the same path. A file that holds only types and
 * constants needs none. Adapters are tested by their ports' contracts.
 */
export function withoutTwin(sources: Sources): readonly string[] {
  return [...sources.keys()]
    .filter((path) => ROOMS.test(path) && doesSomething(sources.get(path) ?? ""))
    .filter((path) => !sources.has(path.replace(/^lib/, "test").replace(/\.ts$/, ".test.ts")));
}

/** Whether the file contains a function with a body. */
function doesSomething(text: string): boolean {
  const isFunction = (node: ts.Node): boolean =>
    ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
  const has = (node: ts.Node): boolean => isFunction(node) || (ts.forEachChild(node, has) ?? false);
  return has(ts.createSourceFile("a.ts", text, ts.ScriptTarget.ES2022));
}
