import { Conflict, ReceiptExpired, type SluiceError } from "../../domain/errors.js";
import type { Word } from "../../domain/moves/settle.js";
import {
  type Due,
  MOVE_ITEMS_LIMIT,
  type Move,
  type Retry,
  isVoid,
  openSpans,
  replaceOpen,
} from "../../domain/progress/records.js";
import { spanLength, without } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { retryOf } from "./lease.js";

/** A lease as a receipt names it. `size`: messages in it; who settles them all at once needs no look at it. */
export interface LeaseHandle {
  readonly id: string;
  readonly size: number;
}

/** By offset: why the word on it did not count; undefined where it did. */
export type Said = ReadonlyMap<Offset, SluiceError | undefined>;

const SETTLE_ATTEMPTS = 16;
/** Beside the lease itself. */
const RETRIES_AT_ONCE = MOVE_ITEMS_LIMIT - 1;

type Retries = ReadonlyMap<Offset, Extract<Word, { kind: "retry" }>>;

/** Settles messages of one lease, each by its own word. */
export async function settleLease(
  engine: Engine,
  { topic, subscription }: Reader,
  lease: LeaseHandle,
  words: ReadonlyMap<Offset, Word>,
): Promise<Said> {
  const said = new Map<Offset, SluiceError | undefined>();
  const acks = [...words].flatMap(([offset, { kind }]) => (kind === "ack" ? [offset] : []));
  const extensions = [...words].flatMap(([offset, word]) =>
    word.kind === "extend" ? [{ offset, dueMs: word.dueMs }] : [],
  );
  const retries: Retries = new Map(
    [...words].flatMap(([offset, word]) => (word.kind === "retry" ? [[offset, word] as const] : [])),
  );
  if (extensions.length > 0) {
    const dueMs = Math.max(...extensions.map((one) => one.dueMs));
    const error = await extend(engine, subscription, lease.id, dueMs);
    for (const { offset } of extensions) said.set(offset, error);
  }
  if (retries.size > 0) {
    const moves = topic.ordering === "key" ? [retries] : withinOneMove(retries);
    for (const [index, together] of moves.entries())
      await moveToRetries(engine, { topic, subscription }, lease.id, index === 0 ? acks : [], together, said);
  } else if (acks.length > 0) {
    const error = await acknowledge(engine, subscription, lease, acks);
    for (const offset of acks) said.set(offset, error);
  }
  return said;
}

/** The lease is extended as a whole, by the longest that is asked for. */
async function extend(
  { progress }: Engine,
  subscription: Subscription,
  leaseId: string,
  dueMs: number,
): Promise<SluiceError | undefined> {
  // Only a subscription that was sought has anything void, and pays for the look.
  const lease = subscription.epoch > 0 ? await progress.get(subscription, leaseId) : undefined;
  if (lease && isVoid(lease, subscription)) return new ReceiptExpired();
  return (await progress.extend(subscription, leaseId, dueMs)) === "done" ? undefined : new ReceiptExpired();
}

/** The usual end: one small write for the whole lease, or a mark that commutes with those of other threads. */
async function acknowledge(
  { progress }: Engine,
  subscription: Subscription,
  { id, size }: LeaseHandle,
  offsets: readonly Offset[],
): Promise<SluiceError | undefined> {
  if (offsets.length === size)
    return (await progress.finish(subscription, id)) === "done" ? undefined : new ReceiptExpired();
  const lease = await progress.acknowledge(subscription, id, offsets);
  if (lease === "gone") return new ReceiptExpired();
  if (spanLength(openSpans(lease)) === 0) await progress.finish(subscription, id);
  return undefined;
}

/** As many times as one transaction takes: each is a retry of its own. */
function withinOneMove(retries: Retries): readonly Retries[] {
  const times = [...new Set([...retries.values()].map(({ dueMs }) => dueMs))];
  const moves: Retries[] = [];
  for (let from = 0; from < times.length; from += RETRIES_AT_ONCE) {
    const together = new Set(times.slice(from, from + RETRIES_AT_ONCE));
    moves.push(new Map([...retries].filter(([, { dueMs }]) => together.has(dueMs))));
  }
  return moves;
}

/** What failed moves to retries in the transaction that takes it out of the lease. */
async function moveToRetries(
  engine: Engine,
  { topic, subscription }: Reader,
  leaseId: string,
  acks: readonly Offset[],
  retries: Retries,
  said: Map<Offset, SluiceError | undefined>,
): Promise<void> {
  const { progress } = engine;
  const sayAll = (error: SluiceError): void => {
    for (const offset of [...acks, ...retries.keys()]) said.set(offset, error);
  };
  for (let attempt = 1; attempt <= SETTLE_ATTEMPTS; attempt++) {
    const lease = await progress.get(subscription, leaseId);
    if (lease?.kind !== "lease" || isVoid(lease, subscription)) return sayAll(new ReceiptExpired());
    const failed: Retries = new Map([...retries].filter(([offset]) => !lease.done.includes(offset)));
    const move =
      topic.ordering === "key"
        ? await orderedMove(engine, subscription, lease, acks, failed)
        : plainMove(engine, lease, acks, failed);
    if (!move) return sayAll(new ReceiptExpired());
    if ((await progress.move(subscription, move)) === "conflict") {
      await backOff(engine, attempt);
      continue;
    }
    for (const offset of acks) said.set(offset, undefined);
    for (const offset of retries.keys())
      said.set(offset, failed.has(offset) ? undefined : new ReceiptExpired());
    return;
  }
  sayAll(new Conflict(`settling lease ${leaseId}`));
}

/** One retry for each time; the lease keeps what nobody has spoken of. */
function plainMove(engine: Engine, lease: Due, acks: readonly Offset[], failed: Retries): Move {
  const open = openSpans(lease);
  const times = [...new Set([...failed.values()].map(({ dueMs }) => dueMs))];
  const retries = times.map((dueMs) => {
    const others = new Set(offsetsIn(open).filter((offset) => failed.get(offset)?.dueMs !== dueMs));
    return retryOf(engine, lease.partition, lease.epoch, without(open, others), dueMs);
  });
  const settled = new Set([...acks, ...failed.keys()]);
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
  acks: readonly Offset[],
  failed: Retries,
): Promise<Move | undefined> {
  const { progress, clock } = engine;
  const left = without(openSpans(lease), new Set(acks));
  if (left.length === 0) return { remove: [lease] };
  const dueMs = Math.max(clock.nowMs(), ...[...failed.values()].map((word) => word.dueMs));
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
