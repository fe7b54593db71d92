import type { Account, Begun, Transfer } from "./bank.js";

/** What happened to the two processes, and what came of it. */
export interface Happened {
  publisherKilled: number;
  /** Transfers of which a publisher that started again did not know whether they were published. */
  publishedAgain: number;
  receiverDown: number;
  stoodStill: number;
  crashed: number;
  threw: number;
  threwAfterWrite: number;
  slow: number;
  /** Requests whose transfer had been carried out before, as far as the receiver lived to tell. */
  absorbed: number;
}

export const NOTHING_YET: Readonly<Happened> = {
  ...{ publisherKilled: 0, publishedAgain: 0, receiverDown: 0, stoodStill: 0, crashed: 0 },
  ...{ threw: 0, threwAfterWrite: 0, slow: 0, absorbed: 0 },
};

export interface TransferReport extends Happened {
  readonly transfers: number;
  readonly once: number;
  readonly moreOften: number;
  readonly never: number;
  readonly accounts: number;
  readonly centsBefore: number;
  readonly centsAfter: number;
  /** Accounts that have what all transfers together leave them. */
  readonly accountsRight: number;
  /** Messages that nobody has acknowledged. */
  readonly left: number;
}

export interface Outcome {
  readonly before: readonly Account[];
  readonly planned: readonly Transfer[];
  readonly accounts: readonly Account[];
  readonly transfers: readonly Begun[];
  readonly left: number;
}

export function reportOf({ before, planned, accounts, transfers, left }: Outcome, happened: Happened) {
  const credits = new Map(transfers.map(({ transferId, credits = 0 }) => [transferId, credits]));
  const count = (is: (credits: number) => boolean): number =>
    planned.filter(({ transferId }) => is(credits.get(transferId) ?? 0)).length;
  const due = new Map(before.map(({ account, cents }) => [account, cents]));
  for (const { from, to, cents } of planned) {
    due.set(from, (due.get(from) ?? 0) - cents);
    due.set(to, (due.get(to) ?? 0) + cents);
  }
  const report: TransferReport = {
    ...happened,
    transfers: planned.length,
    once: count((times) => times === 1),
    moreOften: count((times) => times > 1),
    never: count((times) => times === 0),
    accounts: before.length,
    centsBefore: sumOf(before),
    centsAfter: sumOf(accounts),
    accountsRight: accounts.filter(({ account, cents }) => due.get(account) === cents).length,
    left,
  };
  return report;
}

const sumOf = (accounts: readonly Account[]): number => accounts.reduce((sum, { cents }) => sum + cents, 0);

/** Whether no money was lost or made, and every transfer was carried out once. */
export const isRight = (report: TransferReport): boolean =>
  report.once === report.transfers &&
  report.centsAfter === report.centsBefore &&
  report.accountsRight === report.accounts &&
  report.left === 0;
