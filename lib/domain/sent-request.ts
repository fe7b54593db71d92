import type { Claim } from "./beside.js";
import { bytesDigest } from "./hash.js";
import { messageId } from "./message-id.js";
import type { PublishResult, Stored } from "./publish-result.js";
import type { TopicRef } from "./topic.js";

/** A publish that its sender may send again, by the key that they gave it. */
export interface SentRequest {
  readonly key: string;
  /** The same for the same request, and for no other. */
  readonly fingerprint: string;
}

/** Messages of one transaction of such a request, by their places in it. */
export interface RequestPart extends SentRequest {
  readonly indexes: readonly number[];
  /** Whether it is the one that is stored first, under a name that does not depend on what the request is. */
  readonly isHead: boolean;
}

/** A slot's messages without those that are told one by one. */
export interface StoredPlace {
  readonly partition: number;
  readonly base: number;
  readonly publishedAtMs: number;
}

/** How long a key is known. */
export const SENT_FOR_MS = 86_400_000;

/** What was stored of a part: those at `place` lie there in order, the others are listed. */
export interface StoredPart {
  readonly place?: StoredPlace | undefined;
  readonly listed: ReadonlyMap<number, PublishResult>;
}

const DIGEST_BYTES = 24;
export const digest = (text: string): string =>
  bytesDigest(text).subarray(0, DIGEST_BYTES).toString("base64url");

/** Where the keys of requests to a topic are told apart, or of those to several topics. */
export type KeyScope = TopicRef | "topics";

export const keyName = (scope: KeyScope, { key }: Pick<SentRequest, "key">): string =>
  // No topic is named like that.
  scope === "topics" ? `sent#*#${digest(key)}` : `sent#${scope.name}#${scope.uid}#${digest(key)}`;

function nameOf(topic: TopicRef, { key, fingerprint, indexes, isHead }: RequestPart): string {
  const part = isHead ? "" : `#${digest(fingerprint)}#${indexes[0]}`;
  return `${keyName(topic, { key })}${part}`;
}

/**
 * What a part claims in its transaction, so that it is stored once, and a repeat is answered as the first was
 * (docs/decisions/0047-a-request-sent-again.md).
 */
export function requestClaim(topic: TopicRef, part: RequestPart, stored: StoredPart, nowMs: number): Claim {
  const { place, listed } = stored;
  const value = {
    h: digest(part.fingerprint),
    i: rangesOf(part.indexes),
    ...(place ? { p: place.partition, o: place.base, at: place.publishedAtMs } : {}),
    ...(listed.size > 0 ? { x: [...listed].flatMap(([index, result]) => listedOf(index, result)) } : {}),
  };
  const expiresAtMs = nowMs + SENT_FOR_MS;
  return { kind: "claim", name: nameOf(topic, part), value: JSON.stringify(value), expiresAtMs };
}

export type Listed = readonly [index: number, id: string, atMs: number, isDue: 0 | 1, isRepeat: 0 | 1];

export function listedOf(index: number, result: PublishResult): readonly Listed[] {
  if (result.kind === "failed") return [];
  const [atMs, isDue] =
    result.kind === "published" ? ([result.publishedAtMs, 0] as const) : ([result.deliverAtMs, 1] as const);
  return [[index, result.id, atMs, isDue, result.isRepeat ? 1 : 0]];
}

/** `[0, 1, 2, 7]` as `0-2,7`: a part is mostly one range. */
export function rangesOf(indexes: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const index of indexes) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === index) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join();
}

export const indexesIn = (ranges: string): readonly number[] =>
  ranges.split(",").flatMap((range) => {
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });

/**
 * What the first request with this key was answered for the messages of `part`, by the value of its claim; `other` if
 * that was another request, undefined if the value cannot be read, or says nothing of one of the messages.
 */
export function resultsIn(
  topic: TopicRef,
  part: RequestPart,
  value: string | undefined,
): readonly PublishResult[] | "other" | undefined {
  const kept = keptIn(value);
  if (!kept) return undefined;
  if (kept.h !== digest(part.fingerprint)) return "other";
  const listed = new Map(kept.x?.map((one) => [one[0], one]));
  const placed = indexesIn(kept.i).filter((index) => !listed.has(index));
  const places = new Map(placed.map((index, at) => [index, at]));
  const results = part.indexes.map((index): PublishResult | undefined => {
    const one = listed.get(index);
    if (one) return resultOf(one);
    const at = places.get(index);
    if (at === undefined || kept.p === undefined || kept.o === undefined) return undefined;
    const id = messageId({ topic, partition: kept.p, offset: kept.o + at });
    return { kind: "published", id, publishedAtMs: kept.at ?? 0 };
  });
  return results.every((result) => result !== undefined) ? results : undefined;
}

export function resultOf([, id, atMs, isDue, isRepeat]: Listed): PublishResult {
  const stored: Stored = isDue
    ? { kind: "scheduled", id, deliverAtMs: atMs }
    : { kind: "published", id, publishedAtMs: atMs };
  return isRepeat ? { ...stored, isRepeat: true } : stored;
}

interface Kept {
  readonly h: string;
  readonly i: string;
  readonly p?: number;
  readonly o?: number;
  readonly at?: number;
  readonly x?: readonly Listed[];
}

function keptIn(value = ""): Kept | undefined {
  try {
    const kept = (JSON.parse(value) ?? {}) as Partial<Kept>;
    return typeof kept.h === "string" && typeof kept.i === "string" ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}
