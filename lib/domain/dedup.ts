import type { Claim } from "./beside.js";
import { bytesDigest } from "./hash.js";
import type { MessageContent } from "./message.js";
import type { Stored } from "./publish-result.js";
import type { Topic, TopicRef } from "./topic.js";
import { UPLOAD_FOR_MS } from "./upload.js";

/** A slot's messages with dedupIds: each takes an item of its transaction, beside the slot and the anchor. */
export const DEDUP_IDS_AT_MOST = 96;

/** 192 bits of SHA-256: names spread over the table, whatever ids look like, and are short. */
const NAME_BYTES = 24;

const nameOf = ({ name, uid }: TopicRef, dedupId: string): string =>
  `dedup#${name}#${uid}#${bytesDigest(dedupId).subarray(0, NAME_BYTES).toString("base64url")}`;

/**
 * What the first message with this id claims, in the transaction that stores it, until the topic's window ends. Whoever
 * comes later is refused, and told of `first` (docs/decisions/0046-deduplication.md).
 */
export const dedupClaim = (
  topic: Pick<Topic, "name" | "uid" | "dedupWindowSeconds">,
  dedupId: string,
  first: Stored,
  nowMs: number,
): Claim => ({
  kind: "claim",
  name: nameOf(topic, dedupId),
  value: JSON.stringify(
    first.kind === "published"
      ? { id: first.id, at: first.publishedAtMs }
      : { id: first.id, due: first.deliverAtMs },
  ),
  expiresAtMs:
    nowMs + Math.max(topic.dedupWindowSeconds * 1_000, dedupId.startsWith(OF_UPLOAD) ? UPLOAD_MS : 0),
});

/** What an upload is claimed by: no publisher's dedupId begins so. */
const OF_UPLOAD = "\0upload ";
/** Past the time in which an upload can be published, with room for clocks that differ. */
const UPLOAD_MS = 2 * UPLOAD_FOR_MS;

/** The first message, by the value of its claim; undefined if that is damaged. */
export function firstIn(value: string | undefined): Stored | undefined {
  const { id, at, due } = fieldsIn(value);
  if (typeof id !== "string") return undefined;
  if (typeof at === "number") return { kind: "published", id, publishedAtMs: at };
  return typeof due === "number" ? { kind: "scheduled", id, deliverAtMs: due } : undefined;
}

function fieldsIn(value = ""): { readonly id?: unknown; readonly at?: unknown; readonly due?: unknown } {
  try {
    return (JSON.parse(value) ?? {}) as object;
  } catch {
    return {};
  }
}

/**
 * What a message is known again by: its dedupId, if its topic looks at it, and the upload that its body came by. It is
 * published once, under whatever dedupIds: of two messages with one object neither could be erased alone.
 */
export function dedupIdsOf(
  { dedupWindowSeconds }: Pick<Topic, "dedupWindowSeconds">,
  { dedupId, uploadId }: Pick<MessageContent, "dedupId" | "uploadId">,
): readonly string[] {
  const own = dedupId !== undefined && dedupWindowSeconds > 0 ? [dedupId] : [];
  return uploadId === undefined ? own : [...own, `${OF_UPLOAD}${uploadId}`];
}

/** For each message the place of the first one with an id of its own: its own place if there is none. */
export function firstsOf(dedupIds: readonly (readonly string[])[]): readonly number[] {
  const known = new Map<string, number>();
  return dedupIds.map((ids, index) => {
    const first = Math.min(index, ...ids.map((id) => known.get(id) ?? index));
    // What is a repeat is not stored, so its other ids are not taken.
    if (first === index) for (const id of ids) known.set(id, first);
    return first;
  });
}
