import type { AppendOutcome, Refusal } from "./append-outcome.js";
import { type Beside, type Claim, assertBeside } from "./beside.js";
import type { Delayed } from "./delayed.js";
import { invariant } from "./invariant.js";
import type { Slot } from "./slot.js";
import type { DelayedTimer } from "./timer.js";
import { type PartitionRef, type TopicRef, partitionKey } from "./topic.js";

/** One of several appends that happen in one transaction, with what goes beside it. */
export interface AppendPart {
  readonly partition: PartitionRef;
  readonly slot: Slot;
  /** As for an append of its own. */
  readonly anchorVersion?: number | undefined;
  readonly beside?: readonly Beside[];
}

/** Delayed messages of one topic, with the timers that lead to them, and claims of records by that time. */
export interface DelayPart {
  readonly topic: TopicRef;
  readonly delayed: readonly Delayed[];
  readonly timers: readonly DelayedTimer[];
  readonly claims: readonly Claim[];
  readonly nowMs: number;
}

/** What is stored together: all of it or nothing. */
export interface Together {
  readonly appends: readonly AppendPart[];
  readonly delays: readonly DelayPart[];
}

/**
 * `beaten`: nothing was stored. What each append would have been told alone, undefined if nothing was wrong with it;
 * and the claims of each part of delayed messages that were refused.
 */
export type TogetherOutcome =
  | { readonly kind: "stored" }
  | {
      readonly kind: "beaten";
      readonly appends: readonly (AppendOutcome | undefined)[];
      readonly delays: readonly (readonly Refusal[])[];
    };

/** The items of one transaction. */
export const TOGETHER_LIMIT = 100;

const itemsOfAppend = ({ anchorVersion, beside = [] }: AppendPart): number =>
  1 + (anchorVersion === undefined ? 0 : 1) + beside.length;

const itemsOfDelay = ({ delayed, timers, claims }: DelayPart): number =>
  delayed.length + timers.length + claims.length;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** @throws {InvariantError} */
export function assertTogether({ appends, delays }: Together): void {
  const items = sum(appends.map(itemsOfAppend)) + sum(delays.map(itemsOfDelay));
  invariant(items > 0 && items <= TOGETHER_LIMIT, "it is one transaction");
  const partitions = new Set(appends.map(({ partition }) => partitionKey(partition)));
  invariant(partitions.size === appends.length, "a transaction appends to a partition once");
  assertBeside([...appends.flatMap(({ beside = [] }) => beside), ...delays.flatMap(({ claims }) => claims)]);
}
