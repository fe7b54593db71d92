import type { PartitionRef, TopicRef } from "../../../domain/topic.js";
import { FORMAT, readable } from "./format.js";

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

/** 0 if there is no anchor. @throws {StoredFormatTooNew} */
export function anchorVersionOf(item: Record<string, unknown> | undefined): number {
  const version = readable(item)?.v;
  return typeof version === "number" ? version : 0;
}

/** @throws {StoredFormatTooNew} */
export const anchoredPartition = (item: Record<string, unknown>): number => Number(readable(item).sk);
