import type { TopicRef } from "./topic.js";

/** Retention classes of segments in days; the bucket has one lifecycle rule for each (docs/design.md, "Log"). */
export const SEGMENT_CLASSES_DAYS = [
  ...Array.from({ length: 14 }, (_, day) => day + 1),
  // The last three: a delayed message's object outlives the time at which it is due by its topic's retention.
  ...[21, 30, 45, 60, 90, 120, 180, 270, 366, 460, 550, 740],
] as const;
const LONGEST_DAYS = 740;

const DAY_MS = 86_400_000;
/** Margin for clocks that differ. A slot's item stays longer, but nobody opens it once it has expired. */
const SKEW_MS = 60 * 60_000;

/** The smallest class that outlives a slot that expires at `expiresAtMs`. */
export function segmentClassDays(expiresAtMs: number, nowMs: number): number {
  const days = Math.ceil((expiresAtMs - nowMs + SKEW_MS) / DAY_MS);
  return SEGMENT_CLASSES_DAYS.find((classDays) => classDays >= days) ?? LONGEST_DAYS;
}

/** The key prefix of a class's segments, which the lifecycle rules name. */
export const segmentPrefix = (classDays: number): string => `segments/${classDays}d/`;

/** The key of the object that only the slot with this nonce refers to. */
export const segmentKey = (classDays: number, topic: TopicRef, nonce: string): string =>
  `${segmentPrefix(classDays)}${topic.name}/${topic.uid}/${nonce}`;
