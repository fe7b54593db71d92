import type { Handed } from "../../../lib/domain/ports/subscriber.js";
import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import { type Logged, labelOf } from "./log-checker.js";
import { type PlaceChecker, SKEW_MS, type Watched } from "./place-checker.js";

/** What consumers see: nothing from nowhere, keys in order, no more at once than asked. */
export class DeliveryChecker {
  /** Times that a message was handed out, by subscription and id. */
  readonly handed = new Map<string, number>();
  readonly #running = new Map<string, number>();
  /** In a run without faults every message comes once. */
  isCalm = false;

  constructor(
    private readonly world: World,
    private readonly places: PlaceChecker,
    readonly isOrdered: (topicUid: string) => boolean,
  ) {}

  delivered(ref: SubscriptionRef, messages: readonly Handed[]): void {
    const watched = this.places.of(ref);
    if (!watched) return this.world.violation("nowhere", `${ref.name} was never made`);
    const inBatch = new Set<string>();
    const { target, batch } = watched.subscription;
    if (target.type !== "pull" && messages.length > batch.maxMessages) {
      this.world.violation(
        "batch",
        `${ref.name} got ${messages.length} messages, ${batch.maxMessages} may be`,
      );
    }
    for (const message of messages) {
      this.#check(watched, message, inBatch);
      inBatch.add(message.id);
    }
  }

  #check(watched: Watched, message: Handed, inBatch: ReadonlySet<string>): void {
    const { subscription } = watched;
    const name = `${message.id} (${labelOf(message.body)}) to ${subscription.name}`;
    const logged = this.places.logOf(subscription, message.partition).byOffset.get(message.offset);
    if (!logged) return this.world.violation("nowhere", `${name} is not in the log`);
    if (logged.label !== labelOf(message.body))
      this.world.violation("nowhere", `${name} should be ${logged.label}`);
    if (logged.expiresAtMs < this.world.nowMs - SKEW_MS)
      this.world.violation("expiry", `${name} had expired`);
    if (message.offset < this.places.startHead(watched, message.partition)) {
      this.world.violation("nowhere", `${name} is older than the subscription's start`);
    }
    if (inBatch.has(message.id)) this.world.violation("duplicate", `${name} is twice in a batch`);
    const key = `${subscriptionKey(subscription)} ${message.id}`;
    const times = (this.handed.get(key) ?? 0) + 1;
    this.handed.set(key, times);
    if (times > 1 && this.isCalm)
      this.world.violation("duplicate", `${name} came ${times} times, for no reason`);
    if (message.attempt > times && this.isCalm)
      this.world.violation("attempt", `${name} is its ${times}. attempt`);
    if (this.isOrdered(subscription.topic.uid))
      this.#inOrder(watched, logged, message.partition, inBatch, name);
  }

  #inOrder(
    watched: Watched,
    message: Logged,
    partition: number,
    inBatch: ReadonlySet<string>,
    name: string,
  ): void {
    if (message.key === undefined) return;
    const start = this.places.startHead(watched, partition);
    for (const other of this.places.logOf(watched.subscription, partition).byKey.get(message.key) ?? []) {
      if (other.offset >= message.offset) return;
      if (other.offset < start || inBatch.has(other.id) || this.places.isOver(watched, other)) continue;
      this.world.violation("order", `${name} overtakes ${other.id} (${other.label}) of the same key`);
    }
  }

  /** A consumer was told that its acknowledgement went through. */
  settled(ref: SubscriptionRef, ids: readonly string[]): void {
    for (const id of ids) this.places.of(ref)?.settled.add(id);
  }

  saidDone(ref: SubscriptionRef, ids: readonly string[]): void {
    for (const id of ids) this.places.of(ref)?.done.add(id);
  }

  /** A handler starts, with all that are at work for the same subscription. */
  started(ref: SubscriptionRef, maxConcurrency: number): void {
    const key = subscriptionKey(ref);
    const running = (this.#running.get(key) ?? 0) + 1;
    this.#running.set(key, running);
    if (this.isCalm && running > maxConcurrency) {
      this.world.violation(
        "concurrency",
        `${running} handlers of ${ref.name}, at most ${maxConcurrency} may be`,
      );
    }
  }

  ended(ref: SubscriptionRef): void {
    const key = subscriptionKey(ref);
    this.#running.set(key, (this.#running.get(key) ?? 1) - 1);
  }
}
