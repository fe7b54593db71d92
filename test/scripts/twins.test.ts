import { withoutTwin } from "../../scripts/twins.js";

const missingIn = (sources: Record<string, string>) => withoutTwin(new Map(Object.entries(sources)));
const CODE = "export const one = (): number => 1;";

describe("a file of lib without a test of the same path", () => {
  it.each(["lib/domain/page.ts", "lib/operations/log/append.ts"])("is found: %s", (path) => {
    expect(missingIn({ [path]: CODE, "test/domain/other.test.ts": "" })).toEqual([path]);
    expect(missingIn({ [path]: CODE, [path.replace("lib", "test").replace(".ts", ".test.ts")]: "" })).toEqual(
      [],
    );
  });

  it.each([
    ["types", "export interface Page { turn(): void }"],
    ["constants", "export const SECONDS = 60;"],
    ["abstract types", "export abstract class Page { abstract turn(): void }"],
  ])("needs none where it holds %s only", (_, text) => {
    expect(missingIn({ "lib/domain/page.ts": text })).toEqual([]);
  });

  it.each([
    ["an arrow", CODE],
    ["a function", "function one() { return 1; }"],
    ["a method", "export class One { get() { return 1; } }"],
  ])("needs one where it holds %s", (_, text) => {
    expect(missingIn({ "lib/domain/one.ts": text })).toEqual(["lib/domain/one.ts"]);
  });

  it("is not asked for of what has tests of another kind", () => {
    expect(missingIn({ "lib/adapters/memory/locks.ts": CODE, "cli/main.ts": CODE })).toEqual([]);
  });
});
