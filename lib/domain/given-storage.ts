import { SEGMENT_CLASSES_DAYS, segmentPrefix } from "./segment-key.js";

/** The tables and the bucket of a queue. */
export const STORES = ["log", "state", "outbox", "bucket"] as const;
export type StoreName = (typeof STORES)[number];

/** A table as it is found. */
export interface TableLook {
  readonly name: string;
  /** Its key, such as `pk S, base N`. */
  readonly key: string;
  /** Where its stream is on: which images it has, and which stream it is. */
  readonly stream?: { readonly viewType: string; readonly arn: string };
  /** Where TTL is on. */
  readonly ttlAttribute?: string;
}

/** A bucket as it is found. */
export interface BucketLook {
  readonly name: string;
  /** Whether what is deleted stays as an old version. */
  readonly isVersioned: boolean;
  /** What deletes every object below a prefix so many days after it was written. */
  readonly expirations: readonly { readonly prefix: string; readonly days: number }[];
}

/** What of a store that was given does not fit. */
export interface Unfit {
  /** Messages would be lost, or not delivered. */
  readonly faults: readonly string[];
  /** It works, and keeps for good what should go. */
  readonly notes: readonly string[];
}

/** The TTL attribute of all three tables, in epoch seconds. */
export const TTL_ATTRIBUTE = "expiresAt";
const KEYS = { log: "pk S, base N", state: "pk S, sk S", outbox: "pk S, sk S" } as const;
/** These have all that a doorbell tells of. */
const VIEW_TYPES = ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"];

/** `streamArn`: the stream that the functions listen to; undefined for a table that needs none. */
export function unfitTable(
  store: Exclude<StoreName, "bucket">,
  { name, key, stream, ttlAttribute }: TableLook,
  streamArn: string | undefined,
): Unfit {
  const table = `table ${name}, which was given as the ${store},`;
  const faults: string[] = [];
  const notes: string[] = [];
  if (key !== KEYS[store])
    return { faults: [`${table} has the key ${key}, not ${KEYS[store]}: it is another table`], notes };
  if (streamArn !== undefined) {
    const turnOn = "turn it on with new images, and import the table with its new tableStreamArn";
    if (!stream) faults.push(`${table} has no stream: ${turnOn}`);
    else if (!VIEW_TYPES.includes(stream.viewType))
      faults.push(
        `${table} has a stream of ${stream.viewType}, and it needs NEW_IMAGE: turn it off, and ${turnOn}`,
      );
    else if (stream.arn !== streamArn)
      faults.push(
        `${table} has the stream ${stream.arn}, and was imported with ${streamArn}: import it with its own`,
      );
  }
  if (ttlAttribute === undefined)
    notes.push(`${table} has no TTL: nothing in it is ever deleted. Turn it on for ${TTL_ATTRIBUTE}`);
  else if (ttlAttribute !== TTL_ATTRIBUTE)
    faults.push(
      `${table} has TTL on ${ttlAttribute}, and it needs ${TTL_ATTRIBUTE}: turn it off, and on for that`,
    );
  return { faults, notes };
}

export function unfitBucket({ name, isVersioned, expirations }: BucketLook): Unfit {
  const bucket = `bucket ${name}`;
  const faults: string[] = [];
  const kept: string[] = [];
  for (const days of SEGMENT_CLASSES_DAYS) {
    const prefix = segmentPrefix(days);
    const found = expirations.filter((rule) => prefix.startsWith(rule.prefix)).map((rule) => rule.days);
    if (found.length === 0) kept.push(prefix);
    const soonest = Math.min(...found);
    if (soonest < days)
      faults.push(
        `${bucket} deletes ${prefix} after ${soonest} days, while messages refer to it: keep it ${days}`,
      );
  }
  const notes: string[] = [];
  if (kept.length > 0)
    notes.push(
      `${bucket} never deletes ${kept.join(", ")}: add a lifecycle rule for each, of as many days as it says`,
    );
  if (isVersioned)
    notes.push(
      `${bucket} is versioned: it keeps what was deleted or erased. Suspend that, and delete old versions`,
    );
  return { faults, notes };
}
