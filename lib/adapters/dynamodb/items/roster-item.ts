import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import { inflated } from "../../../domain/compression.js";
import type { Roster } from "../../../domain/roster.js";
import type { TopicRef } from "../../../domain/topic.js";
import { FORMAT, isTooNew } from "./format.js";
import { type StoredSubscription, formatOf, upToDate } from "./subscription-item.js";

/** Then TTL removes it. A topic that is still in use gets another one; of a deleted one nothing stays. */
const KEPT_FOR_S = 30 * 86_400;

const deflate = promisify<Uint8Array, Uint8Array>(deflateRaw);

export const rosterKey = ({ name, uid }: TopicRef) => ({ pk: `roster#${name}#${uid}`, sk: "-" });

/**
 * The subscriptions as they are stored, also what only a newer release knows of them, as deflated JSON: each takes some
 * 50 bytes, because most of it is the same in all of them. `expiresAt` is the TTL attribute, in seconds.
 */
export async function rosterItem(topic: TopicRef, { changes, keptAtMs, subscriptions }: Roster) {
  const plain = Buffer.from(JSON.stringify(subscriptions));
  return {
    ...rosterKey(topic),
    f: Math.max(FORMAT, ...subscriptions.map(formatOf)),
    n: changes,
    at: keptAtMs,
    u: plain.length,
    bytes: await deflate(plain),
    expiresAt: Math.ceil(keptAtMs / 1_000) + KEPT_FOR_S,
  };
}

/** undefined for one that is damaged or of a newer major format: it is only a copy. */
export function rosterOf(item: Record<string, unknown> | undefined): Roster | undefined {
  const { n, at, u, bytes } = item ?? {};
  if (!item || isTooNew(item) || typeof n !== "number" || !(bytes instanceof Uint8Array)) return undefined;
  try {
    const found = JSON.parse(Buffer.from(inflated(bytes, Number(u))).toString()) as StoredSubscription[];
    if (!Array.isArray(found)) return undefined;
    return { changes: n, keptAtMs: Number(at), subscriptions: found.map(upToDate) };
  } catch {
    return undefined;
  }
}
