import type { PlacedMessage } from "../log/placed-message.js";
import { memoryBytesOf } from "../memory-budget.js";
import { type OwnedBatch, ownedBatch } from "./batch.js";
import { DeliveryRoom } from "./delivery-room.js";
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
  /** The next delivery, and where it ends; undefined if something has changed since. */
  #next: { readonly room: DeliveryRoom; readonly end: number } | undefined;

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

  /** When the next delivery goes, though it has room for more; in the past: at once. */
  get goesAtMs(): number {
    return this.#upNext().room.goesAtMs;
  }

  /** What the next delivery has room for. */
  get left(): DeliveryRoom["left"] {
    return this.#upNext().room.left;
  }

  /** Adds the first messages that fit into `roomBytes`, and one in any case. Returns how many those are. */
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
    this.#waiting = [...this.#waiting.slice(this.#at), ...waiting];
    this.#at = 0;
    this.#next = undefined;
    return waiting.length;
  }

  /** The messages of the next delivery; its `free` gives their memory back. */
  next(attempt: number): OwnedBatch {
    return this.#batchTo(this.#upNext().end, attempt);
  }

  /** The next `count` messages, that are not delivered now. */
  skip(count: number, attempt: number): OwnedBatch {
    return Object.assign(this.#batchTo(this.#at + count, attempt), { isBack: true });
  }

  #batchTo(end: number, attempt: number): OwnedBatch {
    const { engine, reader, account } = this.context;
    const taken = this.#waiting.slice(this.#at, end);
    this.#at += taken.length;
    this.#next = undefined;
    const heldBytes = memoryOf(taken);
    return ownedBatch(
      reader,
      taken.map(({ placed }) => placed),
      { attempt, atMs: engine.clock.nowMs(), free: () => account.free(heldBytes) },
    );
  }

  #upNext(): { readonly room: DeliveryRoom; readonly end: number } {
    if (this.#next) return this.#next;
    const room = new DeliveryRoom(this.context);
    let end = this.#at;
    for (; end < this.#waiting.length; end++) {
      const { placed, sentBytes } = this.#waiting[end] as Sized;
      if (!room.takes(placed, sentBytes)) break;
    }
    this.#next = { room, end };
    return this.#next;
  }

  drop(): void {
    this.context.account.free(this.heldBytes);
    this.#waiting = [];
    this.#at = 0;
    this.#next = undefined;
  }
}

const memoryOf = (some: readonly Sized[]): number =>
  some.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
