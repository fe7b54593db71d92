import { cdkApiPage, withTexts } from "../../scripts/cdk-api/page.js";
import { type Exported, exportedOfCdk } from "../../scripts/cdk-api/read.js";
import { page } from "./pages.js";

let all: readonly Exported[];
beforeAll(() => {
  all = withTexts(exportedOfCdk());
});

it("GIVEN the constructs' sources WHEN the page is made THEN it is the one that is there", async () => {
  const { text } = await page("docs/cdk-api.md");
  // If not: npm run docs:cdk
  expect(text).toBe(cdkApiPage(all));
});

it("GIVEN a setting that can be left out WHEN its docstring is read THEN it says what one gets then", () => {
  const optional = all.flatMap(({ kind, name, members }) =>
    kind === "interface"
      ? members.filter(({ isOptional }) => isOptional).map((one) => ({ ...one, owner: name }))
      : [],
  );
  expect(optional.length).toBeGreaterThan(100);
  expect(
    optional.filter(({ standard }) => standard === "").map(({ owner, name }) => `${owner}.${name}`),
  ).toEqual([]);
});

it("GIVEN what is exported WHEN its docstrings are read THEN it and each of its methods say what they are for", () => {
  const silent = all.flatMap(({ name, text, members }) => [
    ...(text === "" ? [name] : []),
    ...members
      .filter(
        (one) =>
          one.kind !== "property" && one.kind !== "constructor" && one.kind !== "value" && one.text === "",
      )
      .map((one) => `${name}.${one.name}`),
  ]);
  expect(silent).toEqual([]);
});

it("GIVEN what the CDK's classes bring along WHEN the page is made THEN it is left out", () => {
  const names = all.flatMap(({ members }) => members.map(({ name }) => name));
  for (const foreign of ["applyRemovalPolicy", "node", "toString"]) expect(names).not.toContain(foreign);
});
