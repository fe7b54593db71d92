import { hashBelow } from "./hash.js";
import type { Ownership } from "./ownership.js";

/**
 * `none`: any partition, any order. `key`: a key's messages stay in one partition, in the order in which they were
 * published.
 */
export type Ordering = "none" | "key";

export const PARTITIONS_AT_MOST = 256;

/** What is held back: publishes are refused, deliveries wait. */
export type Paused = "none" | "publish" | "delivery" | "all";

/** What is kept of a topic's deliveries. `attempts`: when each attempt began, how long it took, and how it ended. */
export const TRACE_LEVELS = ["off", "attempts"] as const;
export type TraceLevel = (typeof TRACE_LEVELS)[number];

/** Identifies one life of a topic. A topic that is deleted and created again gets another `uid`, and so another log. */
export interface TopicRef {
  readonly name: string;
  readonly uid: string;
}

/** A named log of messages, divided into partitions. */
export interface Topic extends TopicRef {
  readonly ordering: Ordering;
  /** 1..256. */
  readonly partitions: number;
  readonly retentionSeconds: number;
  /** How long a dedupId is known from its first message on; 0: it is not looked at. Up to 7 days. */
  readonly dedupWindowSeconds: number;
  readonly paused: Paused;
  readonly description: string;
  /** The JSON text of the schema that bodies have to fit when they are published. @default any body */
  readonly schema?: string;
  /** Missing in what an older release wrote. @default off */
  readonly trace?: TraceLevel;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Raised by every update, which compares it first. */
  readonly version: number;
  /** When a message of it was erased last; each time later than before. Whoever keeps decoded messages goes by it. */
  readonly erasedAtMs?: number;
  /** Missing where it was made over the API. */
  readonly ownership?: Ownership;
}

/** The settings that users can change. */
export type TopicSettings = Pick<
  Topic,
  | "ordering"
  | "partitions"
  | "retentionSeconds"
  | "dedupWindowSeconds"
  | "paused"
  | "description"
  | "schema"
  | "trace"
>;

/** The longest schema: a page of a hundred topics is one answer, and every publisher reads it with its topic. */
export const SCHEMA_BYTES_AT_MOST = 32_768;

export const TOPIC_DEFAULTS: TopicSettings = {
  ordering: "none",
  partitions: 16,
  retentionSeconds: 259_200,
  dedupWindowSeconds: 300,
  paused: "none",
  description: "",
  trace: "off",
};

/** One ordered sequence of a topic's slots. */
export interface PartitionRef {
  readonly topic: TopicRef;
  readonly partition: number;
}

/** The log's partition key, which a doorbell carries. Names cannot contain `#`. */
export function partitionKey({ topic, partition }: PartitionRef): string {
  return `${topic.name}#${topic.uid}#${partition}`;
}

/** The inverse of {@link partitionKey}; undefined for anything else. */
export function parsePartitionKey(key: string): PartitionRef | undefined {
  const [name, uid, partition, ...rest] = key.split("#");
  if (!name || !uid || !partition || rest.length > 0 || !/^\d{1,3}$/.test(partition)) return undefined;
  return { topic: { name, uid }, partition: Number(partition) };
}

/** The partition of an ordering key: the same for every writer, for ever. */
export const partitionOfKey = (key: string, partitions: number): number => hashBelow(key, partitions);

/** The only partition that a message with this key, or without one, may be in; undefined: any will do. */
export const partitionFor = (
  { ordering, partitions }: Pick<Topic, "ordering" | "partitions">,
  key: string | undefined,
): number | undefined =>
  ordering === "key" && key !== undefined ? partitionOfKey(key, partitions) : undefined;

export const isTraced = ({ trace }: Topic): boolean => trace === "attempts";

export const publishIsPaused = ({ paused }: Topic): boolean => paused === "publish" || paused === "all";
export const deliveryIsPaused = ({ paused }: Topic): boolean => paused === "delivery" || paused === "all";
