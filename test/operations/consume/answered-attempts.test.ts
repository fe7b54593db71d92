import type { Receipt } from "../../../lib/domain/receipt.js";
import { answeredAttempts } from "../../../lib/operations/consume/answered-attempts.js";
import type { Settlement } from "../../../lib/operations/consume/settle.js";

const RECEIPT: Receipt = {
  ...{ leaseId: "lease", offset: 7, leaseSize: 1 },
  handing: { partition: 3, attempt: 2, atMs: 1_000 },
};
const PLACED = { partition: 3, offset: 7, attempt: 2, startedAtMs: 1_000 };

const told = (settlement: Settlement, receipt: Receipt = RECEIPT, nowMs = 1_250) =>
  answeredAttempts([settlement], new Map([[settlement, receipt]]), nowMs);

it.each<[Settlement, object]>([
  [{ receipt: "r", outcome: "ack" }, { outcome: "done" }],
  [
    { receipt: "r", outcome: "retry", delaySeconds: 5, error: "busy" },
    { outcome: "failed", error: "busy" },
  ],
  [{ receipt: "r", outcome: "retry" }, { outcome: "failed" }],
  [
    { receipt: "r", outcome: "reject", error: "no" },
    { outcome: "rejected", error: "no" },
  ],
])("GIVEN %j WHEN it has counted THEN its attempt is told, with its time", (settlement, outcome) => {
  expect(told(settlement)).toEqual([{ ...PLACED, endedAtMs: 1_250, ...outcome }]);
});

it("GIVEN more time, or a message handed back WHEN it has counted THEN no attempt has ended", () => {
  expect(told({ receipt: "r", outcome: "extend", ackDeadlineSeconds: 0 })).toEqual([]);
});

it("GIVEN a receipt that does not say how its message was handed out THEN nothing is told", () => {
  const { handing: _, ...plain } = RECEIPT;
  expect(told({ receipt: "r", outcome: "ack" }, plain)).toEqual([]);
});

it("GIVEN a clock that is behind the one that handed out THEN the attempt took no time", () => {
  expect(told({ receipt: "r", outcome: "ack" }, RECEIPT, 900)).toMatchObject([{ endedAtMs: 1_000 }]);
});
