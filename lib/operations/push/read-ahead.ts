import { messageSizeBytes } from "../../domain/message.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { memoryBytesOf } from "../memory-budget.js";
import { type OwnedBatch, ownedBatch } from "./batch.js";
import type { SupplyContext } from "./supply.js";

interface Sized {
  readonly placed: PlacedMessage;
  readonly sentBytes: number;
  readonly memoryBytes: number;
}

/** Messages in memory that wait for their delivery, with the memory that they will take until it is over. */
export class ReadAhead {
  #waiting: readonly Sized[] = [];
  #at = 0;

  constructor(private readonly context: Pick<SupplyContext, "engine" | "reader" | "account">) {}

  get isEmpty(): boolean {
    return this.#at >= this.#waiting.length;
  }

  /** The memory that what waits will take. */
  get heldBytes(): number {
    return memoryOf(this.#waiting.slice(this.#at));
  }

  get count(): number {
    return this.#waiting.length - this.#at;
  }

  /** What waits, in order. */
  rest(): readonly PlacedMessage[] {
    return this.#waiting.slice(this.#at).map(({ placed }) => placed);
  }

  /** Keeps the first messages that fit into `roomBytes`, and one in any case. Returns how many it kept. */
  fill(messages: readonly PlacedMessage[], roomBytes = Infinity): number {
    const { engine, reader, account } = this.context;
    const waiting: Sized[] = [];
    let heldBytes = 0;
    for (const placed of messages) {
      const sentBytes = engine.subscriber.sizeBytes(reader, placed.message);
      const memoryBytes = memoryBytesOf(placed.message, sentBytes);
      if (waiting.length > 0 && heldBytes + memoryBytes > roomBytes) break;
      heldBytes += memoryBytes;
      waiting.push({ placed, sentBytes, memoryBytes });
    }
    account.hold(heldBytes);
    this.#waiting = waiting;
    this.#at = 0;
    return waiting.length;
  }

  /** The messages of the next delivery; its `free` gives their memory back. */
  next(attempt: number): OwnedBatch {
    return this.#batchTo(this.#nextEnd(), attempt);
  }

  /** The next `count` messages, that are not delivered now. */
  skip(count: number, attempt: number): OwnedBatch {
    return Object.assign(this.#batchTo(this.#at + count, attempt), { isBack: true });
  }

  #batchTo(end: number, attempt: number): OwnedBatch {
    const { engine, reader, account } = this.context;
    const taken = this.#waiting.slice(this.#at, end);
    this.#at += taken.length;
    const heldBytes = memoryOf(taken);
    return ownedBatch(
      reader,
      taken.map(({ placed }) => placed),
      { attempt, atMs: engine.clock.nowMs(), free: () => account.free(heldBytes) },
    );
  }

  /** Limited by count, by the messages' own bytes and by their bytes as sent. */
  #nextEnd(): number {
    const { reader, engine } = this.context;
    const { batch, target } = reader.subscription;
    const limitBytes = engine.subscriber.limitBytes(target);
    let [ownBytes, allSentBytes] = [0, 0];
    for (let end = this.#at; end < this.#waiting.length; end++) {
      const { placed, sentBytes } = this.#waiting[end] as Sized;
      ownBytes += messageSizeBytes(placed.message);
      allSentBytes += sentBytes;
      const isFirst = end === this.#at;
      if (end - this.#at >= batch.maxMessages) return end;
      if (!isFirst && (ownBytes > batch.maxBytes || allSentBytes > limitBytes)) return end;
    }
    return this.#waiting.length;
  }

  drop(): void {
    this.context.account.free(this.heldBytes);
    this.#waiting = [];
    this.#at = 0;
  }
}

const memoryOf = (some: readonly Sized[]): number =>
  some.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
