import { isExact } from "../../lib/domain/exact-number.js";

it.each(["0", "-0", "1.0", "1e0", "5.50", "9007199254740992", "1e22", "5e-324", "0.1"])(
  "GIVEN %s WHEN a double is asked THEN it holds the number",
  (literal) => {
    expect(isExact(literal)).toBe(true);
  },
);

it.each([
  "9007199254740993",
  "12345678901234567890",
  "1e400",
  "1e-400",
  "0.12345678901234567891",
  "123456789012345.678",
])("GIVEN %s WHEN a double is asked THEN it does not hold the number", (literal) => {
  expect(isExact(literal)).toBe(false);
});
