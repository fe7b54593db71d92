import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { type Cursor, type Due, type Move } from "../../../lib/domain/progress/records.js";
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
import { FilterChecker, isWantedNow } from "./filter-checker.js";
import type { RetryChecker } from "./retry-checker.js";
import type { LogChecker } from "./log-checker.js";
import type { Logged, PartitionLog } from "./partition-log.js";
import { PastChecker } from "./past-checker.js";
import { RecordChecker, SKEW_MS } from "./record-checker.js";
import { TimingChecker } from "./timing-checker.js";
import { type Mover, type Watched, allow, isSetAside, seek, tookLeases, watch } from "./watched.js";
import { messagesIn } from "./messages-in.js";

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
  readonly filters: FilterChecker;
  readonly #records: RecordChecker;
  readonly #pasts: PastChecker;
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
    this.#records = new RecordChecker(world, storage);
    this.#pasts = new PastChecker(world, retries);
    this.filters = new FilterChecker(world);
    this.dead = new DeadLetterChecker(world, storage, { log, retries });
  }

  created(subscription: Subscription): void {
    const key = subscriptionKey(subscription);
    if (this.watched.has(key)) return;
    this.#checkStart(subscription);
    this.watched.set(key, watch(subscription, this.world.nowMs));
  }

  /** Settings that were ever in force. */
  changed(subscription: Subscription): boolean {
    const watched = this.of(subscription);
    if (watched) allow(watched, subscription, this.world.nowMs);
    return this.#sought(watched, subscription);
  }

  /** A seek begins another epoch: everything of an older one is void. `true`: it was one. */
  #sought(watched: Watched | undefined, subscription: Subscription): boolean {
    if (!watched || subscription.epoch <= watched.subscription.epoch) return false;
    this.#checkStart(subscription);
    seek(watched, subscription, this.world.nowMs);
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

  /** Whether it needs no place any more: settled, dead, expired, left out, or set aside. */
  isOver(watched: Watched, message: Logged): boolean {
    return (
      [watched.done, watched.ended].some((over) => over.has(message.id)) ||
      watched.dead.has(message.id) ||
      watched.leftOut.has(message.id) ||
      message.expiresAtMs <= this.world.nowMs + SKEW_MS ||
      [message, watched.mended.get(message.id)].some(
        (read) => read && this.#isSetAsideBy(watched, message, read),
      )
    );
  }

  /** Whether the object that holds its content is spoiled, or has failed so long that it was set aside. */
  #isSetAsideBy(watched: Watched, message: Logged, read: Pick<Logged, "segment">): boolean {
    if (this.log.isUnreadable(read)) return true;
    return this.log.hasFailedForLong(read) && isSetAside(watched, message);
  }

  /** Whether it has still to be handed out, or done: what its head has not passed is judged by the filter that is. */
  isOpen(watched: Watched, message: Logged, head: Offset): boolean {
    return !this.isOver(watched, message) && (message.offset < head || isWantedNow(watched, message));
  }

  /** Whether later messages of its key need not wait for it. An owner judges anew what an earlier one handed out. */
  isPassable(watched: Watched, message: Logged, ownedSinceMs = 0): boolean {
    const isHandedByOwner = (watched.handed.get(message.id)?.atMs ?? -1) >= ownedSinceMs;
    const isAhead = message.offset >= this.head(watched, message.partition) && !isHandedByOwner;
    return this.isOver(watched, message) || (isAhead && this.filters.mayLeaveOut(watched, message));
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
    if (!watched) return;
    if (watched.isDeleted) return this.#passedOfVoid(watched, move);
    tookLeases(watched, who.name, move, this.world.nowMs);
    const { epoch } = watched.subscription;
    const put = (move.put ?? []).filter((record) => record.epoch >= epoch);
    const next = move.cursor && move.cursor.next.epoch >= epoch ? move.cursor : undefined;
    if (!next) this.#passedOfVoid(watched, move);
    for (const { partition, base } of move.setAside ?? []) watched.setAside.add(`${partition}#${base}`);
    const redriven = this.dead.moved(who.name, watched, this.#before, move);
    const partitions = new Set([...this.#before.records, ...put].map(({ partition }) => partition));
    if (next) partitions.add(next.partition);
    const expired = [...partitions].reduce(
      (sum, partition) => sum + this.#conserved(who.name, watched, partition, put, { moved: next, redriven }),
      0,
    );
    const { head, records } = this.#before;
    const passed = next && records.length === 0 ? { from: head, to: next.next.head } : undefined;
    const log = this.logOf(ref, next?.partition ?? 0);
    this.#records.expiryIsCounted(who.name, move.expired ?? 0, { least: expired, log, passed });
    for (const record of next ? [...put, next.next] : put) this.#records.isBounded(who.name, record);
    for (const record of put) this.#records.isFound(who.name, watched, this.#before.records, record);
    this.#pasts.moved(who.name, watched, this.#before.records, move);
    this.timing.moved(who, watched, this.#before.records, put);
    this.attempts.moved(who, watched, this.#before.records, put);
  }

  /** Of one that is deleted, or before its seek, nothing is held to anything; yet what it leaves out may be told of. */
  #passedOfVoid({ subscription }: Watched, { cursor }: Move): void {
    if (!cursor) return;
    const log = this.logOf(subscription, cursor.partition);
    this.filters.passed(subscription.name, log.between(0, cursor.next.head).length);
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
    const passed = new Set<Offset>();
    for (const message of inRecords(log, this.#before.records, partition)) from.set(message.offset, message);
    if (moved?.partition === partition) {
      const { head } = this.#before;
      if (moved.next.head < head) this.world.violation("place", `${who} moved the head of ${name} back`);
      for (const message of log.between(head, moved.next.head)) {
        if (!from.has(message.offset)) passed.add(message.offset);
        from.set(message.offset, message);
      }
    }
    for (const message of redriven) if (message.partition === partition) from.set(message.offset, message);
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
    let leftOut = 0;
    for (const [offset, message] of from) {
      if (to.has(offset)) continue;
      const isLeftOut = passed.has(offset) && this.filters.mayLeaveOut(watched, message);
      if (isLeftOut) leftOut++;
      else if (this.#isExpired(watched, message, partition)) expired++;
      if (this.isOver(watched, message)) continue;
      const what = `${message.id} (${message.label}) of ${name}`;
      if (isLeftOut) watched.leftOut.add(message.id);
      else this.world.violation("place", `${who} lost ${what}: it is nowhere`);
    }
    this.filters.passed(name, leftOut);
    return expired;
  }

  /** By every clock, with nobody who said that it is done, and a slot that says what it held. */
  #isExpired(watched: Watched, { id, expiresAtMs, slotBase }: Logged, partition: number): boolean {
    if (expiresAtMs > this.world.nowMs - SKEW_MS) return false;
    if ([watched.done, watched.ended, watched.dead].some((over) => over.has(id))) return false;
    if (watched.setAside.has(`${partition}#${slotBase}`)) return false;
    const key = partitionKey({ topic: watched.subscription.topic, partition });
    return this.storage.logs.get(key)?.some(({ base }) => base === slotBase) ?? false;
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
    const open = new Set(offsetsIn(messagesIn(lease)));
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
    .flatMap(messagesIn)
    .flatMap(({ from, to }) => log.between(from, to));
}
