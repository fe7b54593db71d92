import { failedEntries, withoutBlame } from "../../../lib/operations/push/delivered.js";

const AT = { atMs: 9, attempt: 1 };
const entries = [3, 4, 5].map((offset) => ({ offset, slotBase: 3, publishedAtMs: 1 }));

it("GIVEN a delivery of which some failed THEN those are kept, with who is to blame and why", () => {
  const error = "it threw";
  const delivered = new Map([
    [3, { blame: "spared", error }],
    [5, { blame: { among: 2 }, error }],
  ] as const);
  expect(failedEntries(entries, delivered, AT)).toEqual([
    { ...entries[0], lastError: error },
    { ...entries[2], lastError: error, together: 2, failures: [{ kind: "failed", ...AT, error, among: 2 }] },
  ]);
});

it("GIVEN a long error THEN it is shortened, so that a record can hold many", () => {
  const [entry] = failedEntries(entries, new Map([[4, { blame: "charged", error: "x".repeat(9_000) }]]), AT);
  expect(entry?.lastError).toHaveLength(1_024);
  expect(entry?.failures?.[0]?.error).toHaveLength(256);
});

it("GIVEN another lease of the same messages THEN it shares the outcome, and charges nothing anew", () => {
  const delivered = new Map([[4, { blame: "charged", error: "it threw" }]] as const);
  expect([...withoutBlame(delivered)]).toEqual([[4, { blame: "spared", error: "it threw" }]]);
});

it("GIVEN another lease of a message that was rejected THEN it comes again: an operator may have sent it", () => {
  const delivered = new Map([[4, { blame: "charged", error: "no", isRejected: true }]] as const);
  expect([...withoutBlame(delivered)]).toEqual([[4, { blame: "spared", error: "no" }]]);
});
