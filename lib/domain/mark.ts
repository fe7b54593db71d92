import { hashBelow } from "./hash.js";
import type { TopicRef } from "./topic.js";

/**
 * Says that a topic may have something to look after: a message that is not consumed everywhere, or a change of
 * settings. A process that makes news sets the mark first; the clock removes it once there is nothing to look after. A
 * topic without a mark costs nothing.
 *
 * News may come a while after its mark, so a process that finds nothing at a young mark has to look again.
 */
export interface Mark {
  readonly topic: TopicRef;
  /** New each time the mark is set, and never repeated: as long as it stays, there was no news. */
  readonly version: string;
  readonly setAtMs: number;
  /** When the clock looks at the topic next. @default at once */
  readonly nextLookMs?: number;
}

/** Marks are spread over this many keys of the store. The clock reads all of them each minute, so they are few. */
export const MARK_KEYS = 4;

/** Sorts the marks, first by their key. */
export const markName = ({ name, uid }: TopicRef): string => `${hashBelow(uid, MARK_KEYS)}#${name}#${uid}`;

/** The longest time between a mark and its news, by the clock of one process. */
export const AHEAD_OF_NEWS_MS = 60_000;
/** News of a younger mark may still be on its way: two clocks tell its age, and a write may take a while. */
const YOUNG_MS = 5 * 60_000;
/** The next look comes after a quarter of the time that the topic has waited so far, and after this at the latest. */
const LOOK_AT_LEAST_EVERY_MS = 10 * 60_000;
const WAITED_SHARE = 4;

/** Whether its news may be on its way. A mark from far in the future was set by a wrong clock. */
export const isYoung = ({ setAtMs }: Pick<Mark, "setAtMs">, nowMs: number): boolean =>
  Math.abs(nowMs - setAtMs) < YOUNG_MS;

/** When to look next at a topic that only waits. */
export const nextLookMs = ({ setAtMs }: Mark, nowMs: number): number =>
  nowMs + Math.min(LOOK_AT_LEAST_EVERY_MS, Math.max(0, nowMs - setAtMs) / WAITED_SHARE);
