import type { World } from "./world.js";

/** How likely each fault is, each time that it could happen. */
export interface FaultRates {
  /** The call never arrives. */
  readonly lostRequest: number;
  /** It is carried out, and its answer gets lost. */
  readonly lostAnswer: number;
  /** Its caller gives up, and it is carried out later all the same. */
  readonly lateLanding: number;
  /** It is carried out twice, the second answer counts: what an SDK's own retry does. */
  readonly sentTwice: number;
  readonly throttled: number;
  /** A move of messages meets another transaction at one of its items: nothing of it is carried out. */
  readonly conflict: number;
  /** Any other transaction is cancelled: an append with its anchor, the making or deleting of a subscription. */
  readonly cancelled: number;
  /** An eventually consistent read shows an older state. */
  readonly staleRead: number;
  /** A page ends before its limit. */
  readonly shortPage: number;
  /** The process is killed as it makes the call. */
  readonly killed: number;
  /** The process stands still, for longer than a lease. */
  readonly frozen: number;
  /** Its clock is set, forward or back. */
  readonly clockStep: number;
  /** What it holds in memory is too much for it. */
  readonly outOfMemory: number;
  /** A batch of the stream's records, each shard's in their order. */
  readonly bellLost: number;
  readonly bellTwice: number;
  readonly bellLate: number;
  readonly startLost: number;
  readonly startTwice: number;
  readonly startLate: number;
  /** Another process takes the call, with empty caches. */
  readonly coldStart: number;
  /** TTL removes an expired slot, at each look. */
  readonly ttl: number;
  /** The same, so seldom that most stay for days. */
  readonly ttlLate: number;
  /** Not a chance, but on or off: nothing goes to S3, and the store refuses the items that are too large for it. */
  readonly itemTooLarge: number;
  readonly segmentLost: number;
  readonly segmentDamaged: number;
  /** An object cannot be read for minutes, though it is there. */
  readonly segmentFails: number;
}

const NONE: FaultRates = {
  lostRequest: 0,
  lostAnswer: 0,
  lateLanding: 0,
  sentTwice: 0,
  throttled: 0,
  conflict: 0,
  cancelled: 0,
  staleRead: 0,
  shortPage: 0,
  killed: 0,
  frozen: 0,
  clockStep: 0,
  outOfMemory: 0,
  bellLost: 0,
  bellTwice: 0,
  bellLate: 0,
  startLost: 0,
  startTwice: 0,
  startLate: 0,
  coldStart: 0.05,
  ttl: 0,
  ttlLate: 0,
  itemTooLarge: 0,
  segmentLost: 0,
  segmentDamaged: 0,
  segmentFails: 0,
};

/** As likely as they come where they are on; a run has some of them on, so that no fault hides another. */
const ON: FaultRates = {
  lostRequest: 0.03,
  lostAnswer: 0.03,
  lateLanding: 0.02,
  sentTwice: 0.03,
  throttled: 0.04,
  conflict: 0.1,
  cancelled: 0.1,
  staleRead: 0.3,
  shortPage: 0.2,
  killed: 0.012,
  frozen: 0.006,
  clockStep: 0.01,
  outOfMemory: 0.05,
  bellLost: 0.2,
  bellTwice: 0.2,
  bellLate: 0.3,
  startLost: 0.2,
  startTwice: 0.2,
  startLate: 0.2,
  coldStart: 0.5,
  ttl: 0.5,
  ttlLate: 0.02,
  itemTooLarge: 1,
  segmentLost: 0.1,
  segmentDamaged: 0.1,
  segmentFails: 0.2,
};

export const NO_FAULTS = NONE;
export const everyFault = (): FaultRates => ON;

/** A quarter of the runs have none: there the strictest checks hold. */
export function faultsOf(world: World): FaultRates {
  if (world.chance(0.25)) return NONE;
  // Objects that fail come where others are lost: chance falls as it did before there were any.
  const names = (Object.keys(ON) as (keyof FaultRates)[]).filter((name) => name !== "segmentFails");
  const share = world.pick([0.15, 0.4, 0.8]);
  const chosen = names.filter(() => world.chance(share));
  const segmentFails = chosen.includes("segmentLost") ? ON.segmentFails : 0;
  return { ...NONE, ...Object.fromEntries(chosen.map((name) => [name, ON[name]])), segmentFails };
}

/** Those that may still happen once the faults stop: what no deployment is without. */
export const afterwards = ({ ttl, ttlLate }: FaultRates): FaultRates => ({ ...NONE, ttl, ttlLate });

/** Whether nothing goes wrong. */
export const areCalm = (rates: FaultRates): boolean =>
  Object.entries(rates).every(([name, rate]) => rate === 0 || name === "coldStart");

/** What each fault is counted as where it happens, so that a run of many seeds can say that it had them all. */
export const COUNTED: Readonly<Record<keyof FaultRates, string>> = {
  lostRequest: "lost-request",
  lostAnswer: "lost-answer",
  lateLanding: "late-landing",
  sentTwice: "sent-twice",
  throttled: "throttled",
  conflict: "conflict",
  cancelled: "cancelled",
  staleRead: "stale-read",
  shortPage: "short-page",
  killed: "killed",
  frozen: "frozen",
  clockStep: "clock-step",
  outOfMemory: "out-of-memory",
  bellLost: "bell-lost",
  bellTwice: "bell-twice",
  bellLate: "bell-late",
  startLost: "start-lost",
  startTwice: "start-twice",
  startLate: "start-late",
  coldStart: "cold-start",
  ttl: "ttl",
  ttlLate: "ttl-late",
  itemTooLarge: "item-too-large",
  segmentLost: "segment-lost",
  segmentDamaged: "segment-damaged",
  segmentFails: "segment-failing",
};
