import { MARK_KEYS, type Mark, markName } from "../../../domain/mark.js";
import type { TopicRef } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";

/** The keys of the marks, in the order in which they are listed. */
export const MARKS_KEYS: readonly string[] = Array.from({ length: MARK_KEYS }, (_, key) => `marks#${key}`);

/** The first part of a mark's name says on which key it lies. */
export function markKey(topic: TopicRef) {
  const name = markName(topic);
  const [key = ""] = name.split("#", 1);
  return { pk: `marks#${key}`, sk: name };
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
