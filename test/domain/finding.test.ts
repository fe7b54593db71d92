import { duration, messages, note, wrong } from "../../lib/domain/finding.js";

it("says since when only where that is known", () => {
  expect(wrong("expired", "what", "advice")).toEqual({
    ...{ level: "wrong", code: "expired", what: "what", advice: "advice" },
  });
  expect(note("paused", "what", "advice", 7)).toMatchObject({ level: "note", sinceMs: 7 });
});

it("counts one message as one", () => {
  expect([1, 2].map((count) => messages(count, "wait", "waits"))).toEqual([
    "1 message waits",
    "2 messages wait",
  ]);
});

it.each([
  [1_999, "1 seconds"],
  [119_999, "119 seconds"],
  [120_000, "2 minutes"],
  [7_199_999, "119 minutes"],
  [7_200_000, "2 hours"],
  [172_800_000, "2 days"],
])("tells %i ms in the largest unit of which there are two", (ms, text) => {
  expect(duration(ms)).toBe(text);
});
