import { oneLine, shortened } from "../../../lib/domain/progress/shortened.js";

it.each([
  ["short", 10, "short"],
  ["exactly ten", 11, "exactly ten"],
  ["a bit too long", 5, "a bit"],
  ["éééé", 5, "éé"],
  ["💥💥", 7, "💥"],
])("%s is cut at %i bytes between two characters", (text, limitBytes, expected) => {
  expect(shortened(text, limitBytes)).toBe(expected);
});

it("has no control character and no half of a pair, where neither is allowed", () => {
  expect(oneLine("at a\n\tb \u0085\ud83d 💥 é")).toBe("at a  b    💥 é");
});
