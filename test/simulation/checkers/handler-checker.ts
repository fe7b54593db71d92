import type { Handed } from "../../../lib/domain/handed.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { Delivery } from "./delivery-checker.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";

/** One handler of a worker that consumes through the client library. */
export interface Handler {
  readonly worker: string;
  readonly message: Handed;
  readonly delivery: Delivery;
  /** It was told that its lease is lost, or its process is gone. */
  isOver: boolean;
  /** Its process stood still while it was at work: nobody could tell it anything. */
  isExcused: boolean;
}

/**
 * What runs on a user's side of the client library: a message, and with ordering a key, is in one handler at a time,
 * since a handler hears that its lease is lost before another one may begin; and no message is begun before an earlier
 * one of its key is done.
 */
export class HandlerChecker {
  /** By subscription, and message or key. */
  readonly #running = new Map<string, Set<Handler>>();
  /** Clocks of the API's processes are apart, so that a lease may end early by one of them. */
  areClocksApart = false;

  constructor(
    private readonly world: World,
    private readonly places: PlaceChecker,
    private readonly isOrdered: (topicUid: string) => boolean,
  ) {}

  /** They begin together: in one call of a handler, in this order. */
  begin(handlers: readonly Handler[]): void {
    const inBatch = new Set(handlers.map(({ message: { id } }) => id));
    for (const handler of handlers) {
      const { watched, epochs } = handler.delivery;
      if (watched.isDeleted || epochs.get(handler.message.id) !== watched.subscription.epoch) continue;
      this.#alone(handler);
      this.#inOrder(watched, handler.message, inBatch, `${handler.worker} begins`);
    }
    for (const handler of handlers) {
      const place = this.#placeOf(handler);
      this.#running.set(place, (this.#running.get(place) ?? new Set()).add(handler));
    }
  }

  #alone(handler: Handler): void {
    if (this.areClocksApart) return;
    const { worker, message } = handler;
    for (const other of this.#running.get(this.#placeOf(handler)) ?? []) {
      const { watched, epochs } = other.delivery;
      if (watched.operated.has(other.message.id)) continue;
      if (other.isOver || other.isExcused || epochs.get(other.message.id) !== watched.subscription.epoch)
        continue;
      const what =
        other.message.id === message.id ? "the same message" : `${other.message.id} of the same key`;
      this.world.violation(
        "fence",
        `${worker} begins ${message.id} while a handler of ${other.worker} is at work on ${what}`,
      );
    }
  }

  #inOrder(watched: Watched, message: Handed, inBatch: ReadonlySet<string>, what: string): void {
    const { subscription } = watched;
    const { key, partition, offset, id } = message;
    if (key === undefined || !this.isOrdered(subscription.topic.uid)) return;
    // It may have died before an earlier one was done; sent again it goes to the front.
    if (watched.redriven.has(id)) return;
    const start = Math.max(this.places.startHead(watched, partition), watched.orderedTo.get(key) ?? 0);
    for (const other of this.places.logOf(subscription, partition).ofKey(key, start)) {
      if (other.offset >= offset) return;
      if (this.places.isPassable(watched, other) || watched.handled.has(other.id)) continue;
      if (inBatch.has(other.id) || watched.redriven.has(other.id)) continue;
      this.world.violation("overtaking", `${what} ${id} before ${other.id} of the same key is done`);
    }
  }

  /** It has done its work. */
  done({ delivery: { watched, epochs }, message: { id } }: Handler): void {
    if (epochs.get(id) === watched.subscription.epoch) watched.handled.add(id);
  }

  ends(handler: Handler): void {
    handler.isOver = true;
    this.#running.get(this.#placeOf(handler))?.delete(handler);
  }

  /** An acknowledgement is sent: only of what was done under the same receipt, and after what lies before it. */
  acknowledges(worker: string, message: Handed, { watched, epochs }: Delivery, isDone: boolean): void {
    const { id } = message;
    if (!isDone)
      this.world.violation("undone", `${worker} acknowledges ${id}, whose handler did not do its work`);
    if (watched.isDeleted || epochs.get(id) !== watched.subscription.epoch) return;
    this.#inOrder(watched, message, new Set(), `${worker} acknowledges`);
  }

  #placeOf({ delivery: { watched }, message: { id, key } }: Handler): string {
    const isOfKey = key !== undefined && this.isOrdered(watched.subscription.topic.uid);
    return `${subscriptionKey(watched.subscription)} ${isOfKey ? `key ${key}` : id}`;
  }
}
