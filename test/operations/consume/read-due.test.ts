import { isTooLarge } from "../../../lib/operations/consume/read-due.js";
import { aSpan } from "../../contract/builders.js";

it.each([
  ["nothing was wanted", [], [], false],
  ["all of it is left", [aSpan(0, 3)], [aSpan(0, 3)], true],
  ["some of it was read", [aSpan(0, 3)], [aSpan(1, 3)], false],
])("GIVEN %s THEN what was wanted is too large or not", (_, wanted, left, expected) => {
  expect(isTooLarge(wanted, left)).toBe(expected);
});
