import { importCycles } from "../../scripts/import-cycles.js";

const cyclesOf = (sources: Record<string, string>) => importCycles(new Map(Object.entries(sources)));

describe("files that import each other", () => {
  it.each([
    ["values", 'import { b } from "./b.js";'],
    ["types", 'import type { B } from "./b.js";'],
    ["a type among values", 'import { type B, b } from "./b.js";'],
    ["what it exports again", 'export type { B } from "./b.js";'],
    ["a type in a place of its own", 'let b: import("./b.js").B;'],
  ])("are found by their imports of %s", (_, text) => {
    const sources = { "lib/a.ts": text, "lib/b.ts": 'import type { A } from "../lib/a.js";' };
    expect(cyclesOf(sources)).toEqual([["lib/a.ts", "lib/b.ts", "lib/a.ts"]]);
  });

  it("are found round three corners, without what only leads there", () => {
    const sources = {
      "main.ts": 'import "./lib/a.js";',
      "lib/a.ts": 'import "./b.js";',
      "lib/b.ts": 'import "./deep/c.js";',
      "lib/deep/c.ts": 'import "../a.js";',
    };
    expect(cyclesOf(sources)).toEqual([["lib/a.ts", "lib/b.ts", "lib/deep/c.ts", "lib/a.ts"]]);
  });

  it("are none where two import a third, or a package", () => {
    const sources = {
      "a.ts": 'import "./b.js"; import "./c.js"; import ts from "typescript";',
      "b.ts": 'import "./c.js";',
      "c.ts": "",
    };
    expect(cyclesOf(sources)).toEqual([]);
  });
});
