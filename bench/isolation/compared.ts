import type { Row } from "../goals.js";
import { fixed, whole } from "../measure.js";
import { type Seen, isFailing, p99 } from "./scene.js";

/** The most by which bad neighbours may slow others, at the 99th percentile. */
export const GOAL = 1.5;

/** Times of some messages, alone and beside bad neighbours. */
export interface Compared {
  readonly alone: readonly number[];
  readonly beside: readonly number[];
}

/** Infinity where some of what should have come did not. */
export const ratio = ({ alone, beside }: Compared): number => p99(beside) / p99(alone);

export const published = (alone: readonly Seen[], beside: readonly Seen[]): Compared => ({
  alone: alone.flatMap((seen) => seen.published),
  beside: beside.flatMap((seen) => seen.published),
});

export const delivered = (alone: readonly Seen[], beside: readonly Seen[]): Compared => ({
  alone: timesOf(alone),
  beside: timesOf(beside),
});

export const bare = (alone: readonly Seen[], beside: readonly Seen[]): Compared => ({
  alone: alone.flatMap((seen) => seen.bare),
  beside: beside.flatMap((seen) => seen.bare),
});

const timesOf = (all: readonly Seen[]): number[] =>
  all.flatMap((seen) => seen.delivered.map(({ tookMs }) => tookMs));

/** Keys that do not fail, beside keys that do. */
export interface Keys {
  /** All of them. */
  readonly others: Compared;
  /** Those in partitions without a failing key. */
  readonly apart: Compared;
  /** The share of the others' messages that did not come. */
  readonly lostShare: number;
}

export function byKey(alone: readonly Seen[], beside: readonly Seen[], failing: number): Keys {
  const shared = new Set(
    alone.flatMap((seen) =>
      seen.delivered.flatMap(({ key, partition }) => (isFailing(failing, key) ? [partition] : [])),
    ),
  );
  /** The partition of each key, as it was where all were delivered. */
  const partitions = new Map(
    alone.flatMap((seen) => seen.delivered.map(({ key, partition }) => [key, partition] as const)),
  );
  const others = (all: readonly Seen[], isApart: boolean): number[] =>
    all.flatMap((seen) =>
      seen.delivered.flatMap(({ key, tookMs }) =>
        isFailing(failing, key) || (isApart && shared.has(partitions.get(key))) ? [] : [tookMs],
      ),
    );
  const compared = (isApart: boolean): Compared => ({
    alone: others(alone, isApart),
    beside: others(beside, isApart),
  });
  const all = compared(false);
  const lost = all.beside.filter((tookMs) => tookMs === Infinity).length;
  return { others: all, apart: compared(true), lostShare: lost / all.beside.length };
}

export function rowOf(what: string, compared: Compared): Row {
  const measured = `${inMs(p99(compared.alone))}, ${inMs(p99(compared.beside))}: ${inTimes(ratio(compared))}`;
  return { what, measured, goal: `${GOAL}`, holds: ratio(compared) <= GOAL };
}

const inMs = (ms: number): string => (ms === Infinity ? "did not come" : `${whole(ms)} ms`);
const inTimes = (times: number): string => (times === Infinity ? "no end" : fixed(times));
