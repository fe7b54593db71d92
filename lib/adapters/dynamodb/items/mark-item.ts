import { type Mark, markName } from "../../../domain/mark.js";
import type { TopicRef } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";

/** The collection of the marks whose names begin with that number. */
export const marksKey = (key: number): string => `marks#${key}`;

export function markKey(topic: TopicRef) {
  const name = markName(topic);
  return { pk: marksKey(Number(name.split("#", 1)[0])), sk: name };
}

export const markItem = ({ topic, version, setAtMs, nextLookMs }: Mark) => ({
  ...markKey(topic),
  f: FORMAT,
  v: version,
  at: setAtMs,
  ref: { name: topic.name, uid: topic.uid },
  ...(nextLookMs === undefined ? {} : { next: nextLookMs }),
});

/** undefined for one that is damaged. @throws {StoredFormatTooNew} */
export function markOf(item: Record<string, unknown> | undefined): Mark | undefined {
  const { v, at, ref, next } = readable(item) ?? {};
  if (!ref) return undefined;
  return {
    topic: ref as TopicRef,
    version: String(v),
    setAtMs: Number(at),
    ...(typeof next === "number" ? { nextLookMs: next } : {}),
  };
}
