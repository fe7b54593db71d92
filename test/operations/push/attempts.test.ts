import { attemptsOf } from "../../../lib/operations/push/attempts.js";
import type { FailedMessage } from "../../../lib/operations/push/delivered.js";
import { aHanded } from "../../adapters/lambda/a-handed.js";

const sent = (...offsets: readonly number[]) => ({
  batch: { handed: offsets.map((offset) => aHanded({ partition: 2, offset, attempt: 3 })) },
  startedAtMs: 1_000,
});

const PLACED = { partition: 2, offset: 5, attempt: 3, startedAtMs: 1_000, endedAtMs: 1_080 };

const told = (failed?: FailedMessage) => attemptsOf(sent(5), new Map(failed ? [[5, failed]] : []), 1_080);

it("GIVEN a delivery WHEN its target took it THEN each message is told as done, with its time", () => {
  expect(attemptsOf(sent(5, 6), new Map(), 1_080)).toEqual([
    { ...PLACED, outcome: "done" },
    { ...PLACED, offset: 6, outcome: "done" },
  ]);
});

it.each<[string, FailedMessage, string]>([
  ["failed by itself", { blame: "charged", error: "no" }, "failed"],
  ["failed together with others", { blame: { among: 3 }, error: "no" }, "failed"],
  ["was rejected", { blame: "charged", error: "no", isRejected: true }, "rejected"],
])("GIVEN a message WHEN it %s THEN it is told, and why", (_, failed, outcome) => {
  expect(told(failed)).toEqual([{ ...PLACED, outcome, error: "no" }]);
});

it.each<[string, FailedMessage]>([
  ["its target never took", { blame: "returned", error: "throttled" }],
  ["waited behind a failure of its key", { blame: "spared", error: "behind" }],
])("GIVEN a message that %s THEN it was no attempt", (_, failed) => {
  expect(told(failed)).toEqual([]);
});

it("GIVEN a clock that was set back THEN the attempt took no time", () => {
  expect(attemptsOf(sent(5), new Map(), 900)).toMatchObject([{ startedAtMs: 1_000, endedAtMs: 1_000 }]);
});
