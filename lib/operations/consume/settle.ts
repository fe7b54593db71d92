import { Conflict, ReceiptExpired, ReceiptInvalid, type SluiceError } from "../../domain/errors.js";
import type { Retry } from "../../domain/progress/records.js";
import {
  type Due,
  MOVE_ITEMS_LIMIT,
  type Move,
  isVoid,
  openSpans,
  replaceOpen,
} from "../../domain/progress/records.js";
import { parseReceipt } from "../../domain/receipt.js";
import type { Offset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import { findSubscription } from "../lookup.js";
import type { Engine } from "../engine.js";
import { retryOf } from "./lease.js";
import { backOff } from "../contention.js";
import { spanLength, without } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";

/** What a consumer says of one message. `retry`: hand it out again after `delaySeconds` (default 0). */
export type Settlement = { readonly receipt: string } & (
  | { readonly outcome: "ack" }
  | { readonly outcome: "retry"; readonly delaySeconds?: number; readonly error?: string }
  | { readonly outcome: "extend"; readonly ackDeadlineSeconds: number }
);

export type SettleResult = { readonly kind: "ok" } | { readonly kind: "failed"; readonly error: SluiceError };

const OK: SettleResult = { kind: "ok" };
const expired = (): SettleResult => ({ kind: "failed", error: new ReceiptExpired() });
const SETTLE_ATTEMPTS = 16;

/** Beside the lease itself. */
const RETRIES_AT_ONCE = MOVE_ITEMS_LIMIT - 1;

/** One settlement of a lease, and its place in the request. */
interface Part {
  readonly index: number;
  readonly offset: Offset;
  readonly settlement: Settlement;
}

/** All that one request says of one lease. */
interface LeaseParts {
  readonly leaseId: string;
  readonly leaseSize: number;
  readonly parts: Part[];
}

/**
 * Ends, postpones or extends messages that were handed out. One result each, in the order given.
 * @throws {TopicNotFound} {SubscriptionNotFound}
 */
export async function settle(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  settlements: readonly Settlement[],
): Promise<readonly SettleResult[]> {
  const { topic, subscription } = await findSubscription(engine, topicName, subscriptionName);
  return await settleLeases(engine, { topic, subscription }, settlements);
}

/** The same for a consumer that knows its subscription: the pump. */
export async function settleLeases(
  engine: Engine,
  { topic, subscription }: Reader,
  settlements: readonly Settlement[],
): Promise<readonly SettleResult[]> {
  const results: SettleResult[] = settlements.map(() => OK);
  const leases = new Map<string, LeaseParts>();
  settlements.forEach((settlement, index) => {
    const receipt = parseReceipt(subscription, settlement.receipt);
    if ("kind" in receipt) {
      results[index] = { kind: "failed", error: receiptError(receipt.kind, subscription.name) };
      return;
    }
    const lease = leases.get(receipt.leaseId) ?? {
      leaseId: receipt.leaseId,
      leaseSize: receipt.leaseSize,
      parts: [],
    };
    lease.parts.push({ index, offset: receipt.offset, settlement });
    leases.set(receipt.leaseId, lease);
  });
  await Promise.all(
    [...leases.values()].map((lease) => settleLease(engine, { topic, subscription }, lease, results)),
  );
  return results;
}

function receiptError(kind: "malformed" | "foreign", subscription: string): ReceiptInvalid {
  return kind === "foreign"
    ? new ReceiptInvalid(`is a receipt of another subscription, not of "${subscription}"`)
    : new ReceiptInvalid("is no receipt: pass on the one that receive gave, unchanged");
}

async function settleLease(
  engine: Engine,
  { topic, subscription }: Reader,
  lease: LeaseParts,
  results: SettleResult[],
): Promise<void> {
  const byOutcome = (outcome: Settlement["outcome"]) =>
    lease.parts.filter(({ settlement }) => settlement.outcome === outcome);
  const extensions = byOutcome("extend");
  const retries = byOutcome("retry");
  const acks = byOutcome("ack");
  if (extensions.length > 0)
    set(results, extensions, await extend(engine, subscription, lease.leaseId, extensions));
  if (retries.length > 0)
    await acknowledgeAndRetry(engine, { topic, subscription }, lease.leaseId, acks, retries, results);
  else if (acks.length > 0) set(results, acks, await acknowledge(engine, subscription, lease, acks));
}

function set(results: SettleResult[], parts: readonly Part[], result: SettleResult): void {
  for (const { index } of parts) results[index] = result;
}

/** The lease is extended as a whole, by the longest that is asked for. */
async function extend(
  { progress, clock }: Engine,
  subscription: Subscription,
  leaseId: string,
  parts: readonly Part[],
): Promise<SettleResult> {
  // Only a subscription that was sought has anything void, and pays for the look.
  const lease = subscription.epoch > 0 ? await progress.get(subscription, leaseId) : undefined;
  if (lease && isVoid(lease, subscription)) return expired();
  const seconds = parts.map(({ settlement }) =>
    settlement.outcome === "extend" ? settlement.ackDeadlineSeconds : 0,
  );
  const dueMs = clock.nowMs() + Math.max(...seconds) * 1_000;
  return (await progress.extend(subscription, leaseId, dueMs)) === "done" ? OK : expired();
}

/** The usual end: one small write for the whole lease, or a mark that commutes with those of other threads. */
async function acknowledge(
  { progress }: Engine,
  subscription: Subscription,
  { leaseId, leaseSize }: LeaseParts,
  acks: readonly Part[],
): Promise<SettleResult> {
  const offsets = [...new Set(acks.map(({ offset }) => offset))];
  if (offsets.length === leaseSize)
    return (await progress.finish(subscription, leaseId)) === "done" ? OK : expired();
  const lease = await progress.acknowledge(subscription, leaseId, offsets);
  if (lease === "gone") return expired();
  if (spanLength(openSpans(lease)) === 0) await progress.finish(subscription, leaseId);
  return OK;
}

async function acknowledgeAndRetry(
  engine: Engine,
  { topic, subscription }: Reader,
  leaseId: string,
  acks: readonly Part[],
  retries: readonly Part[],
  results: SettleResult[],
): Promise<void> {
  const moves = topic.ordering === "key" ? [retries] : withinOneMove(retries);
  for (const [index, together] of moves.entries()) {
    const acked = index === 0 ? acks : [];
    await moveToRetries(engine, { topic, subscription }, leaseId, acked, together, results);
  }
}

/** As many delays as one transaction takes: each is a retry of its own. */
function withinOneMove(retries: readonly Part[]): readonly (readonly Part[])[] {
  const delays = [...new Set(retries.map(delayMs))];
  const moves: Part[][] = [];
  for (let from = 0; from < delays.length; from += RETRIES_AT_ONCE) {
    const together = new Set(delays.slice(from, from + RETRIES_AT_ONCE));
    moves.push(retries.filter((part) => together.has(delayMs(part))));
  }
  return moves;
}

/** What failed moves to retries in the transaction that takes it out of the lease. */
async function moveToRetries(
  engine: Engine,
  { topic, subscription }: Reader,
  leaseId: string,
  acks: readonly Part[],
  retries: readonly Part[],
  results: SettleResult[],
): Promise<void> {
  const { progress } = engine;
  for (let attempt = 1; attempt <= SETTLE_ATTEMPTS; attempt++) {
    const lease = await progress.get(subscription, leaseId);
    if (lease?.kind !== "lease" || isVoid(lease, subscription))
      return set(results, [...acks, ...retries], expired());
    const isOpen = ({ offset }: Part) => !lease.done.includes(offset);
    const failed = retries.filter(isOpen);
    const move =
      topic.ordering === "key"
        ? await orderedMove(engine, subscription, lease, acks, failed)
        : plainMove(engine, lease, acks, failed);
    if (!move) return set(results, [...acks, ...retries], expired());
    if ((await progress.move(subscription, move)) === "conflict") {
      await backOff(engine, attempt);
      continue;
    }
    set(results, [...acks, ...failed], OK);
    return set(
      results,
      retries.filter((part) => !isOpen(part)),
      expired(),
    );
  }
  set(results, [...acks, ...retries], { kind: "failed", error: new Conflict(`settling lease ${leaseId}`) });
}

const offsetsOf = (parts: readonly Part[]): Set<Offset> => new Set(parts.map(({ offset }) => offset));
const delayMs = ({ settlement }: Part): number =>
  settlement.outcome === "retry" ? (settlement.delaySeconds ?? 0) * 1_000 : 0;

/** One retry for each delay; the lease keeps what nobody has spoken of. */
function plainMove(engine: Engine, lease: Due, acks: readonly Part[], failed: readonly Part[]): Move {
  const nowMs = engine.clock.nowMs();
  const open = openSpans(lease);
  // The last word on a message counts: it is in one place only.
  const last = [...new Map(failed.map((part) => [part.offset, part])).values()];
  const retries = [...new Set(last.map(delayMs))].map((delay) => {
    const offsets = offsetsOf(last.filter((part) => delayMs(part) === delay));
    const others = new Set(offsetsIn(open).filter((offset) => !offsets.has(offset)));
    return retryOf(engine, lease.partition, lease.epoch, without(open, others), nowMs + delay);
  });
  const settled = new Set([...offsetsOf(acks), ...offsetsOf(failed)]);
  const rest = without(open, settled);
  if (rest.length === 0) return { remove: [lease], put: retries };
  const kept: Due = { ...lease, done: [...new Set([...lease.done, ...settled])], version: lease.version + 1 };
  return { put: [kept, ...retries] };
}

/**
 * With ordering a retry sends back all that is left of the lease, since nothing of a key may overtake it. undefined
 * where a seek, which the subscription at hand does not show yet, has taken the cursor elsewhere.
 */
async function orderedMove(
  engine: Engine,
  subscription: Subscription,
  lease: Due,
  acks: readonly Part[],
  failed: readonly Part[],
): Promise<Move | undefined> {
  const { progress, clock } = engine;
  const left = without(openSpans(lease), offsetsOf(acks));
  if (left.length === 0) return { remove: [lease] };
  const dueMs = clock.nowMs() + Math.max(0, ...failed.map(delayMs));
  const retry: Retry = retryOf(engine, lease.partition, lease.epoch, left, dueMs);
  const cursor = await progress.cursor(subscription, lease.partition);
  if (!cursor) return { remove: [lease], put: [retry] };
  if (cursor.epoch !== lease.epoch) return undefined;
  const next = replaceOpen(cursor, lease.id, [retry.id]);
  return { remove: [lease], put: [retry], cursor: { partition: lease.partition, next } };
}

function offsetsIn(spans: Due["spans"]): Offset[] {
  return spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
}
