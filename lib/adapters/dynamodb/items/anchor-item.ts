import type { Anchor } from "../../../domain/anchor.js";
import type { Tail } from "../../../domain/slot.js";
import type { PartitionRef, TopicRef } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";
import { tailOf } from "./slot-item.js";

/** Groups a topic's anchors: one for each partition that was ever written to. */
export const anchorsKey = ({ name, uid }: TopicRef): string => `anchors#${name}#${uid}`;
export const anchorKey = ({ topic, partition }: PartitionRef) => ({
  pk: anchorsKey(topic),
  sk: String(partition).padStart(3, "0"),
});

export const anchorItem = (partition: PartitionRef, version: number) => ({
  ...anchorKey(partition),
  f: FORMAT,
  v: version,
});

/** The tail as an anchor notes it: under the names that it has in its slot. */
export const notedTail = ({ base, count, publishedAtMs, expiresAtMs }: Tail) => ({
  base,
  n: count,
  at: publishedAtMs,
  exp: expiresAtMs,
});

/** Partition and anchor of an item. @throws {StoredFormatTooNew} */
export function anchorOf(item: Record<string, unknown>): readonly [partition: number, anchor: Anchor] {
  const { sk, v, tail } = readable(item);
  const noted = typeof tail === "object" && tail !== null ? { tail: tailOf({ ...tail }) } : {};
  return [Number(sk), { version: typeof v === "number" ? v : 0, ...noted }];
}

/** 0 where there is none. @throws {StoredFormatTooNew} */
export function anchorVersionOf(item: Record<string, unknown> | undefined): number {
  const version = readable(item)?.v;
  return typeof version === "number" ? version : 0;
}
