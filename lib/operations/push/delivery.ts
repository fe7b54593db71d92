import type { DeliveryOutcome, Unavailable } from "../../domain/delivery-outcome.js";
import type { Handed } from "../../domain/handed.js";
import { LEAST_RETRY_DELAY_MS } from "../../domain/moves/after-failure.js";
import type { Word } from "../../domain/moves/settle.js";
import type { Blame } from "../../domain/progress/blame.js";
import { type Lease, openSpans } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import { dueAfterFailureNow } from "../backing-off.js";
import { settleLease } from "../consume/settle-lease.js";
import type { Engine } from "../engine.js";
import type { Batch } from "./batch.js";
import type { Delivered, Delivery, FailedMessage } from "./delivered.js";

/** The most ids in one event: enough to look one up. */
const IDS_SHOWN = 10;

/** Calls the subscriber, several times if the batch is too large for one call. */
export async function deliver(engine: Engine, { reader, handed }: Batch): Promise<Delivery> {
  const failed = new Map<Offset, FailedMessage>();
  const held = new Set<string>();
  let refusal: Unavailable | undefined;
  for (const part of withinLimit(engine, reader, handed)) {
    // With ordering, messages after a failure of their key wait, even in a later part.
    const free = part.filter(({ key }) => key === undefined || !held.has(key));
    // A target that took nothing is left alone.
    const outcome = refusal ?? (free.length > 0 ? await call(engine, reader, free) : ALL_DONE);
    if (outcome.kind === "unavailable") refusal = outcome;
    const again = failedOf(reader, part, outcome, held);
    if (again.length === 0) continue;
    const error = reportFailure(engine, reader, again, outcome);
    for (const message of again) failed.set(message.offset, failureOf(message, free, outcome, error));
  }
  return { delivered: failed, ...(refusal ? { refusal } : {}) };
}

/** What is kept of the failure. `error`: the delivery's; a subscriber's word on this message goes before it. */
function failureOf(
  message: Handed,
  sent: readonly Handed[],
  outcome: DeliveryOutcome,
  error: string,
): FailedMessage {
  const said = outcome.kind === "answered" ? outcome.said?.get(message.id) : undefined;
  return {
    blame: blameOn(message, sent, outcome),
    error: said?.error ?? error,
    ...(said?.isRejected ? { isRejected: true } : {}),
  };
}

/** A message that was not even sent, behind a failure of its key, is not to blame. */
function blameOn(message: Handed, sent: readonly Handed[], outcome: DeliveryOutcome): Blame {
  if (outcome.kind === "unavailable") return "returned";
  if (!sent.includes(message)) return "spared";
  if (outcome.kind === "failed") return { among: sent.length };
  return outcome.failedIds.has(message.id) ? "charged" : "spared";
}

const ALL_DONE: DeliveryOutcome = { kind: "answered", failedIds: new Set() };

async function call(
  { subscriber }: Engine,
  reader: Reader,
  messages: readonly Handed[],
): Promise<DeliveryOutcome> {
  return await subscriber.deliver(reader, messages);
}

/** Splits the batch where the next message would exceed what one call can carry. */
export function withinLimit(
  { subscriber }: Engine,
  reader: Reader,
  handed: readonly Handed[],
): readonly (readonly Handed[])[] {
  const limitBytes = subscriber.limitBytes(reader.subscription.target);
  const parts: Handed[][] = [];
  let leftBytes = 0;
  for (const message of handed) {
    const sizeBytes = subscriber.sizeBytes(reader, message);
    const part = parts.at(-1);
    if (part && sizeBytes <= leftBytes) part.push(message);
    else parts.push([message]);
    leftBytes = (part && sizeBytes <= leftBytes ? leftBytes : limitBytes) - sizeBytes;
  }
  return parts;
}

/**
 * The messages of `part` that failed. With ordering, everything after the first failure of a key counts as failed; adds
 * the key to `held`.
 */
export function failedOf(
  { topic }: Reader,
  part: readonly Handed[],
  outcome: DeliveryOutcome,
  held: Set<string>,
): readonly Handed[] {
  return part.filter(({ id, key }) => {
    const isHeld = topic.ordering === "key" && key !== undefined && held.has(key);
    if (!isHeld && outcome.kind === "answered" && !outcome.failedIds.has(id)) return false;
    if (topic.ordering === "key" && key !== undefined) held.add(key);
    return true;
  });
}

/** Reports the failure and returns its text. */
function reportFailure(
  { telemetry }: Engine,
  { topic, subscription }: Reader,
  failed: readonly Handed[],
  outcome: DeliveryOutcome,
): string {
  const error = outcome.kind === "answered" ? "partial batch failure" : outcome.error;
  telemetry.event("delivery-failed", "warn", {
    topic: topic.name,
    subscription: subscription.name,
    kind: outcome.kind,
    messages: failed.length,
    ids: failed.slice(0, IDS_SHOWN).map(({ id }) => id),
    attempt: Math.max(...failed.map(({ attempt }) => attempt)),
    error,
    ...(outcome.kind === "unavailable" ? { reason: outcome.reason } : {}),
    ...(outcome.requestId === undefined ? {} : { requestId: outcome.requestId }),
    ...(outcome.status === undefined ? {} : { status: outcome.status }),
  });
  return error;
}

/** Settles each message of the leases. Messages that are gone by then belong to somebody else. */
export async function settleDelivered(
  engine: Engine,
  reader: Reader,
  leases: readonly Lease[],
  failed: Delivered,
): Promise<void> {
  const dueMs = dueAfterFailureNow(engine, reader.subscription);
  const againMs = engine.clock.nowMs() + LEAST_RETRY_DELAY_MS;
  const { maxAttempts } = reader.subscription.retry;
  await settleAll(engine, reader, leases, (offset) => {
    const failure = failed.get(offset);
    if (!failure) return { kind: "ack" };
    const { blame, error, isRejected } = failure;
    if (isRejected) return { kind: "reject", error };
    const againAt = blame === "returned" ? () => againMs : dueMs;
    return { kind: "failed", dueMs: againAt, maxAttempts, blame, error };
  });
}

/** Hands the messages of the leases back, to whoever looks next: nobody has had them. */
export async function handBack(engine: Engine, reader: Reader, leases: readonly Lease[]): Promise<void> {
  const dueMs = engine.clock.nowMs() + LEAST_RETRY_DELAY_MS;
  const back: Word = { kind: "failed", dueMs: () => dueMs, blame: "returned" };
  await settleAll(engine, reader, leases, () => back);
}

async function settleAll(
  engine: Engine,
  reader: Reader,
  leases: readonly Lease[],
  wordOn: (offset: Offset) => Word,
): Promise<void> {
  for (const lease of leases) {
    const open = openSpans(lease).filter(({ parkedUntilMs }) => parkedUntilMs === undefined);
    const words = new Map<Offset, Word>();
    for (const { from, to } of open)
      for (let offset = from; offset < to; offset++) words.set(offset, wordOn(offset));
    await settleLease(engine, reader, { id: lease.id, size: spanLength(open) }, words);
  }
}
