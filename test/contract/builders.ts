import { randomBytes } from "node:crypto";
import {
  type Cursor,
  type Hint,
  type Lease,
  type Retry,
  type SetAside,
  dueId,
} from "../../lib/domain/progress/records.js";
import type { DeadLetter } from "../../lib/domain/dead-letter.js";
import type { Ownership } from "../../lib/domain/ownership.js";
import type { Span } from "../../lib/domain/progress/spans.js";
import type { Schedule } from "../../lib/domain/schedule.js";
import type { Slot, Tail } from "../../lib/domain/slot.js";
import {
  SUBSCRIPTION_DEFAULTS,
  type Subscription,
  type SubscriptionRef,
} from "../../lib/domain/subscription.js";
import { type PartitionRef, TOPIC_DEFAULTS, type Topic, type TopicRef } from "../../lib/domain/topic.js";

/** The year 2100: no store's own clock removes as expired what is alive, or expired, by this one. */
export const NOW_MS = 4_102_444_800_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

const UNIQUE_BYTES = 9;
const NONCE_BYTES = 16;

/** Fresh in a store that is shared with other tests, and with what earlier runs left there. */
export const unique = (prefix: string): string =>
  `${prefix}-${randomBytes(UNIQUE_BYTES).toString("base64url")}`;
export const aNonce = (): string => randomBytes(NONCE_BYTES).toString("base64url");

export const refOf = ({ name, uid }: TopicRef): TopicRef => ({ name, uid });
export const subscriptionRefOf = ({ topic, name, uid }: SubscriptionRef): SubscriptionRef => ({
  topic: refOf(topic),
  name,
  uid,
});

export const aTopic = (fields: Partial<Topic> = {}): Topic => ({
  ...TOPIC_DEFAULTS,
  name: unique("topic"),
  uid: unique("t"),
  createdAtMs: NOW_MS,
  updatedAtMs: NOW_MS,
  version: 1,
  ...fields,
});

export const anOwnership = (logicalId: string): Ownership => ({
  owner: { stackId: "stack", logicalId, app: "app", path: `Stack/${logicalId}` },
  since: "request",
  former: [{ owner: { stackId: "before", logicalId }, settings: "{}" }, {}],
});

/** Of version 1. */
export const aSchedule = (topic: TopicRef, fields: Partial<Schedule> = {}): Schedule => ({
  ...{ topic, name: unique("schedule"), uid: aNonce(), cron: "* * * * *", timeZone: "UTC" },
  ...{ paused: false, description: "", nextRunMs: NOW_MS + MINUTE_MS },
  ...{ createdAtMs: NOW_MS, updatedAtMs: NOW_MS, version: 1 },
  copy: {
    ...{ encoding: "msgpack", unpackedBytes: 4, checksum: aNonce() },
    content: { kind: "inline", bytes: new Uint8Array([0, 127, 128, 255]) },
  },
  ...fields,
});

export const aPartition = (partition = 0, topic: TopicRef = refOf(aTopic())): PartitionRef => ({
  topic,
  partition,
});

/** The version of an anchor that `aSlot`s have moved on so many times. */
export const anchorAfter = (moves: number): number => (moves === 0 ? 0 : NOW_MS + moves - 1);

export const aSlot = (fields: Partial<Slot> = {}): Slot => ({
  base: 0,
  count: 1,
  nonce: aNonce(),
  publishedAtMs: NOW_MS,
  expiresAtMs: NOW_MS + DAY_MS,
  encoding: "msgpack",
  unpackedBytes: 4,
  checksum: aNonce(),
  content: { kind: "inline", bytes: new Uint8Array([0, 127, 128, 255]) },
  header: { kind: "none" },
  ...fields,
});

export const tailOf = ({ base, count, publishedAtMs, expiresAtMs }: Slot): Tail => ({
  base,
  count,
  publishedAtMs,
  expiresAtMs,
});

/** The slot with its bytes as text, which compares a thousand times faster. */
export const withText = (slot: Slot) => ({
  ...slot,
  content: slot.content.kind === "inline" ? Buffer.from(slot.content.bytes).toString("latin1") : slot.content,
});

export const aSubscription = (fields: Partial<Subscription> = {}): Subscription => ({
  ...SUBSCRIPTION_DEFAULTS,
  topic: refOf(aTopic()),
  name: unique("subscription"),
  uid: unique("s"),
  startingPlaces: {},
  epoch: 0,
  createdAtMs: NOW_MS,
  updatedAtMs: NOW_MS,
  version: 1,
  ...fields,
});

export const aSubscriptionRef = (): SubscriptionRef => subscriptionRefOf(aSubscription());

export const aCursor = (fields: Partial<Cursor> = {}): Cursor => ({
  head: 10,
  slotBase: 10,
  epoch: 0,
  version: 1,
  ...fields,
});

/** The messages from `from` up to `to`, exclusive. */
export const aSpan = (from = 0, to = from + 10, fields: Partial<Span> = {}): Span => ({
  from,
  to,
  slotBase: from,
  attempt: 1,
  publishedAtMs: NOW_MS,
  ...fields,
});

const held = (fields: Partial<Omit<Lease, "kind">>): Omit<Lease, "kind"> => {
  const dueMs = fields.dueMs ?? NOW_MS;
  return {
    id: dueId(dueMs, aNonce()),
    partition: 0,
    epoch: 0,
    spans: [aSpan()],
    done: [],
    version: 1,
    dueMs,
    ...fields,
  };
};

export const aLease = (fields: Partial<Omit<Lease, "kind">> = {}): Lease => ({
  kind: "lease",
  ...held(fields),
});
export const aRetry = (fields: Partial<Omit<Retry, "kind">> = {}): Retry => ({
  kind: "retry",
  ...held(fields),
});

/** Says that `lease` is due at `dueMs`. */
export const aHint = ({ id: leaseId, partition, epoch }: Lease, dueMs: number): Hint => ({
  ...held({ dueMs, partition, epoch, spans: [] }),
  kind: "hint",
  leaseId,
});

export const aSetAside = (fields: Partial<SetAside> = {}): SetAside => ({
  partition: 0,
  base: 0,
  count: 5,
  reason: "checksum-mismatch",
  atMs: NOW_MS,
  ...fields,
});

/** Of a message that is like no other. */
export const aDeadLetter = (fields: Partial<DeadLetter> = {}): DeadLetter => {
  const offset = fields.offset ?? NOW_MS;
  return {
    id: `${unique("topic")}.u-1.3.${offset}`,
    nonce: aNonce(),
    partition: 3,
    offset,
    slotBase: offset - 2,
    epoch: 0,
    contentType: "application/json",
    bodyBytes: 12,
    publishedAtMs: NOW_MS,
    attempt: 3,
    deadLetteredAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 14 * DAY_MS,
    copy: {
      encoding: "msgpack",
      unpackedBytes: 4,
      checksum: aNonce(),
      content: { kind: "inline", bytes: new Uint8Array([1, 2, 3, 4]) },
    },
    ...fields,
  };
};
