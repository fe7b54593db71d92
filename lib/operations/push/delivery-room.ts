import {
  type CollectedTimes,
  NOTHING_COLLECTED,
  windowEndMs,
  withMessage,
} from "../../domain/batch-window.js";
import { messageSizeBytes } from "../../domain/message.js";
import type { PlacedMessage } from "../log/placed-message.js";
import type { SupplyContext } from "./supply.js";

/** What counts as a message's own and a slot may leave out: its content type. */
const NOT_IN_SLOT_BYTES = 128;
/** JSON writes one byte as six at the most, and an event's record has more around its body than the slot. */
const SENT_A_BYTE = 6;
const AROUND_BYTES = 4_096;

/** One delivery's room: by count, by the messages' own bytes and by their bytes as sent. */
export class DeliveryRoom {
  /** Whether nothing more goes in. */
  isFull = false;
  #count = 0;
  #ownBytes = 0;
  #sentBytes = 0;
  #times: CollectedTimes = NOTHING_COLLECTED;
  readonly #limitBytes: number;

  constructor(private readonly context: Pick<SupplyContext, "engine" | "reader">) {
    const { engine, reader } = context;
    this.#limitBytes = engine.subscriber.limitBytes(reader.subscription.target);
  }

  /** Puts a message in, if there is room for it. There is always room for one. */
  takes({ message }: PlacedMessage, sentBytes: number): boolean {
    const { batch } = this.context.reader.subscription;
    const ownBytes = this.#ownBytes + messageSizeBytes(message);
    const allSentBytes = this.#sentBytes + sentBytes;
    const isTooLarge = ownBytes > batch.maxBytes || allSentBytes > this.#limitBytes;
    if (this.isFull || (this.#count > 0 && isTooLarge)) {
      this.isFull = true;
      return false;
    }
    this.#count++;
    this.#ownBytes = ownBytes;
    this.#sentBytes = allSentBytes;
    this.#times = withMessage(this.#times, message);
    this.isFull =
      this.#count >= batch.maxMessages || ownBytes >= batch.maxBytes || allSentBytes >= this.#limitBytes;
    return true;
  }

  /** When it is delivered, full or not; in the past: at once. */
  get goesAtMs(): number {
    const { engine, reader } = this.context;
    if (this.isFull || this.#count === 0) return 0;
    return windowEndMs(this.#times, reader.subscription.batch.windowSeconds, engine.clock.nowMs());
  }

  /** Of so many messages more, each of a slot's bytes up to `bytesEach`, any number leaves it with room. */
  get left(): { readonly messages: number; readonly bytesEach: number } {
    const { batch } = this.context.reader.subscription;
    const messages = Math.max(0, batch.maxMessages - this.#count - 1);
    const ownEach = (batch.maxBytes - this.#ownBytes) / (messages + 1);
    const sentEach = (this.#limitBytes - this.#sentBytes) / (messages + 1);
    const bytesEach = Math.min(ownEach - NOT_IN_SLOT_BYTES, (sentEach - AROUND_BYTES) / SENT_A_BYTE);
    return { messages, bytesEach: Math.floor(bytesEach) };
  }
}
