import { type Commit, commit } from "../../domain/moves/commit.js";
import type { Cursor, SetAside } from "../../domain/progress/records.js";
import { dueByAttempt } from "../backing-off.js";
import { LEFT_OUT_AT_MOST } from "../consume/left-out.js";
import { type Skipped, countOf } from "../log/read-range.js";
import { tellLeftOut } from "../log/tell-left-out.js";
import { tellExpired } from "../log/tell-expired.js";
import type { Offset } from "../../domain/slot.js";
import { AheadReader, type Found, PROBE_AMONG } from "./ahead-reader.js";
import type { BatchAhead, OwnedBatch, Owner } from "./batch.js";
import { carryOut } from "./carry-out.js";
import type { Collected, OwnedHead } from "./owned-head.js";
import { ReadAhead } from "./read-ahead.js";
import { ReadPace } from "./read-pace.js";
import { roomAhead } from "./room-ahead.js";
import type { SupplyContext } from "./supply.js";

/**
 * The most batches ahead of the committed head, as a multiple of those that can be in flight: so many may be over
 * behind a slow one before the head has to pass it. A crash delivers no more than these again.
 */
const WINDOW_WIDTHS = 2;
const WINDOW_AT_LEAST = 64;
/** So many messages that are done are worth a write of the head: it costs each of them a tenth of a unit. */
const WORTH_A_WRITE = 10;
/** With this share of the window in use it is committed: the write ends before the window is full. */
const CROWDED_SHARE = 0.75;

/**
 * One partition, worked off by the only pump of its subscription. Nothing is written before a delivery, and the head
 * moves for several deliveries at once. The cursor's version keeps a late owner from undoing what its successor did.
 */
export class OwnedPartition implements OwnedHead {
  #batches: BatchAhead[] = [];
  readonly #buffer: ReadAhead;
  #aside: readonly SetAside[] = [];
  #expired: readonly Skipped[] = [];
  readonly #ahead: AheadReader;
  /** Nothing below it is left to deliver. The head may still be lower, if the filter left out what is between. */
  consumedTo: Offset;
  #isReading = false;
  /** Whether what was read goes before its window ends: there is no memory to read on. */
  #isHurried = false;
  /** A write that may or may not have been carried out. Only the same write may be tried again. */
  #unresolved: Commit<BatchAhead> | undefined;
  #isLost = false;
  /** Whether a move left records of messages that come again. */
  hasLeftRecords = false;
  /** The number of the last look that found nothing here. */
  emptyAtLook = -1;
  readonly #windowBatches: number;
  readonly #pace: ReadPace;
  /** How often what is taken next may have been handed out before, by owners that died. */
  #attempts: number;

  constructor(
    private readonly context: SupplyContext,
    private readonly partition: number,
    /** As it is stored. */
    public cursor: Cursor,
    { deaths, width, nthProbe }: Owner,
    /** Called for a batch that got a lease although it was already over. */
    private readonly overWithLease: (batch: OwnedBatch) => void,
  ) {
    this.#pace = new ReadPace(context.engine.clock);
    this.#buffer = new ReadAhead(context);
    this.#ahead = new AheadReader(context, partition, cursor, nthProbe !== undefined);
    this.consumedTo = this.#ahead.place.head;
    this.#attempts = deaths;
    this.#windowBatches = Math.max(WINDOW_AT_LEAST, WINDOW_WIDTHS * width);
  }

  get isFull(): boolean {
    return this.#batches.length >= this.#windowBatches;
  }

  get isCrowded(): boolean {
    return this.#batches.length >= CROWDED_SHARE * this.#windowBatches;
  }

  /** Whether a batch can be taken without a read. */
  get hasNext(): boolean {
    if (this.#back !== undefined) return true;
    return !this.#buffer.isEmpty && !this.isFull && this.#goesAtMs <= this.context.engine.clock.nowMs();
  }

  get #goesAtMs(): number {
    return this.#isHurried ? 0 : this.#buffer.goesAtMs;
  }

  get collected(): Collected | undefined {
    const goesAtMs = this.#goesAtMs;
    if (this.#buffer.isEmpty || goesAtMs <= this.context.engine.clock.nowMs()) return undefined;
    return { goesAtMs, readTo: this.#ahead.place.head, left: this.#buffer.left };
  }

  /** What its target did not take. A write that is under way may give it away. */
  get #back(): BatchAhead | undefined {
    return this.#unresolved ? undefined : this.#batches.find(({ isBack }) => isBack);
  }

  get hasUncommitted(): boolean {
    return this.#unresolved !== undefined || this.#batches[0]?.failed !== undefined;
  }

  get canWait(): boolean {
    if (this.#unresolved) return false;
    let messages = 0;
    for (const { failed, entries, setAside } of this.#batches) {
      if (failed === undefined) break;
      messages += entries.length;
      if (failed.length > 0 || setAside.length > 0 || messages >= WORTH_A_WRITE) return false;
    }
    return true;
  }

  /** Whether a record proves that another owner moved the head: it holds `offset`, which this head has not passed. */
  isOvertakenAt(offset: Offset): boolean {
    return this.#unresolved === undefined && offset >= this.cursor.head;
  }

  /**
   * Reads on when nothing read earlier is left, or it waits for more. After a failure it rests for a while. `knownEnd`:
   * where the partition ends, if that is known without a read.
   */
  async refill(look: number, knownEnd?: Offset): Promise<void> {
    const { account, fail } = this.context;
    const isShort = this.#buffer.isEmpty || this.collected !== undefined;
    if (knownEnd !== undefined && knownEnd <= this.#ahead.place.head && isShort) {
      this.emptyAtLook = look;
      return;
    }
    if (this.#isReading || !isShort || this.isFull || this.#pace.isSick) return;
    if (this.#pace.isResting && this.emptyAtLook === look) return;
    const roomBytes = roomAhead(account, this.#pace);
    this.#isHurried = roomBytes === 0 && !this.#buffer.isEmpty;
    if (roomBytes === 0) return;
    this.#isReading = true;
    try {
      if ((await this.#ahead.untilFound(() => this.#read(roomBytes))) === "nothing") {
        this.emptyAtLook = look;
        this.#pace.foundNothing();
      } else this.#pace.foundSome(2 * this.#buffer.heldBytes > roomBytes);
    } catch (error) {
      this.#pace.failed();
      fail(`reading partition ${this.partition}`, error);
    } finally {
      this.#isReading = false;
      account.free(roomBytes);
    }
  }

  async #read(roomBytes: number): Promise<Found> {
    const ahead = await this.#ahead.read(roomBytes);
    if (!ahead) return "nothing";
    this.emptyAtLook = -1;
    // The session may have ended, or the partition may have been lost, during the read.
    if (this.#isLost) return "something";
    // Messages that take much more room as they are sent than as they are stored are read again later.
    const cut = ahead.entries[this.#buffer.fill(ahead.entries, roomBytes)];
    this.#ahead.place = cut ? { head: cut.message.offset, slotBase: cut.slotBase } : ahead.next;
    const { head } = this.#ahead.place;
    this.#aside = [...this.#aside, ...ahead.setAside.filter(({ base }) => base < head)];
    this.#expired = [...this.#expired, ...ahead.expired.filter(({ below }) => below <= head)];
    this.#ahead.leftOut += countOf(ahead.leftOut.filter(({ below }) => below <= head));
    if (!this.#buffer.isEmpty) return "something";
    const mustWrite =
      this.#aside.length + this.#expired.length > 0 || this.#ahead.leftOut >= LEFT_OUT_AT_MOST;
    if (mustWrite || !ahead.isLeftOut) {
      this.#push(this.#buffer.next(1)).failed = [];
      return "something";
    }
    this.#noteLeftOut();
    return ahead.mayHaveMore ? "left-out" : "nothing";
  }

  #noteLeftOut(): void {
    if (this.#batches.length > 0 || !this.#buffer.isEmpty || this.#unresolved) return;
    if (this.#ahead.noteLeftOut(this.cursor) === "noted") this.consumedTo = this.#ahead.place.head;
  }

  /** The next batch to deliver, from what was read. */
  take(): BatchAhead | undefined {
    if (!this.hasNext) return undefined;
    return this.#back ?? this.#push(this.#buffer.next(1 + this.#attempts));
  }

  /** Takes another message each time, however long the head stands still: passes over `nth` that were read. */
  probe(nth: number): BatchAhead | undefined {
    if (this.#buffer.isEmpty) return undefined;
    const passed = nth % Math.min(PROBE_AMONG, this.#buffer.count);
    if (passed > 0) this.#push(this.#buffer.skip(passed, 1 + this.#attempts));
    return this.#push(this.#buffer.next(1 + this.#attempts));
  }

  #push(owned: OwnedBatch): BatchAhead {
    const last = owned.entries.at(-1);
    const isLast = this.#buffer.isEmpty;
    const next = isLast || !last ? this.#ahead.place : { head: last.offset + 1, slotBase: last.slotBase };
    // Slots set aside are written with the batch whose commit moves the head past them, so that no crash can come
    // between.
    const setAside = this.#aside.filter(({ base }) => base < next.head);
    this.#aside = this.#aside.filter(({ base }) => base >= next.head);
    const expired = countOf(this.#expired.filter(({ below }) => below <= next.head));
    this.#expired = this.#expired.filter(({ below }) => below > next.head);
    const leftOut = next === this.#ahead.place ? this.#ahead.leftOut : 0;
    this.#ahead.leftOut -= leftOut;
    const batch = Object.assign(owned, { next, setAside, expired, leftOut });
    this.#batches.push(batch);
    return batch;
  }

  /**
   * Moves the head past the finished batches at the front; with `leaseUntilMs` also past running ones among the first
   * `atMost`, which continue under leases. One commit at a time.
   * @throws the store's error: the next call finds out whether the write was carried out.
   */
  async commit(leaseUntilMs?: number, atMost = Infinity): Promise<"committed" | "lost"> {
    for (let left = atMost; !this.#isLost;) {
      const made = this.#unresolved ?? this.#plan(this.#batches.slice(0, left), leaseUntilMs);
      if (!made) return "committed";
      this.#unresolved = made;
      const outcome = await carryOut(this.context, this.partition, this.cursor, made);
      this.#unresolved = undefined;
      if (outcome === "lost") this.drop();
      else this.#passOver(made);
      left -= made.runs.length;
    }
    return "lost";
  }

  /**
   * Makes room in a full window: moves the head past its older half. What is still running there is slow, and is worth
   * a lease; most of the younger half will be over before long.
   */
  async moveOn(leaseUntilMs: number): Promise<"committed" | "lost"> {
    return await this.commit(leaseUntilMs, Math.ceil(this.#batches.length / 2));
  }

  #plan(runs: readonly BatchAhead[], leaseUntilMs: number | undefined): Commit<BatchAhead> | undefined {
    const { engine, reader } = this.context;
    return commit({
      partition: this.partition,
      cursor: this.cursor,
      runs,
      retryDueMs: dueByAttempt(engine, reader.subscription, 1 + this.#attempts),
      ...(leaseUntilMs === undefined ? {} : { leaseUntilMs }),
      nonce: () => engine.random.nonce(),
    });
  }

  #passOver({ move, next, runs, leases }: Commit<BatchAhead>): void {
    const { engine, reader } = this.context;
    tellExpired(engine, reader, this.partition, move.expired);
    tellLeftOut(
      engine,
      reader,
      runs.reduce((sum, { leftOut }) => sum + leftOut, 0),
    );
    this.cursor = next;
    this.consumedTo = next.head;
    if (move.put && move.put.length > 0) this.hasLeftRecords = true;
    this.#attempts = 0;
    this.#batches = this.#batches.slice(runs.length);
    this.#noteLeftOut();
    for (const [batch, lease] of leases) {
      batch.leases = [lease];
      if (batch.failed !== undefined || batch.isBack) this.overWithLease(batch);
    }
    for (const batch of runs) if (batch.isBack && !leases.has(batch)) batch.free();
  }

  /** Takes nothing more: another owner moved the head, or the session ends. */
  drop(): void {
    this.#isLost = true;
    for (const batch of this.#batches) if (batch.isBack) batch.free();
    this.#batches = [];
    this.#buffer.drop();
  }
}
