import fc from "fast-check";
import {
  type Attempt,
  JOURNAL_SHARDS,
  type MessageAttempt,
  attemptsIn,
  inOrder,
  runsOf,
  shardOf,
  withoutErrors,
} from "../../lib/domain/journal.js";
import { dueId } from "../../lib/domain/progress/records.js";

const anAttempt = (fields: Partial<MessageAttempt> = {}): MessageAttempt => ({
  ...{ partition: 0, offset: 1, attempt: 1, startedAtMs: 100, endedAtMs: 150, outcome: "done" },
  ...fields,
});

const entryOf = (attempts: readonly MessageAttempt[]) => ({
  id: dueId(1, "n"),
  runs: runsOf(attempts),
  expiresAtMs: 2,
});

it("GIVEN neighbours that ended together WHEN they are written THEN they share a run, whatever their order", () => {
  const { partition: _, offset: __, ...same } = anAttempt();
  expect(runsOf([3, 1, 2].map((offset) => anAttempt({ offset })))).toEqual([
    { partition: 0, from: 1, to: 4, ...same },
  ]);
});

it.each([
  ["partition", { partition: 1 }],
  ["place that is no neighbour", { offset: 3 }],
  ["attempt", { attempt: 2 }],
  ["start", { startedAtMs: 101 }],
  ["end", { endedAtMs: 151 }],
  ["outcome", { outcome: "failed" }],
  ["error", { error: "no" }],
] as const)(
  "GIVEN two that differ by their %s WHEN they are written THEN each has its own run",
  (_, fields) => {
    expect(runsOf([anAttempt(), anAttempt({ offset: 2, ...fields })])).toHaveLength(2);
  },
);

it("GIVEN any attempts WHEN they are written THEN each message finds its own, and no other", () => {
  const attempts = fc.uniqueArray(
    fc.record({
      partition: fc.nat(2),
      offset: fc.nat(12),
      attempt: fc.integer({ min: 1, max: 2 }),
      startedAtMs: fc.constantFrom(100, 101),
      endedAtMs: fc.constantFrom(150, 151),
      outcome: fc.constantFrom("done" as const, "failed" as const, "rejected" as const),
    }),
    { selector: ({ partition, offset }) => `${partition} ${offset}` },
  );
  fc.assert(
    fc.property(attempts, fc.nat(2), fc.nat(12), (all, partition, offset) => {
      const own = all.filter((one) => one.partition === partition && one.offset === offset);
      const expected = own.map(({ partition: _, offset: __, ...attempt }) => attempt);
      expect(attemptsIn(entryOf(all), { partition, offset })).toEqual(expected);
    }),
  );
});

it("GIVEN attempts of several entries WHEN they are told THEN the earliest comes first, and none twice", () => {
  const attempt = (fields: Partial<Attempt>): Attempt => {
    const { partition: _, offset: __, ...one } = anAttempt(fields);
    return one;
  };
  const [first, second] = [attempt({ outcome: "failed" }), attempt({ attempt: 2, startedAtMs: 200 })];
  expect(inOrder([second, first, { ...second }])).toEqual([first, second]);
});

it("GIVEN many entries WHEN they are written THEN all shards take some", () => {
  const shards = Array.from({ length: 100 }, (_, at) => shardOf(dueId(1, `nonce-${at}`)));
  expect(new Set(shards).size).toBe(JOURNAL_SHARDS);
});

describe("an entry from which what one message failed of is taken", () => {
  const failed = (offset: number) => anAttempt({ offset, outcome: "failed", error: "no" });
  const place = { partition: 0, offset: 2 };

  it("GIVEN neighbours that failed alike THEN they keep why, and it keeps that it failed", () => {
    const without = withoutErrors(entryOf([1, 2, 3].map(failed)), place);
    const { error: _, partition: __, offset: ___, ...told } = failed(2);
    const errors = [1, 2, 3].map((offset) => without && attemptsIn(without, { partition: 0, offset }));
    expect(errors).toEqual([[{ ...told, error: "no" }], [told], [{ ...told, error: "no" }]]);
  });

  it.each([
    ["it has no error there", [anAttempt({ offset: 2 }), failed(1)]],
    ["it tells of others", [failed(1), failed(3), { ...failed(2), partition: 1 }]],
  ])("GIVEN that %s THEN there is nothing to be done", (_what, attempts) => {
    expect(withoutErrors(entryOf(attempts), place)).toBeUndefined();
  });
});
