import { hasPastAskedFor, isAskedFor } from "../../lib/domain/message-query.js";

const message = { key: "k", tag: "t", attempt: 3, lastError: "no such customer" };

it.each([
  [{}, true],
  [{ key: "k" }, true],
  [{ key: "K" }, false],
  [{ tag: "t", key: "k" }, true],
  [{ tag: "t", key: "x" }, false],
  [{ minAttempts: 3 }, true],
  [{ minAttempts: 4 }, false],
  [{ error: "such" }, true],
  [{ error: "Such" }, false],
  [{ key: "k", tag: "t", minAttempts: 1, error: "customer" }, true],
])("%j is what is asked for: %s", (query, expected) => {
  expect(isAskedFor(message, query)).toBe(expected);
});

it("GIVEN a message that never failed, of no key and tag THEN only what asks for none of them has it", () => {
  expect(isAskedFor({ attempt: 0 }, {})).toBe(true);
  for (const query of [{ key: "" }, { tag: "" }, { minAttempts: 1 }, { error: "x" }])
    expect(isAskedFor({ attempt: 0 }, query)).toBe(false);
});

it("GIVEN what a record tells THEN key and tag are not looked at", () => {
  expect(hasPastAskedFor({ attempt: 3 }, { key: "k", minAttempts: 3 })).toBe(true);
  expect(hasPastAskedFor({ attempt: 2 }, { key: "k", minAttempts: 3 })).toBe(false);
});
