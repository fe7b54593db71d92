import type { Begun, Transfer } from "../../../examples/transfer/bank.js";
import { accountsOf, transfersOf } from "../../../examples/transfer/plan.js";
import { NOTHING_YET, isRight, reportOf } from "../../../examples/transfer/report.js";

const before = [
  { account: "a", cents: 100 },
  { account: "b", cents: 100 },
];
const planned: readonly Transfer[] = [
  { transferId: "1", from: "a", to: "b", cents: 30 },
  { transferId: "2", from: "b", to: "a", cents: 10 },
];
const credited = (...credits: readonly number[]): readonly Begun[] =>
  planned.map((transfer, index) => ({ ...transfer, credits: credits[index] ?? 0 }));
const balances = (a: number, b: number) => [
  { account: "a", cents: a },
  { account: "b", cents: b },
];
const outcome = { before, planned, accounts: balances(80, 120), transfers: credited(1, 1), left: 0 };

it("GIVEN transfers that were all carried out once WHEN they are counted THEN all is right", () => {
  const report = reportOf(outcome, { ...NOTHING_YET, absorbed: 3 });
  expect(report).toMatchObject({
    transfers: 2,
    once: 2,
    moreOften: 0,
    never: 0,
    accountsRight: 2,
    absorbed: 3,
  });
  expect(report).toMatchObject({ centsBefore: 200, centsAfter: 200 });
  expect(isRight(report)).toBe(true);
});

it.each([
  [
    "one twice",
    { accounts: balances(80, 150), transfers: credited(2, 1) },
    { moreOften: 1, centsAfter: 230 },
  ],
  ["one never", { accounts: balances(70, 120), transfers: credited(1, 0) }, { never: 1, centsAfter: 190 }],
  [
    "one that was never begun",
    { accounts: balances(70, 130), transfers: credited(1).slice(0, 1) },
    { never: 1 },
  ],
  [
    "one twice and one never, of a sum that is right",
    { transfers: credited(2, 0) },
    { moreOften: 1, never: 1 },
  ],
  ["money in a wrong account", { accounts: balances(120, 80) }, { once: 2, accountsRight: 0 }],
  ["a message that nobody acknowledged", { left: 1 }, { once: 2, left: 1 }],
])("GIVEN %s WHEN they are counted THEN it is not right", (_, wrong, counted) => {
  const report = reportOf({ ...outcome, ...wrong }, NOTHING_YET);
  expect(report).toMatchObject(counted);
  expect(isRight(report)).toBe(false);
});

it("GIVEN accounts WHEN transfers are planned THEN each is between two of them, and the same each time", () => {
  const [accounts, transfers] = [accountsOf(7), transfersOf(300, 7)];
  const known = new Set(accounts.map(({ account }) => account));
  for (const { from, to, cents } of transfers) {
    expect([known.has(from), known.has(to), from === to, cents > 0]).toEqual([true, true, false, true]);
  }
  expect(new Set(transfers.map(({ transferId }) => transferId)).size).toBe(300);
  expect(transfersOf(300, 7)).toEqual(transfers);
});
