import { type KeysReach, endOfTouched } from "../../domain/moves/commit-keys.js";
import type { Place } from "../../domain/place.js";
import type { Cursor } from "../../domain/progress/records.js";
import type { Offset } from "../../domain/slot.js";
import { LEFT_OUT_AT_MOST } from "../consume/left-out.js";
import { countOf } from "../log/read-range.js";
import { AheadReader, type Found } from "./ahead-reader.js";
import type { OwnedBatch, Owner } from "./batch.js";
import { BusyKeys } from "./busy-keys.js";
import { KeyedCommits } from "./keyed-commits.js";
import { itemsOf } from "./keyed-items.js";
import { KeyedWindow, isOver } from "./keyed-window.js";
import type { Collected, OwnedHead } from "./owned-head.js";
import { ReadPace } from "./read-pace.js";
import { roomAhead } from "./room-ahead.js";
import type { SupplyContext } from "./supply.js";

/** The most messages ahead of the committed head; a crash delivers no more than these again. */
const WINDOW_AT_LEAST = 1_000;
const WINDOW_WIDTHS = 2;
/** With this share of the window in use it is committed: the write ends before the window is full. */
const CROWDED_SHARE = 0.75;
/** If the head has stood still for so long behind a busy key, it passes what waits: the others' ends are written. */
const STUCK_AFTER_MS = 5_000;
/** A full window is moved on if this part of it is over, or waits for records of its keys. */
const STOPPED_SHARE = 4;

/**
 * One ordered partition, worked off by the only pump of its subscription. Nothing is written before a delivery, and no
 * key is in two deliveries at once. What failed goes into a record of its key, and the other keys go on
 * (docs/decisions/0034-keys-not-partitions.md).
 */
export class KeyedPartition implements OwnedHead {
  readonly #window: KeyedWindow;
  readonly #busy: BusyKeys;
  readonly #ahead: AheadReader;
  consumedTo: Offset;
  #isReading = false;
  /** Up to there it has read ever. */
  #readTo: Offset = 0;
  readonly #commits: KeyedCommits;
  emptyAtLook = -1;
  readonly #pace: ReadPace;
  #attempts: number;
  readonly #windowMessages: number;

  constructor(
    private readonly context: SupplyContext,
    private readonly partition: number,
    cursor: Cursor,
    private readonly owner: Owner,
    overWithLease: (batch: OwnedBatch) => void,
  ) {
    const { engine, reader } = context;
    this.#pace = new ReadPace(engine.clock, owner.looksWithinMs);
    this.#busy = new BusyKeys(context, partition, cursor);
    this.#window = new KeyedWindow(context, (hash) => this.#busy.isHeld(hash));
    this.#ahead = new AheadReader(context, partition, cursor, owner.nthProbe !== undefined);
    this.consumedTo = this.#ahead.place.head;
    this.#attempts = owner.deaths;
    const { maxMessages } = reader.subscription.batch;
    this.#windowMessages = Math.max(WINDOW_AT_LEAST, WINDOW_WIDTHS * owner.width * maxMessages);
    this.#commits = new KeyedCommits(context, partition, this.#window, this.#busy, {
      passed: (hasRun) => this.#passed(hasRun),
      overWithLease,
    });
  }

  /** Whether the head should pass what waits, and what is being delivered. */
  get isFull(): boolean {
    return !this.#commits.isBlocked && (this.#isStopped || this.#isStuck);
  }

  get hasLeftRecords(): boolean {
    return this.#commits.hasLeftRecords;
  }

  get isCrowded(): boolean {
    return this.#window.items.length >= CROWDED_SHARE * this.#windowMessages;
  }

  get hasNext(): boolean {
    return this.#window.hasNext;
  }

  get collected(): Collected | undefined {
    const collected = this.#window.collected;
    return collected && { ...collected, readTo: this.#ahead.place.head };
  }

  get hasUncommitted(): boolean {
    if (this.#commits.isUnresolved) return true;
    const [first] = this.#window.items;
    return first !== undefined && !this.#commits.isBlocked && isOver(first);
  }

  /** What is done of a key may be what others wait for. */
  readonly canWait = false;

  get #isWindowFull(): boolean {
    return this.#window.items.length >= this.#windowMessages;
  }

  /** Whether nothing more can be read, since the window is full of what the head cannot pass. */
  get #isStopped(): boolean {
    const { items } = this.#window;
    const [first] = items;
    if (!this.#isWindowFull || this.#window.hasNext || !first || isOver(first)) return false;
    const idle = items.filter((item) => isOver(item) || (!item.run && this.#busy.isHeld(item.hash)));
    return STOPPED_SHARE * idle.length >= items.length;
  }

  /** Whether for long something has been done behind a key that is busy. */
  get #isStuck(): boolean {
    if (this.#nowMs() - this.#commits.movedAtMs < STUCK_AFTER_MS) return false;
    const { items } = this.#window;
    const [first] = items;
    const isWaiting = first?.entry !== undefined && !first.run && this.#busy.isHeld(first.hash);
    return isWaiting && items.some((item) => isOver(item));
  }

  isOvertakenAt(offset: Offset): boolean {
    return !this.#commits.isUnresolved && offset >= this.#busy.cursor.head;
  }

  /** Records of the partition may have ended: whether their keys are free is looked up at once. */
  released(): void {
    this.#busy.expectChange();
  }

  async refill(look: number, knownEnd?: Offset): Promise<void> {
    const { fail } = this.context;
    if (this.#isReading || this.#commits.isLost) return;
    this.#isReading = true;
    try {
      await this.#lookAtKeys();
      await this.#readAhead(look, knownEnd);
      if (!this.#window.hasNext) await this.#lookAtKeys();
    } catch (error) {
      this.#pace.failed();
      fail(`reading partition ${this.partition}`, error);
    } finally {
      this.#isReading = false;
    }
  }

  async #lookAtKeys(): Promise<void> {
    if (this.#commits.isUnresolved) return;
    const seen = await this.#busy.look(this.#window.waitingKeys, this.#commits.isBlocked);
    if (seen === "nothing" || this.#commits.isLost) return;
    this.#commits.isBlocked = false;
    this.#window.changed();
  }

  async #readAhead(look: number, knownEnd: Offset | undefined): Promise<void> {
    const { account } = this.context;
    if (this.#window.hasNext || this.#pace.isSick || this.#commits.isLost) return;
    if (knownEnd !== undefined && knownEnd <= this.#ahead.place.head) return void (this.emptyAtLook = look);
    if (this.#busy.holdsAll || this.#isWindowFull) {
      if (this.#isWindowFull) this.#window.hurry();
      // What is full and can still be committed is read again after that.
      if (this.#busy.holdsAll || this.#commits.isBlocked) this.emptyAtLook = look;
      return;
    }
    if (this.#pace.isResting && this.emptyAtLook === look) return;
    const roomBytes = roomAhead(account, this.#pace);
    if (roomBytes === 0) return this.#window.collected ? this.#window.hurry() : this.#shed();
    try {
      if ((await this.#ahead.untilFound(() => this.#read(roomBytes))) === "nothing") {
        this.emptyAtLook = look;
        this.#pace.foundNothing();
      } else {
        this.#pace.foundSome(2 * this.#window.waitingBytes > roomBytes);
        this.#tellCame();
      }
    } finally {
      account.free(roomBytes);
    }
  }

  /** What was shed and is read again has not come anew. */
  #tellCame(): void {
    const { head } = this.#ahead.place;
    if (head <= this.#readTo) return;
    this.#readTo = head;
    this.owner.came?.();
  }

  /** Memory is for what can be delivered: what only waits for its key is read again later. */
  #shed(): void {
    if (this.#window.hasNext || this.#commits.isUnderWay) return;
    const { items } = this.#window;
    const end = endOfTouched(items);
    if (end === items.length) return;
    this.#ahead.place = items[end - 1]?.next ?? this.#head;
    this.#ahead.leftOut = 0;
    this.#window.shed(end);
  }

  get #head(): Place {
    const { head, slotBase } = this.#busy.cursor;
    return { head, slotBase };
  }

  async #read(roomBytes: number): Promise<Found> {
    const ahead = await this.#ahead.read(roomBytes);
    if (!ahead) return "nothing";
    this.emptyAtLook = -1;
    // The session may have ended, or the partition may have been lost, during the read.
    if (this.#commits.isLost) return "something";
    const leftOut = this.#ahead.leftOut + countOf(ahead.leftOut);
    const mustWrite = ahead.setAside.length + ahead.expired.length > 0 || leftOut >= LEFT_OUT_AT_MOST;
    if (ahead.entries.length > 0 || mustWrite || !ahead.isLeftOut) {
      const items = itemsOf(this.#window, ahead, roomBytes, this.#ahead.leftOut);
      this.#ahead.place = items.at(-1)?.next ?? ahead.next;
      this.#ahead.leftOut = 0;
      this.#window.add(items);
      return "something";
    }
    this.#ahead.place = ahead.next;
    this.#ahead.leftOut = leftOut;
    this.#noteLeftOut();
    return ahead.mayHaveMore ? "left-out" : "nothing";
  }

  #noteLeftOut(): void {
    if (this.#window.items.length > 0 || this.#commits.isUnresolved) return;
    if (this.#ahead.noteLeftOut(this.#busy.cursor) === "noted") this.consumedTo = this.#ahead.place.head;
  }

  #passed(hasRun: boolean): void {
    this.consumedTo = this.#busy.cursor.head;
    if (hasRun) this.#attempts = 0;
    this.#noteLeftOut();
  }

  take(): OwnedBatch | undefined {
    return this.#window.take(1 + this.#attempts);
  }

  probe(nth: number): OwnedBatch | undefined {
    return this.#window.probe(nth, 1 + this.#attempts);
  }

  /** A write that is under way may give it away. */
  over(): void {
    if (!this.#commits.isUnresolved) this.#window.takeBack();
  }

  /**
   * Moves the head past what is over at its front; with `leaseUntilMs` past all that was handed out, of which what is
   * under way continues under leases. One commit at a time.
   * @throws the store's error: the next call finds out whether the write was carried out.
   */
  async commit(leaseUntilMs?: number, atMost = Infinity): Promise<"committed" | "lost"> {
    const reach: KeysReach = leaseUntilMs === undefined ? "done" : "all";
    return await this.#commits.commit(reach, leaseUntilMs ?? 0, atMost);
  }

  /** Makes room: the head passes what waits for busy keys, and if that is not enough the older half. */
  async moveOn(leaseUntilMs: number): Promise<"committed" | "lost"> {
    const { length } = this.#window.items;
    const outcome = await this.#commits.commit("parks", leaseUntilMs, length);
    const isStill = this.#window.items.length === length;
    if (outcome === "lost" || !isStill) return outcome;
    const second = await this.#commits.commit("all", leaseUntilMs, Math.ceil(length / 2));
    if (second === "committed" && this.#window.items.length === length) this.#commits.block();
    return second;
  }

  drop(): void {
    this.#commits.drop();
  }

  #nowMs(): number {
    return this.context.engine.clock.nowMs();
  }
}
