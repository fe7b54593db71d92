import { type Rounds, isDue, roundsNote, roundsOf } from "../../lib/domain/round.js";

const NOW_MS = 1_790_000_000_000;
const EVERY_MS = 50_000;

describe("a round", () => {
  it.each([
    { name: "there was none", round: undefined, due: true },
    { name: "one is not over", round: { beganAtMs: NOW_MS, place: { after: "orders" } }, due: true },
    { name: "one began this moment", round: { beganAtMs: NOW_MS }, due: false },
    { name: "one began nearly long enough ago", round: { beganAtMs: NOW_MS - EVERY_MS + 1 }, due: false },
    { name: "one began long enough ago", round: { beganAtMs: NOW_MS - EVERY_MS }, due: true },
    {
      name: "one began in the future, by a clock that is ahead",
      round: { beganAtMs: NOW_MS + 1 },
      due: true,
    },
  ])("where $name: due is $due", ({ round, due }) => {
    expect(isDue(round, EVERY_MS, NOW_MS)).toBe(due);
  });
});

describe("the note of the rounds", () => {
  it("says what was noted", () => {
    const rounds: Rounds = {
      wake: { beganAtMs: NOW_MS, place: { cursor: "c", after: "orders" } },
      expiry: { beganAtMs: 7 },
    };
    expect(roundsOf(roundsNote(rounds))).toEqual(rounds);
  });

  it.each([undefined, "", "not JSON", "null", "7", '{"wake":null}', '{"wake":{"beganAtMs":"x"}}'])(
    "says nothing where it is %j",
    (note) => {
      expect(roundsOf(note)).toEqual({});
    },
  );

  it("keeps the rounds that it can read beside one that it cannot", () => {
    const note = '{"wake":{"beganAtMs":7},"other":{"beganAtMs":7,"place":{"after":7}}}';
    expect(roundsOf(note)).toEqual({ wake: { beganAtMs: 7 } });
  });
});
