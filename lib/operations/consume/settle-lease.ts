import { Conflict, ReceiptExpired, type SluiceError } from "../../domain/errors.js";
import { isOver } from "../../domain/moves/after-failure.js";
import { type Word, counts, endOf, settleWords } from "../../domain/moves/settle.js";
import { releaseKeys } from "../../domain/moves/release-keys.js";
import { holdsAll } from "../../domain/progress/chains.js";
import { bornIn, isInner, movedOut } from "../../domain/progress/inner.js";
import {
  type Due,
  type Lease,
  type Move,
  isVoid,
  replaceOpen,
  timeInId,
} from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import { type Subscription, subscriptionKey } from "../../domain/subscription.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { isTrouble } from "../log/troubles.js";
import { memoryBytesFor } from "../memory-budget.js";
import { finishInCompany } from "./finish.js";
import { mayBeDue } from "./nothing-due.js";
import { takeDueOf } from "./take-due.js";

/**
 * A lease as receipts name it. `size`: the number of its messages; to settle all of them at once the lease need not be
 * read.
 */
export interface LeaseHandle {
  readonly id: string;
  readonly size: number;
}

/** By offset: why its settlement did not count; undefined if it did. */
export type Said = ReadonlyMap<Offset, SluiceError | undefined>;

type Words = ReadonlyMap<Offset, Word>;

const SETTLE_ATTEMPTS = 16;
/** Of messages that are read at once to become dead letters. A larger one is read alone. */
const BURIED_BYTES = 262_144;

/**
 * Settles messages of one lease, each in its own way. If the whole lease is settled in one way, this takes one small
 * write.
 */
export async function settleLease(
  engine: Engine,
  reader: Reader,
  lease: LeaseHandle,
  words: Words,
): Promise<Said> {
  if (isAcknowledgement(words)) {
    const ended = await endWhole(engine, reader, lease, words);
    if (ended) return ended;
    // A part of a lease that may be in its cursor: it has to be read first.
    // Nor is one of a key ended by its last message: others of the key may wait in it.
    return bornIn(lease.id) === undefined && holdsAll(lease.id)
      ? await acknowledge(engine, reader, lease, words)
      : await settleEach(engine, reader, lease, words);
  }
  const said =
    (await extendWhole(engine, reader, lease, words)) ?? (await settleEach(engine, reader, lease, words));
  // What was handed back may be due at once.
  const memory = engine.caches.consumers.get(subscriptionKey(reader.subscription));
  if (memory) mayBeDue(memory);
  return said;
}

export const isAcknowledgement = (words: Words): boolean =>
  [...words.values()].every(({ kind }) => kind === "ack");

const sayAll = (words: Words, error?: SluiceError): Said =>
  new Map([...words.keys()].map((offset) => [offset, error]));

/** Ends a whole lease. undefined if it must be settled message by message. */
async function endWhole(
  engine: Engine,
  { subscription }: Reader,
  { id, size }: LeaseHandle,
  words: Words,
): Promise<Said | undefined> {
  if (words.size !== size) return undefined;
  const outcome = await finishInCompany(engine, subscription, id);
  if (outcome === "kept") return undefined;
  return sayAll(words, outcome === "done" ? undefined : new ReceiptExpired());
}

/** Marks messages as acknowledged. The mark commutes with those of other threads. */
async function acknowledge(engine: Engine, reader: Reader, { id }: LeaseHandle, words: Words): Promise<Said> {
  const { progress, clock } = engine;
  const { subscription } = reader;
  const lease = await progress.acknowledge(subscription, id, [...words.keys()]);
  if (lease === "gone") return sayAll(words, new ReceiptExpired());
  const end = endOf(lease);
  // On a conflict another thread has marked more of it, and that thread removes it.
  if (end) await progress.move(subscription, end);
  else if (lease.isMarked && !holdsAll(id)) await releaseFreeKeys(engine, reader, id);
  return new Map(
    [...words].map(([offset, word]) => [
      offset,
      counts(lease, offset, word, clock.nowMs()) ? undefined : new ReceiptExpired(),
    ]),
  );
}

/** Extends a whole lease to one later deadline. undefined if that is not what was asked for, or not possible. */
async function extendWhole(
  { progress, clock }: Engine,
  { subscription }: Reader,
  { id, size }: LeaseHandle,
  words: Words,
): Promise<Said | undefined> {
  const [first] = words.values();
  if (words.size !== size || first?.kind !== "extend") return undefined;
  const isOne = [...words.values()].every((word) => word.kind === "extend" && word.dueMs === first.dueMs);
  // A deadline before the time in its id would not be found, and a lease that a seek has voided must not be revived.
  if (!isOne || first.dueMs <= Math.max(clock.nowMs(), timeInId(id)) || subscription.epoch > 0)
    return undefined;
  const outcome = await progress.extend(subscription, id, first.dueMs);
  if (outcome === "kept") return undefined;
  return sayAll(words, outcome === "done" ? undefined : new ReceiptExpired());
}

async function settleEach(engine: Engine, reader: Reader, handle: LeaseHandle, words: Words): Promise<Said> {
  const { id } = handle;
  const { topic, subscription } = reader;
  const { progress, clock, random } = engine;
  for (let attempt = 1; attempt <= SETTLE_ATTEMPTS; attempt++) {
    const lease = await progress.get(subscription, id);
    if (lease?.kind !== "lease" || isVoid(lease, subscription)) return sayAll(words, new ReceiptExpired());
    if (!isInner(lease) && !mayHoldOthers(subscription, lease) && isAcknowledgement(words))
      return await acknowledge(engine, reader, handle, words);
    const making = { nowMs: clock.nowMs(), nonce: () => random.nonce() };
    const { counted, move, became } = settleWords(lease, words, topic.ordering, making);
    const said: Said = new Map(
      [...words.keys()].map((offset) => [offset, counted.has(offset) ? undefined : new ReceiptExpired()]),
    );
    if (!move) return said;
    const whole =
      became?.length && topic.ordering === "key"
        ? await withCursor(engine, subscription, lease, move)
        : movedOut(move);
    if (!whole) return sayAll(words, new ReceiptExpired());
    if ((await progress.move(subscription, whole)) === "moved") {
      await buryWhatIsOver(engine, reader, whole.put ?? []);
      return said;
    }
    await backOff(engine, attempt);
  }
  return sayAll(words, new Conflict(`settling lease ${id}`));
}

/**
 * Whether others of its keys may wait in it, which go on once it is acknowledged. A pump tells of all that it has of a
 * key at once; a consumer may tell of each, so it need not write all of the lease each time.
 */
const mayHoldOthers = ({ target }: Subscription, { id, isMarked }: Lease): boolean =>
  !holdsAll(id) && (target.type !== "pull" || isMarked === true);

/**
 * What waits behind messages that were acknowledged as others came to wait behind them goes on. If this process dies
 * before, the next word on the lease does it, or its deadline.
 */
async function releaseFreeKeys(engine: Engine, { subscription }: Reader, id: string): Promise<void> {
  const { progress, clock, random } = engine;
  for (let attempt = 1; attempt <= SETTLE_ATTEMPTS; attempt++) {
    const lease = await progress.get(subscription, id);
    if (lease?.kind !== "lease" || isVoid(lease, subscription)) return;
    const released = releaseKeys(lease, { nowMs: clock.nowMs(), nonce: () => random.nonce() });
    const whole = released && (await withCursor(engine, subscription, lease, released.move));
    if (!whole || (await progress.move(subscription, whole)) === "moved") return;
    await backOff(engine, attempt);
  }
}

/**
 * With ordering the cursor lists the open records, so it changes with them. undefined if a seek that this
 * subscription's copy does not show yet has moved the cursor.
 */
export async function withCursor(
  { progress }: Engine,
  subscription: Subscription,
  { id, partition, epoch }: Lease,
  move: Move,
): Promise<Move | undefined> {
  const cursor = await progress.cursor(subscription, partition);
  if (!cursor) return move;
  if (cursor.epoch !== epoch) return undefined;
  const records = (move.put ?? []).filter(({ kind }) => kind !== "hint");
  const became = new Map([[id, records.map((record) => record.id)]]);
  return { ...move, cursor: { partition, next: replaceOpen(cursor, became) } };
}

/**
 * Messages that have just failed for the last time become dead letters at once, as far as possible: whoever looks next
 * does the same.
 */
async function buryWhatIsOver(engine: Engine, reader: Reader, records: readonly Due[]): Promise<void> {
  const { subscription } = reader;
  const due = records.filter(({ spans }) => spans.some((span) => isOver(span, subscription)));
  if (due.length === 0) return;
  const take = { maxMessages: 1, maxBytes: BURIED_BYTES, leaseMs: 0, onlyBuries: true };
  try {
    await engine.budget.receiving(memoryBytesFor(BURIED_BYTES), () => takeDueOf(engine, reader, due, take));
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}
