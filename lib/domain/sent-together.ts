import type { Claim } from "./beside.js";
import { messageId } from "./message-id.js";
import type { PublishResult } from "./publish-result.js";
import {
  type KeyScope,
  type Listed,
  SENT_FOR_MS,
  type SentRequest,
  type StoredPlace,
  digest,
  indexesIn,
  keyName,
  listedOf,
  rangesOf,
  resultOf,
} from "./sent-request.js";
import type { TopicRef } from "./topic.js";

/** A slot of a request, and which of its messages lie there in order. */
export interface StoredSlot extends StoredPlace {
  readonly topic: TopicRef;
  readonly indexes: readonly number[];
}

/** What was stored of a request that is one transaction. */
export interface StoredTogether {
  readonly slots: readonly StoredSlot[];
  readonly listed: ReadonlyMap<number, PublishResult>;
}

type Kept = readonly [name: string, uid: string, partition: number, base: number, atMs: number, at: string];

/**
 * What such a request claims in its transaction: one record that says where all of its messages are
 * (docs/decisions/0050-all-or-nothing.md). The other kinds of requests under the same key meet it too.
 */
export function togetherClaim(
  scope: KeyScope,
  request: SentRequest,
  { slots, listed }: StoredTogether,
  nowMs: number,
): Claim {
  const kept = slots.map(({ topic: { name, uid }, partition, base, publishedAtMs, indexes }): Kept => [
    ...([name, uid, partition, base, publishedAtMs] as const),
    rangesOf(indexes),
  ]);
  const x = [...listed].flatMap(([index, result]) => listedOf(index, result));
  const value = JSON.stringify({ h: digest(request.fingerprint), i: "", s: kept, x });
  return { kind: "claim", name: keyName(scope, request), value, expiresAtMs: nowMs + SENT_FOR_MS };
}

/** Claims a key for a request to several topics, each of which it goes into by itself. */
export const severalClaim = (request: SentRequest, nowMs: number): Claim =>
  togetherClaim("topics", request, { slots: [], listed: new Map() }, nowMs);

/**
 * What the first request with this key was answered for these messages of it, by the value of its claim; `other` if
 * that was another request, undefined if the value cannot be read, or says nothing of one of the messages.
 */
export function togetherResultsIn(
  { fingerprint }: SentRequest,
  indexes: readonly number[],
  value: string | undefined,
): readonly PublishResult[] | "other" | undefined {
  const { h, s = [], x = [] } = keptIn(value);
  if (typeof h !== "string") return undefined;
  if (h !== digest(fingerprint)) return "other";
  const known = new Map<number, PublishResult>(x.map((one) => [one[0], resultOf(one)]));
  for (const [name, uid, partition, base, publishedAtMs, at] of s)
    indexesIn(at).forEach((index, offset) => {
      const id = messageId({ topic: { name, uid }, partition, offset: base + offset });
      known.set(index, { kind: "published", id, publishedAtMs });
    });
  const results = indexes.map((index) => known.get(index));
  return results.every((result) => result !== undefined) ? results : undefined;
}

interface KeptValue {
  readonly h?: unknown;
  readonly s?: readonly Kept[];
  readonly x?: readonly Listed[];
}

function keptIn(value = ""): KeptValue {
  try {
    return (JSON.parse(value) ?? {}) as KeptValue;
  } catch {
    return {};
  }
}
