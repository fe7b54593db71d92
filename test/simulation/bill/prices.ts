import type { Usage } from "./usage.js";

/** Dollars, on demand, in us-east-1, without free tiers. From the services' price pages, November 2026. */
const MILLION = 1_000_000;
const GB = 1_000_000_000;
const PRICES: { readonly [name in keyof Usage]: number } = {
  writeUnits: 0.625 / MILLION,
  /** They are in the write units. */
  userWriteUnits: 0,
  readUnits: 0.125 / MILLION,
  /** An HTTP API's; the first 300 million a month. */
  requests: 1 / MILLION,
  invocations: 0.2 / MILLION,
  /** On arm64. */
  gbSeconds: 0.0000133334,
  s3Puts: 5 / MILLION,
  s3Gets: 0.4 / MILLION,
  /** Logs of the standard class, ingested. */
  logBytes: 0.5 / GB,
};

export const SECONDS_A_MONTH = 2_628_000;

/** Of the other way: a topic of SNS with a queue of SQS for each subscriber, and Lambda's own poller. */
export const SNS_PUBLISH = 0.5 / MILLION;
export const SQS_REQUEST = 0.4 / MILLION;

/** By what it is paid for. */
export type Bill = Readonly<Record<"api" | "functions" | "tables" | "objects" | "logs", number>>;

export const billOf = (usage: Usage): Bill => {
  const of = (...names: readonly (keyof Usage)[]): number =>
    names.reduce((sum, name) => sum + usage[name] * PRICES[name], 0);
  return {
    api: of("requests"),
    functions: of("invocations", "gbSeconds"),
    tables: of("writeUnits", "readUnits"),
    objects: of("s3Puts", "s3Gets"),
    logs: of("logBytes"),
  };
};

export const dollars = (amount: number): string =>
  amount < 100 ? amount.toFixed(2) : Math.round(amount).toLocaleString("en");

export const total = (bill: Bill): number => Object.values(bill).reduce((sum, part) => sum + part, 0);
