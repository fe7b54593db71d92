import { checkFilter } from "../../../lib/operations/manage/check-filter.js";

it("takes a pattern, and names the place of a mistake below the field that has it", () => {
  expect(() => checkFilter('{"tag":["a"]}')).not.toThrow();
  const mistakes = (text: string) => {
    try {
      checkFilter(text);
      return [];
    } catch (error) {
      return (error as { errors: { path: string }[] }).errors.map(({ path }) => path);
    }
  };
  expect(mistakes('{"tag":[{"prefix":1}]}')).toEqual([expect.stringMatching(/^filter\.tag/)]);
  expect(mistakes("{}")).toEqual(["filter"]);
});
