import { Conflict } from "../../domain/errors.js";
import type { Handed } from "../../domain/handed.js";
import { messageSizeBytes } from "../../domain/message.js";
import { afterFailure } from "../../domain/moves/after-failure.js";
import { type Commit, commit } from "../../domain/moves/commit.js";
import type { Place } from "../../domain/place.js";
import { type Cursor, type SetAside, dueId } from "../../domain/progress/records.js";
import { formatReceipt } from "../../domain/receipt.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { type Expired, countOf, readRange } from "../log/read-range.js";
import { tellExpired } from "../log/tell-expired.js";
import { memoryBytesFor, memoryBytesOf, messageBytesIn } from "../memory-budget.js";
import type { Offset } from "../../domain/slot.js";
import type { OwnedBatch } from "./batch.js";
import { pauseAfter } from "./insist.js";
import type { SupplyContext } from "./supply.js";

/** Batches ahead of the committed head: what a crash can cause to be delivered twice. */
const WINDOW_BATCHES = 64;
const READ_AHEAD_MESSAGES = 1_000;
const READ_AHEAD_BYTES = 8 * 1024 * 1024;
/** Less room than this is left to those that need less: a read that brings so little is not worth it. */
const READ_AHEAD_LEAST_BYTES = 1024 * 1024;
/** A receipt that no lease stands behind: nobody can settle with it. */
const OWNED_LEASE_ID = dueId(0, "owned");
const FAILED_FROM_MS = 250;
const FAILED_UP_TO_MS = 30_000;

/**
 * One partition as the only pump of its subscription works it off: nothing is written before a delivery, the head moves
 * for several at once. Its version keeps a late owner from undoing what its successor did.
 */
export class OwnedPartition {
  #batches: OwnedBatch[] = [];
  #buffer: PlacedMessage[] = [];
  #aside: readonly SetAside[] = [];
  #expired: readonly Expired[] = [];
  #readTo: Place;
  #slotCount = 1;
  #isReading = false;
  #failures = 0;
  #readAtMs = 0;
  /** A write of which it is not known whether it was carried out. Only the same one may be tried again. */
  #unresolved: Commit<OwnedBatch> | undefined;
  #isLost = false;
  /** The look that found nothing here last. */
  emptyAtLook = -1;

  constructor(
    private readonly context: SupplyContext,
    private readonly partition: number,
    private cursor: Cursor,
    /** How often this may have been handed out before, by owners that died. */
    private attempts: number,
    /** Told of a batch that got a lease, and was over already. */
    private readonly overWithLease: (batch: OwnedBatch) => void,
  ) {
    this.#readTo = cursor;
  }

  get isFull(): boolean {
    return this.#batches.length >= WINDOW_BATCHES;
  }

  /** Whether there is a batch to take without a read. */
  get hasNext(): boolean {
    return this.#buffer.length > 0 && !this.isFull;
  }

  get hasUncommitted(): boolean {
    return this.#unresolved !== undefined || this.#batches[0]?.failed !== undefined;
  }

  /** Whether its head is known not to have come to `offset`, of which a record says that it has. */
  isOvertakenAt(offset: Offset): boolean {
    return this.#unresolved === undefined && offset >= this.cursor.head;
  }

  /** Reads on if nothing is left of what was read before. What fails is left alone for a while. */
  async refill(look: number): Promise<void> {
    const { account, engine, fail } = this.context;
    if (this.#isReading || this.#buffer.length > 0 || this.isFull || this.#readAtMs > engine.clock.nowMs())
      return;
    const leastBytes = memoryBytesFor(READ_AHEAD_LEAST_BYTES);
    const roomBytes = account.ask(memoryBytesFor(READ_AHEAD_BYTES), leastBytes);
    if (roomBytes === 0) return;
    this.#isReading = true;
    try {
      if ((await this.#read(messageBytesIn(roomBytes))) === "nothing") this.emptyAtLook = look;
      this.#failures = 0;
    } catch (error) {
      this.#readAtMs = engine.clock.nowMs() + pauseAfter(++this.#failures, FAILED_FROM_MS, FAILED_UP_TO_MS);
      fail(`reading partition ${this.partition}`, error);
    } finally {
      this.#isReading = false;
      account.free(roomBytes);
    }
  }

  async #read(maxBytes: number): Promise<"something" | "nothing"> {
    const { engine, reader, account } = this.context;
    const ref = { topic: reader.topic, partition: this.partition };
    const limits = { maxMessages: READ_AHEAD_MESSAGES, maxBytes, slotCount: this.#slotCount };
    const ahead = await readRange(engine, ref, this.#readTo, limits);
    if (ahead.next.head === this.#readTo.head) return "nothing";
    this.emptyAtLook = -1;
    // Its session may have ended, or it was lost, while this was read.
    if (this.#isLost) return "something";
    this.#slotCount = ahead.slotCount;
    this.#buffer = [...ahead.entries];
    account.hold(memoryOf(this.#buffer));
    this.#aside = ahead.setAside;
    this.#expired = ahead.expired;
    this.#readTo = ahead.next;
    if (this.#buffer.length === 0) this.#push([]).failed = [];
    return "something";
  }

  /** The next batch to deliver, from what was read. */
  take(): OwnedBatch | undefined {
    if (!this.hasNext) return undefined;
    return this.#push(this.#buffer.splice(0, this.#batchLength()));
  }

  /** Messages that one delivery takes, by their number, their own bytes, and their bytes as they are sent. */
  #batchLength(): number {
    const { reader, engine } = this.context;
    const { batch, target } = reader.subscription;
    const limitBytes = engine.subscriber.limitBytes(target);
    let [ownBytes, sentBytes] = [0, 0];
    const end = this.#buffer.findIndex(({ message }, index) => {
      ownBytes += messageSizeBytes(message);
      sentBytes += engine.subscriber.sizeBytes(reader, message);
      return (
        index >= batch.maxMessages || (index > 0 && (ownBytes > batch.maxBytes || sentBytes > limitBytes))
      );
    });
    return end < 0 ? this.#buffer.length : end;
  }

  #push(placed: readonly PlacedMessage[]): OwnedBatch {
    const { reader, engine, account } = this.context;
    const last = placed.at(-1);
    const isLast = this.#buffer.length === 0;
    const next = isLast || !last ? this.#readTo : { head: last.message.offset + 1, slotBase: last.slotBase };
    // With the batch that takes the head past it, so that no crash can come between.
    const setAside = this.#aside.filter(({ base }) => base < next.head);
    this.#aside = this.#aside.filter(({ base }) => base >= next.head);
    const expired = countOf(this.#expired.filter(({ below }) => below <= next.head));
    this.#expired = this.#expired.filter(({ below }) => below > next.head);
    const heldBytes = memoryOf(placed);
    const handedOutAtMs = engine.clock.nowMs();
    const batch: OwnedBatch = {
      kind: "owned",
      reader,
      handed: this.#hand(placed, handedOutAtMs),
      free: () => account.free(heldBytes),
      entries: placed.map(({ message: { offset, publishedAtMs }, slotBase }) => ({
        offset,
        publishedAtMs,
        slotBase,
      })),
      next,
      setAside,
      expired,
      handedOutAtMs,
      failed: undefined,
      leases: [],
    };
    this.#batches.push(batch);
    return batch;
  }

  #hand(placed: readonly PlacedMessage[], firstReceivedAtMs: number): readonly Handed[] {
    const { subscription } = this.context.reader;
    return placed.map(({ message }) => ({
      ...message,
      receipt: formatReceipt(subscription, {
        leaseId: OWNED_LEASE_ID,
        offset: message.offset,
        leaseSize: placed.length,
      }),
      attempt: 1 + this.attempts,
      firstReceivedAtMs,
    }));
  }

  /**
   * Moves the head over all that is over at the front; with `leaseUntilMs` over what is at work too, which goes on
   * under leases. One at a time.
   * @throws what the store throws: whether the write was carried out is found out by the next call.
   */
  async commit(leaseUntilMs?: number): Promise<"committed" | "lost"> {
    while (!this.#isLost) {
      const made = this.#unresolved ?? this.#plan(leaseUntilMs);
      if (!made) return "committed";
      this.#unresolved = made;
      const outcome = await this.#carryOut(made);
      this.#unresolved = undefined;
      if (outcome === "lost") this.drop();
      else this.#passOver(made);
    }
    return "lost";
  }

  #plan(leaseUntilMs: number | undefined): Commit<OwnedBatch> | undefined {
    const { engine, reader } = this.context;
    const { dueMs } = afterFailure({ kind: "delivery-failed" }, reader.subscription, engine.clock.nowMs());
    return commit({
      partition: this.partition,
      cursor: this.cursor,
      runs: this.#batches,
      attempts: this.attempts,
      retryDueMs: dueMs,
      ...(leaseUntilMs === undefined ? {} : { leaseUntilMs }),
      nonce: () => engine.random.nonce(),
    });
  }

  /** A conflict may be this very write, tried before: then its answer was lost. */
  async #carryOut({ move, next }: Commit): Promise<"committed" | "lost"> {
    const { engine, reader } = this.context;
    if ((await engine.progress.move(reader.subscription, move)) === "moved") return "committed";
    const stored = await engine.progress.cursor(reader.subscription, this.partition);
    if (stored?.version === next.version && stored.head === next.head && stored.epoch === next.epoch)
      return "committed";
    if ((stored?.version ?? 0) !== this.cursor.version) return "lost";
    throw new Conflict(`moving the head of partition ${this.partition}`);
  }

  #passOver({ move, next, runs, leases }: Commit<OwnedBatch>): void {
    tellExpired(this.context.engine, this.context.reader, this.partition, move.expired);
    this.cursor = next;
    this.attempts = 0;
    this.#batches = this.#batches.slice(runs.length);
    for (const [batch, lease] of leases) {
      batch.leases = [lease];
      if (batch.failed !== undefined) this.overWithLease(batch);
    }
  }

  /** Nothing more is taken from here: another owner moved the head, or the session ends. */
  drop(): void {
    this.#isLost = true;
    this.#batches = [];
    this.context.account.free(memoryOf(this.#buffer));
    this.#buffer = [];
  }
}

const memoryOf = (placed: readonly PlacedMessage[]): number =>
  placed.reduce((sum, { message }) => sum + memoryBytesOf(message), 0);
