import { isTaken } from "./attempt-checker.js";
import type { Move } from "../../../lib/domain/progress/records.js";
import {
  type Subscription,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import { type Topic, deliveryIsPaused } from "../../../lib/domain/topic.js";
import type { Call } from "../port-calls.js";
import type { Watched } from "./watched.js";
import type { World } from "../world.js";

/** Whoever hands out hears of a pause within so long. */
export const HEARD_OF_MS = 5_000;
/** A call that is under way may take so long. */
export const UNDER_WAY_MS = 100;

/**
 * A pause holds, and so does a subscription that was disabled: nothing is handed out later than five seconds after it
 * was stored, unless something happened to the process that hands out. From then on it has five seconds again. When a
 * pause ended is kept for promptness. A pump hears of a seek in the same way: for so long it may go on from where its
 * subscription stood before.
 */
export class PauseChecker {
  /** By subscription key, or topic uid: since when. */
  readonly #since = new Map<string, number>();
  readonly #endedAtMs = new Map<string, number>();
  /** By subscription key: its last epoch, and since when. */
  readonly #epochs = new Map<string, { readonly epoch: number; readonly atMs: number }>();
  /** By process: when a call of it failed last, it stood still, or its clock was set. */
  readonly #troubledUntilMs = new Map<string, number>();

  constructor(private readonly world: World) {}

  /** Until when something happens to a process. */
  troubledUntilMs(who: string): number {
    return this.#troubledUntilMs.get(who) ?? 0;
  }

  /** Something happens to a process that lasts so long. */
  troubled(who: string, forMs: number): void {
    this.#troubledUntilMs.set(who, Math.max(this.#troubledUntilMs.get(who) ?? 0, this.world.nowMs + forMs));
  }

  after(who: string, { port, method, args }: Call, outcome: unknown): void {
    if (port === "topics" && method === "update" && outcome === "updated") {
      const topic = args[0] as Topic;
      this.#set(topic.uid, deliveryIsPaused(topic));
    } else if (port === "subscriptions" && method === "update" && outcome === "updated") {
      const subscription = args[0] as Subscription;
      this.#set(subscriptionKey(subscription), subscription.paused || subscription.disabled !== undefined);
      this.#seeks(subscription);
    } else if (port === "progress" && method === "advance" && outcome !== "conflict") {
      this.handsOut(who, args[0] as SubscriptionRef);
    } else if (port === "progress" && method === "move" && outcome === "moved" && !who.startsWith("pump")) {
      const { put = [], remove = [] } = args[1] as Move;
      const taken = put.filter((record) => isTaken(record, remove));
      if (taken.length > 0) this.handsOut(who, args[0] as SubscriptionRef);
    }
  }

  #set(key: string, isPaused: boolean): void {
    if (isPaused && !this.#since.has(key)) this.#since.set(key, this.world.nowMs);
    if (!isPaused && this.#since.delete(key)) this.#endedAtMs.set(key, this.world.nowMs);
  }

  #seeks(subscription: Subscription): void {
    const key = subscriptionKey(subscription);
    const { epoch } = subscription;
    if (epoch > (this.#epochs.get(key)?.epoch ?? 0)) this.#epochs.set(key, { epoch, atMs: this.world.nowMs });
  }

  /** Whether nothing of it may be handed out just now. */
  isPaused(ref: SubscriptionRef): boolean {
    return this.#since.has(subscriptionKey(ref)) || this.#since.has(ref.topic.uid);
  }

  /** When the last pause of it ended; 0: it never was. */
  endedAtMs(ref: SubscriptionRef): number {
    return Math.max(this.#endedAtMs.get(subscriptionKey(ref)) ?? 0, this.#endedAtMs.get(ref.topic.uid) ?? 0);
  }

  /** Whether those who hand out need not have heard yet that its pause is over. */
  hasJustEnded(ref: SubscriptionRef): boolean {
    return this.world.nowMs <= this.endedAtMs(ref) + HEARD_OF_MS;
  }

  /** Whether it is paused, or was a moment ago. */
  mayRest({ subscription }: Watched): boolean {
    return this.isPaused(subscription) || this.hasJustEnded(subscription);
  }

  /** A process gives messages to a consumer. */
  handsOut(who: string, ref: SubscriptionRef): void {
    const sinceMs = Math.min(
      this.#since.get(subscriptionKey(ref)) ?? Infinity,
      this.#since.get(ref.topic.uid) ?? Infinity,
    );
    if (this.#mayNotHaveHeard(who, sinceMs)) return;
    this.world.violation(
      "pause",
      `${who} hands out messages of ${ref.name} ${this.world.nowMs - sinceMs} ms after it was paused`,
    );
  }

  /** A pump delivers, by the subscription as it knows it. */
  delivers(who: string, subscription: Subscription): void {
    this.handsOut(who, subscription);
    const sought = this.#epochs.get(subscriptionKey(subscription));
    if (!sought || subscription.epoch >= sought.epoch || this.#mayNotHaveHeard(who, sought.atMs)) return;
    const forMs = this.world.nowMs - sought.atMs;
    this.world.violation("seek", `${who} has not heard of the seek of ${subscription.name} for ${forMs} ms`);
  }

  /** Of something that was stored at that time. */
  #mayNotHaveHeard(who: string, sinceMs: number): boolean {
    const fromMs = Math.max(sinceMs, this.troubledUntilMs(who));
    return this.world.nowMs <= fromMs + HEARD_OF_MS + UNDER_WAY_MS;
  }
}
