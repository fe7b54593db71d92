import { messageSizeBytes } from "../../domain/message.js";
import {
  type Cursor,
  type Lease,
  MOVE_ITEMS_LIMIT,
  type Retry,
  type SetAside,
  dueId,
} from "../../domain/progress/records.js";
import { formatReceipt } from "../../domain/receipt.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { leaseOf, retryOf, spansOf } from "../consume/lease.js";
import { readRange } from "../log/read-range.js";
import type { Handed } from "../../domain/handed.js";
import type { Place } from "../../domain/place.js";
import type { OwnedBatch } from "./batch.js";
import type { PlacedMessage } from "../log/placed-message.js";

/** Batches ahead of the committed head: what a crash can cause to be delivered twice. */
const WINDOW_BATCHES = 64;
const READ_AHEAD_MESSAGES = 1_000;
const READ_AHEAD_BYTES = 8 * 1024 * 1024;
/** What a receipt names that no lease stands behind: nobody can settle with it. */
const OWNED_LEASE_ID = dueId(0, "owned");

/**
 * One partition as the only pump of its subscription works it off: nothing is written before a delivery, the head moves
 * for several at once. Its version keeps a late owner from undoing what its successor did.
 */
export class OwnedPartition {
  #batches: OwnedBatch[] = [];
  #buffer: PlacedMessage[] = [];
  #aside: readonly SetAside[] = [];
  #readTo: Place;
  #slotCount = 1;

  constructor(
    private readonly engine: Engine,
    private readonly topic: Topic,
    private readonly subscription: Subscription,
    private readonly partition: number,
    private cursor: Cursor,
    /** How often this may have been handed out before, by owners that died. */
    private attempts: number,
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
    return this.#batches[0]?.state === "done";
  }

  /** Reads on if nothing is left of what was read before. */
  async refill(): Promise<void> {
    if (this.#buffer.length > 0 || this.isFull) return;
    const limits = {
      maxMessages: READ_AHEAD_MESSAGES,
      maxBytes: READ_AHEAD_BYTES,
      slotCount: this.#slotCount,
    };
    const ahead = await readRange(
      this.engine,
      { topic: this.topic, partition: this.partition },
      this.#readTo,
      limits,
    );
    if (ahead.next.head === this.#readTo.head) return;
    this.#slotCount = ahead.slotCount;
    this.#buffer = [...ahead.entries];
    this.#aside = ahead.setAside;
    this.#readTo = ahead.next;
    if (this.#buffer.length === 0) this.#push([], "done");
  }

  /** The next batch to deliver, from what was read. */
  take(): OwnedBatch | undefined {
    if (!this.hasNext) return undefined;
    const { maxMessages, maxBytes } = this.subscription.batch;
    let sizeBytes = 0;
    const end = this.#buffer.findIndex(({ message }, index) => {
      sizeBytes += messageSizeBytes(message);
      return index >= maxMessages || (index > 0 && sizeBytes > maxBytes);
    });
    return this.#push(this.#buffer.splice(0, end < 0 ? this.#buffer.length : end), "pending");
  }

  #push(entries: readonly PlacedMessage[], state: "pending" | "done"): OwnedBatch {
    const last = entries.at(-1);
    const isLast = this.#buffer.length === 0;
    const next = isLast || !last ? this.#readTo : { head: last.message.offset + 1, slotBase: last.slotBase };
    // With the batch that takes the head past it, so that no crash can come between.
    const setAside = this.#aside.filter(({ base }) => base < next.head);
    this.#aside = this.#aside.filter(({ base }) => base >= next.head);
    const batch: OwnedBatch = {
      kind: "owned",
      owner: this,
      entries,
      handed: this.#hand(entries),
      next,
      setAside,
      state,
      failed: [],
    };
    this.#batches.push(batch);
    return batch;
  }

  #hand(entries: readonly PlacedMessage[]): readonly Handed[] {
    const firstReceivedAtMs = this.engine.clock.nowMs();
    return entries.map(({ message }) => ({
      ...message,
      receipt: formatReceipt(this.subscription, {
        leaseId: OWNED_LEASE_ID,
        offset: message.offset,
        leaseSize: entries.length,
      }),
      attempt: 1 + this.attempts,
      firstReceivedAtMs,
    }));
  }

  /** Moves the head over all that is done at the front, with the retries of what failed there. */
  async commit(): Promise<"committed" | "lost"> {
    const end = this.#batches.findIndex(({ state }) => state !== "done");
    const front = end < 0 ? this.#batches : this.#batches.slice(0, end);
    return await this.#move(front);
  }

  /** Moves the head over everything that was started: what is still in flight goes on under a lease. */
  async commitAll(leaseUntilMs: number): Promise<"committed" | "lost"> {
    for (const batch of this.#batches.filter(({ state }) => state === "pending")) {
      const spans = this.#spans(batch.entries);
      batch.lease = leaseOf(this.engine, this.partition, this.cursor.epoch, spans, leaseUntilMs);
    }
    return await this.#move(this.#batches);
  }

  #spans(entries: readonly PlacedMessage[]) {
    const spans = spansOf(entries, this.engine.clock.nowMs(), 1);
    return spans.map((span) => ({ ...span, attempt: span.attempt + this.attempts }));
  }

  async #move(all: readonly OwnedBatch[]): Promise<"committed" | "lost"> {
    const front = withinOneMove(all);
    const last = front.at(-1);
    if (!last) return "committed";
    const dueMs = this.engine.clock.nowMs() + this.subscription.ackDeadlineSeconds * 1_000;
    const put = front.flatMap((batch): (Lease | Retry)[] => {
      if (batch.state === "pending" && batch.lease) return [batch.lease];
      if (batch.failed.length === 0) return [];
      return [retryOf(this.engine, this.partition, this.cursor.epoch, this.#spans(batch.failed), dueMs)];
    });
    const next: Cursor = { ...last.next, epoch: this.cursor.epoch, version: this.cursor.version + 1 };
    const setAside = front.flatMap((batch) => batch.setAside);
    const move = { cursor: { partition: this.partition, next }, put, setAside };
    if ((await this.engine.progress.move(this.subscription, move)) === "conflict") return this.#void();
    this.cursor = next;
    this.attempts = 0;
    this.#batches = this.#batches.slice(front.length);
    for (const batch of front) if (batch.state === "pending") batch.state = "leased";
    return front.length < all.length ? await this.#move(all.slice(front.length)) : "committed";
  }

  /** Somebody else moved the head: what is in flight is theirs by now, and their outcome counts. */
  #void(): "lost" {
    for (const batch of this.#batches) batch.state = "void";
    this.#batches = [];
    this.#buffer = [];
    return "lost";
  }
}

/** As many batches as one transaction takes. */
function withinOneMove(batches: readonly OwnedBatch[]): readonly OwnedBatch[] {
  let items = 1;
  const end = batches.findIndex((batch) => {
    items += (batch.lease || batch.failed.length > 0 ? 1 : 0) + batch.setAside.length;
    return items > MOVE_ITEMS_LIMIT;
  });
  return end < 0 ? batches : batches.slice(0, Math.max(1, end));
}
