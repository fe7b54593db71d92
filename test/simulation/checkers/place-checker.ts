import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { type Cursor, type Due, type Move, openSpans } from "../../../lib/domain/progress.js";
import type { Offset } from "../../../lib/domain/slot.js";
import {
  type Subscription,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { LogChecker, Logged, PartitionLog } from "./log-checker.js";

/** Clocks are this far apart at the most, so a message may be taken for expired as much too soon. */
export const SKEW_MS = 125_000;
const RECORD_BYTES_AT_MOST = 100_000;

/** What is known of one subscription, beside what the stores say. */
export interface Watched {
  readonly subscription: Subscription;
  /** Messages that a consumer said are done, whether or not that got through. */
  readonly done: Set<string>;
  /** Messages of which a consumer was told that their acknowledgement went through. */
  readonly settled: Set<string>;
  readonly setAside: Set<string>;
  isDeleted: boolean;
}

interface Before {
  readonly head: Offset;
  readonly records: readonly Due[];
}

/** A message of a subscription is in exactly one place, at every step. */
export class PlaceChecker {
  readonly watched = new Map<string, Watched>();
  #before: Before = { head: 0, records: [] };

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly log: LogChecker,
  ) {}

  created(subscription: Subscription): void {
    const key = subscriptionKey(subscription);
    if (this.watched.has(key)) return;
    for (const [partition, { head }] of Object.entries(subscription.startHeads)) {
      if (head <= this.logOf(subscription, Number(partition)).end) continue;
      this.world.violation("start", `${subscription.name} starts at ${head}, behind the end of the log`);
    }
    this.watched.set(key, {
      subscription,
      done: new Set(),
      settled: new Set(),
      setAside: new Set(),
      isDeleted: false,
    });
  }

  of(ref: SubscriptionRef): Watched | undefined {
    return this.watched.get(subscriptionKey(ref));
  }

  logOf({ topic }: SubscriptionRef, partition: number): PartitionLog {
    return this.log.of({ topic, partition });
  }

  startHead({ subscription }: Watched, partition: number): Offset {
    return subscription.startHeads[partition]?.head ?? 0;
  }

  head(watched: Watched, partition: number): Offset {
    const cursor = this.#cursors(watched.subscription)?.get(partition);
    return cursor?.head ?? this.startHead(watched, partition);
  }

  /** Whether it needs no place any more: settled, expired, or set aside. */
  isOver(watched: Watched, message: Logged): boolean {
    return (
      watched.done.has(message.id) ||
      message.expiresAtMs <= this.world.nowMs + SKEW_MS ||
      this.log.isUnreadable(message)
    );
  }

  beforeMove(ref: SubscriptionRef, move: Move): void {
    const watched = this.of(ref);
    if (!watched) return;
    const due = this.storage.progress.get(subscriptionKey(ref))?.due;
    const gone = [...(move.remove ?? []), ...(move.put ?? []).filter(({ version }) => version > 1)];
    this.#before = {
      head: move.cursor ? this.head(watched, move.cursor.partition) : 0,
      records: gone.flatMap(({ id }) => due?.get(id) ?? []),
    };
  }

  moved(who: string, ref: SubscriptionRef, move: Move): void {
    const watched = this.of(ref);
    if (!watched || watched.isDeleted) return;
    const partitions = new Set(
      [...this.#before.records, ...(move.put ?? [])].map(({ partition }) => partition),
    );
    if (move.cursor) partitions.add(move.cursor.partition);
    for (const { partition, base } of move.setAside ?? []) watched.setAside.add(`${partition}#${base}`);
    for (const partition of partitions) this.#conserved(who, watched, partition, move);
    for (const record of move.put ?? []) this.#bounded(who, record);
  }

  /** What left its place is in another one, or over. */
  #conserved(who: string, watched: Watched, partition: number, move: Move): void {
    const { name } = watched.subscription;
    const log = this.logOf(watched.subscription, partition);
    const from = new Map<Offset, Logged>();
    for (const message of this.#inRecords(log, this.#before.records, partition))
      from.set(message.offset, message);
    if (move.cursor?.partition === partition) {
      const { head } = this.#before;
      const next: Cursor = move.cursor.next;
      if (next.head < head) this.world.violation("place", `${who} moved the head of ${name} back`);
      for (const message of this.log.between(log, head, next.head)) from.set(message.offset, message);
    }
    const to = new Set<Offset>();
    for (const message of this.#inRecords(log, move.put ?? [], partition)) {
      if (to.has(message.offset))
        this.world.violation("place", `${who} put ${message.id} of ${name} in two places`);
      if (!from.has(message.offset)) {
        this.world.violation("place", `${who} put ${message.id} of ${name} in a second place`);
      }
      if (watched.settled.has(message.id)) {
        this.world.violation("place", `${who} hands out ${message.id} of ${name} again, which was settled`);
      }
      to.add(message.offset);
    }
    for (const [offset, message] of from) {
      if (to.has(offset) || this.isOver(watched, message)) continue;
      this.world.violation("place", `${who} lost ${message.id} (${message.label}) of ${name}: it is nowhere`);
    }
  }

  #inRecords(log: PartitionLog, records: readonly Due[], partition: number): readonly Logged[] {
    return records
      .filter((record) => record.partition === partition)
      .flatMap(openSpans)
      .flatMap(({ from, to }) => this.log.between(log, from, to));
  }

  #bounded(who: string, record: Due): void {
    const sizeBytes = JSON.stringify(record).length;
    if (sizeBytes > RECORD_BYTES_AT_MOST)
      this.world.violation("size", `${who} put a record of ${sizeBytes} bytes`);
  }

  beforeFinish(ref: SubscriptionRef, leaseId: string): void {
    const record = this.storage.progress.get(subscriptionKey(ref))?.due.get(leaseId);
    this.#before = { head: 0, records: record ? [record] : [] };
  }

  finished(who: string, ref: SubscriptionRef): void {
    const watched = this.of(ref);
    if (!watched || watched.isDeleted) return;
    for (const record of this.#before.records) {
      this.#areOver(
        who,
        watched,
        this.#inRecords(this.logOf(ref, record.partition), [record], record.partition),
      );
    }
  }

  acknowledged(who: string, ref: SubscriptionRef, partition: number, offsets: readonly Offset[]): void {
    const watched = this.of(ref);
    const log = this.logOf(ref, partition);
    if (watched)
      this.#areOver(
        who,
        watched,
        offsets.flatMap((offset) => log.byOffset.get(offset) ?? []),
      );
  }

  #areOver(who: string, watched: Watched, messages: readonly Logged[]): void {
    for (const message of messages) {
      if (this.isOver(watched, message)) continue;
      const { name } = watched.subscription;
      this.world.violation(
        "place",
        `${who} ended ${message.id} (${message.label}) of ${name}: nobody said it is done`,
      );
    }
  }

  #cursors(ref: SubscriptionRef): ReadonlyMap<number, Cursor> | undefined {
    return this.storage.progress.get(subscriptionKey(ref))?.cursors;
  }
}
