import type { TopicRef } from "./topic.js";

/** Days that the bucket keeps a segment, one lifecycle rule each (docs/design.md, "Log"). */
export const SEGMENT_CLASSES_DAYS = [
  ...Array.from({ length: 14 }, (_, day) => day + 1),
  ...[21, 30, 45, 60, 90, 120, 180, 270, 366],
] as const;

const DAY_MS = 86_400_000;
/** Room for clocks that are apart. A slot's item stands longer, but nobody opens it once it has expired. */
const SKEW_MS = 60 * 60_000;

/** The smallest class that outlives a slot which expires at `expiresAtMs`. */
export function segmentClassDays(expiresAtMs: number, nowMs: number): number {
  const days = Math.ceil((expiresAtMs - nowMs + SKEW_MS) / DAY_MS);
  return SEGMENT_CLASSES_DAYS.find((classDays) => classDays >= days) ?? 366;
}

/** Where a class's segments lie: what the lifecycle rules name. */
export const segmentPrefix = (classDays: number): string => `segments/${classDays}d/`;

/** The key of the object that only the slot with this nonce points to. */
export const segmentKey = (classDays: number, topic: TopicRef, nonce: string): string =>
  `${segmentPrefix(classDays)}${topic.name}/${topic.uid}/${nonce}`;
