import { shortened } from "../../../lib/domain/progress/shortened.js";

it.each([
  ["short", 10, "short"],
  ["exactly ten", 11, "exactly ten"],
  ["a bit too long", 5, "a bit"],
  ["éééé", 5, "éé"],
  ["💥💥", 7, "💥"],
])("%s is cut at %i bytes between two characters", (text, limitBytes, expected) => {
  expect(shortened(text, limitBytes)).toBe(expected);
});
