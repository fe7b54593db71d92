import { parseMessageId } from "../../../lib/domain/message-id.js";
import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import {
  type Cursor,
  type Due,
  type Move,
  openSpans,
  timeInId,
} from "../../../lib/domain/progress/records.js";
import { offsetsIn } from "../../../lib/domain/progress/spans.js";
import type { Offset } from "../../../lib/domain/slot.js";
import {
  type Subscription,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import type { Finished } from "../../../lib/domain/ports/progress-store.js";
import { partitionKey } from "../../../lib/domain/topic.js";
import type { World } from "../world.js";
import type { AttemptChecker } from "./attempt-checker.js";
import { DeadLetterChecker } from "./dead-letter-checker.js";
import type { RetryChecker } from "./retry-checker.js";
import type { LogChecker } from "./log-checker.js";
import type { Logged, PartitionLog } from "./partition-log.js";
import { TimingChecker } from "./timing-checker.js";
import { type Mover, type Watched, allow, seek, tookLeases, watch } from "./watched.js";

/** Clocks are this far apart at the most, so a message may be taken for expired as much too soon. */
export const SKEW_MS = 125_000;
const RECORD_BYTES_AT_MOST = 100_000;

/** Where else messages of a move come from: ahead of a head, and from the dead letters. */
interface Beside {
  readonly moved: { readonly partition: number; readonly next: Cursor } | undefined;
  readonly redriven: readonly Logged[];
}

interface Before {
  readonly head: Offset;
  readonly records: readonly Due[];
}

/** A message of a subscription is in exactly one place, at every step. */
export class PlaceChecker {
  readonly watched = new Map<string, Watched>();
  readonly timing: TimingChecker;
  readonly dead: DeadLetterChecker;
  #before: Before = { head: 0, records: [] };
  #ending: readonly (Due | undefined)[] = [];
  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly log: LogChecker,
    private readonly attempts: AttemptChecker,
    retries: RetryChecker,
  ) {
    this.timing = new TimingChecker(world);
    this.dead = new DeadLetterChecker(world, storage, { log, retries });
  }

  created(subscription: Subscription): void {
    const key = subscriptionKey(subscription);
    if (this.watched.has(key)) return;
    this.#checkStart(subscription);
    this.watched.set(key, watch(subscription));
  }

  /** Settings that were ever in force. */
  changed(subscription: Subscription): boolean {
    const watched = this.of(subscription);
    if (watched) allow(watched, subscription);
    return this.#sought(watched, subscription);
  }

  /** A seek begins another epoch: everything of an older one is void. `true`: it was one. */
  #sought(watched: Watched | undefined, subscription: Subscription): boolean {
    if (!watched || subscription.epoch <= watched.subscription.epoch) return false;
    this.#checkStart(subscription);
    seek(watched, subscription);
    return true;
  }

  #checkStart(subscription: Subscription): void {
    for (const [partition, { head }] of Object.entries(subscription.startingPlaces)) {
      if (head <= this.logOf(subscription, Number(partition)).end) continue;
      this.world.violation("start", `${subscription.name} starts at ${head}, behind the end of the log`);
    }
  }

  of(ref: SubscriptionRef): Watched | undefined {
    return this.watched.get(subscriptionKey(ref));
  }

  /** Whose receipt it is: of two lives of one name, one. */
  ofReceipt(receipt: string): Watched | undefined {
    const [, key = ""] = Buffer.from(receipt, "base64url").toString("utf8").split("|");
    return this.watched.get(key);
  }

  logOf({ topic }: SubscriptionRef, partition: number): PartitionLog {
    return this.log.of({ topic, partition });
  }

  startHead({ subscription }: Watched, partition: number): Offset {
    return subscription.startingPlaces[partition]?.head ?? 0;
  }

  head(watched: Watched, partition: number): Offset {
    const cursor = this.storage.progress.get(subscriptionKey(watched.subscription))?.cursors.get(partition);
    const isVoid = !cursor || cursor.epoch < watched.subscription.epoch;
    return isVoid ? this.startHead(watched, partition) : cursor.head;
  }

  /** The lease or retry, unless it is gone or void. */
  record({ subscription }: Watched, id: string): Due | undefined {
    const records = this.storage.progress.get(subscriptionKey(subscription))?.records() ?? [];
    const record = records.find((one) => one.id === id);
    return record && record.epoch === subscription.epoch ? record : undefined;
  }

  /** Whether it needs no place any more: settled, dead, expired, or set aside. */
  isOver(watched: Watched, message: Logged): boolean {
    return (
      watched.done.has(message.id) ||
      watched.dead.has(message.id) ||
      message.expiresAtMs <= this.world.nowMs + SKEW_MS ||
      this.log.isUnreadable(message) ||
      (this.log.hasFailedForLong(message) && this.#isSetAside(watched, message))
    );
  }

  #isSetAside({ setAside }: Watched, { id, slotBase }: Logged): boolean {
    return setAside.has(`${parseMessageId(id)?.partition}#${slotBase}`);
  }

  beforeMove(ref: SubscriptionRef, move: Move): void {
    const watched = this.of(ref);
    if (!watched) return;
    const gone = [...(move.remove ?? []), ...(move.put ?? []).filter(({ version }) => version > 1)];
    this.#before = {
      head: move.cursor ? this.head(watched, move.cursor.partition) : 0,
      records: gone.flatMap(({ id }) => this.record(watched, id) ?? []),
    };
  }

  moved(who: Mover, ref: SubscriptionRef, move: Move): void {
    const watched = this.of(ref);
    if (!watched || watched.isDeleted) return;
    tookLeases(watched, who.name, move, this.world.nowMs);
    const { epoch } = watched.subscription;
    const put = (move.put ?? []).filter((record) => record.epoch >= epoch);
    const next = move.cursor && move.cursor.next.epoch >= epoch ? move.cursor : undefined;
    for (const { partition, base } of move.setAside ?? []) watched.setAside.add(`${partition}#${base}`);
    const redriven = this.dead.moved(who.name, watched, this.#before.records, move);
    const partitions = new Set([...this.#before.records, ...put].map(({ partition }) => partition));
    if (next) partitions.add(next.partition);
    const expired = [...partitions].reduce(
      (sum, partition) => sum + this.#conserved(who.name, watched, partition, put, { moved: next, redriven }),
      0,
    );
    if (expired > (move.expired ?? 0))
      this.world.violation(
        "expired",
        `${who.name} passed ${expired} expired messages, and counted ${move.expired ?? 0}`,
      );
    for (const record of put) this.#bounded(who.name, record);
    for (const record of put) this.#isFound(who.name, watched, record);
    if (next) this.#bounded(who.name, next.next);
    this.timing.moved(who, watched, this.#before.records, put);
    this.attempts.moved(who, watched, this.#before.records, put);
  }

  /** What left its place is in another one, or over. Gives how many surely expired, and were there to be counted. */
  #conserved(
    who: string,
    watched: Watched,
    partition: number,
    put: readonly Due[],
    { moved, redriven }: Beside,
  ): number {
    const { name } = watched.subscription;
    const log = this.logOf(watched.subscription, partition);
    const from = new Map<Offset, Logged>();
    for (const message of inRecords(log, this.#before.records, partition)) from.set(message.offset, message);
    if (moved?.partition === partition) {
      const { head } = this.#before;
      if (moved.next.head < head) this.world.violation("place", `${who} moved the head of ${name} back`);
      for (const message of log.between(head, moved.next.head)) from.set(message.offset, message);
    }
    for (const message of redriven)
      if (parseMessageId(message.id)?.partition === partition) from.set(message.offset, message);
    const to = new Set<Offset>();
    for (const message of inRecords(log, put, partition)) {
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
    let expired = 0;
    for (const [offset, message] of from) {
      if (to.has(offset)) continue;
      if (this.#isExpired(watched, message, partition)) expired++;
      if (this.isOver(watched, message)) continue;
      this.world.violation("place", `${who} lost ${message.id} (${message.label}) of ${name}: it is nowhere`);
    }
    return expired;
  }

  /** By every clock, with nobody who said that it is done, and a slot that says what it held. */
  #isExpired(watched: Watched, { id, expiresAtMs, slotBase }: Logged, partition: number): boolean {
    if (expiresAtMs > this.world.nowMs - SKEW_MS || watched.done.has(id) || watched.dead.has(id))
      return false;
    if (watched.setAside.has(`${partition}#${slotBase}`)) return false;
    const key = partitionKey({ topic: watched.subscription.topic, partition });
    return this.storage.logs.get(key)?.some(({ base }) => base === slotBase) ?? false;
  }

  /**
   * A look finds a record by the time in its id, or once it was due before it was changed, if that is later: looks may
   * remember that. Where it is due sooner, a hint has to lead to it.
   */
  #isFound(who: string, { subscription }: Watched, record: Due): void {
    const before = this.#before.records.find(({ id }) => id === record.id);
    const foundFromMs = Math.max(timeInId(record.id), before?.dueMs ?? 0);
    if (record.kind === "hint" || foundFromMs <= record.dueMs) return;
    const all = this.storage.progress.get(subscriptionKey(subscription))?.due.values() ?? [];
    const isHinted = [...all].some(
      (hint) => hint.kind === "hint" && hint.leaseId === record.id && hint.dueMs <= record.dueMs,
    );
    if (isHinted) return;
    this.world.violation("late", `${who} put ${record.kind} ${record.id}, which nobody finds when it is due`);
  }

  #bounded(who: string, record: Due | Cursor): void {
    const sizeBytes = JSON.stringify(record).length;
    if (sizeBytes > RECORD_BYTES_AT_MOST)
      this.world.violation("size", `${who} put a record of ${sizeBytes} bytes`);
  }

  beforeFinish(ref: SubscriptionRef, leaseIds: readonly string[]): void {
    const watched = this.of(ref);
    this.#ending = leaseIds.map((id) => watched && this.record(watched, id));
  }

  /** One outcome for each of the leases that were to end. */
  finished(who: string, ref: SubscriptionRef, outcomes: readonly Finished[]): void {
    const watched = this.of(ref);
    if (!watched || watched.isDeleted) return;
    for (const one of this.#ending.flatMap((record, at) => (outcomes[at] === "done" && record) || []))
      this.#areOver(who, watched, inRecords(this.logOf(ref, one.partition), [one], one.partition));
  }

  acknowledged(who: string, ref: SubscriptionRef, lease: Due, offsets: readonly Offset[]): void {
    const watched = this.of(ref);
    if (!watched || lease.epoch < watched.subscription.epoch) return;
    const log = this.logOf(ref, lease.partition);
    // The mark means nothing on one that was given back, which stays open, or that has left the lease since.
    const held = new Set(offsetsIn(lease.spans));
    const open = new Set(offsetsIn(openSpans(lease)));
    this.#areOver(
      who,
      watched,
      offsets.flatMap((offset) => (held.has(offset) && !open.has(offset) ? (log.at(offset) ?? []) : [])),
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
}

function inRecords(log: PartitionLog, records: readonly Due[], partition: number): readonly Logged[] {
  return records
    .filter((record) => record.partition === partition)
    .flatMap(openSpans)
    .flatMap(({ from, to }) => log.between(from, to));
}
