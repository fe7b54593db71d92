import type { Tail } from "./slot.js";

/**
 * Stored for each partition beside its slots: a version, which every append except a plain put raises. A plain put
 * needs a young tail (slot.ts). So while the version stays, a tail that was once seen cold is still the tail.
 */
export interface Anchor {
  /** Never repeats, even if the anchor was retired in between: it is at least the clock's milliseconds. */
  readonly version: number;
  /** The tail, if a process that saw it cold has noted it at this version. */
  readonly tail?: Tail;
}

/** The version behind `version`; 0: there is no anchor yet. */
export const versionAfter = (version: number, nowMs: number): number => Math.max(version + 1, nowMs);

/**
 * Twice the age up to which a tail counts as young. The five minutes in between are longer than the difference of a
 * writer's and a reader's clocks and a write under way together.
 */
const COLD_AFTER_MS = 10 * 60_000;

/** `undefined`: nothing is stored any more, and the next append raises the anchor's version. */
export const isCold = (tail: Tail | undefined, nowMs: number): boolean =>
  tail === undefined || nowMs - tail.publishedAtMs > COLD_AFTER_MS;
