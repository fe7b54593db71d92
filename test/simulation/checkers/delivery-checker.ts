import {
  type Subscription,
  type SubscriptionRef,
  subscriptionKey,
} from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import { saysWhoHasIt } from "./consumer-checker.js";
import type { AttemptChecker } from "./attempt-checker.js";
import type { CostChecker } from "./cost-checker.js";
import type { FairnessChecker } from "./fairness-checker.js";
import { GONE, epochIn, mustNotCome, settledByConsumer } from "./operator-checker.js";
import { labelIn } from "./log-checker.js";
import { OrderChecker } from "./order-checker.js";
import type { PauseChecker } from "./pause-checker.js";
import type { PlaceChecker } from "./place-checker.js";
import { SKEW_MS } from "./record-checker.js";
import type { RetryChecker } from "./retry-checker.js";
import { WindowChecker } from "./window-checker.js";
import { type Watched, leaseIdOf } from "./watched.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { LANE_WIDTH } from "../lane-width.js";

/** Messages that were handed out together, and of which epoch each was: undefined for a pump's own. */
export interface Delivery {
  readonly watched: Watched;
  readonly epochs: ReadonlyMap<string, number | undefined>;
}

/** Where one message of a delivery came from. */
interface Origin {
  readonly watched: Watched;
  readonly epoch: number | undefined;
  /** Whether its pump has it by the subscription as it was before a seek. */
  readonly isOfBefore: boolean;
  readonly all: readonly Handed[];
}

/** A pump that holds a subscription as it was before its seek notices at its next renewal, or is dead by then. */
const SEEK_NOTICED_MS = 180_000;
/** The checkers that it asks, and tells. */
interface Beside {
  readonly places: PlaceChecker;
  readonly cost: CostChecker;
  readonly attempts: AttemptChecker;
  readonly pauses: PauseChecker;
  readonly fairness: FairnessChecker;
  readonly retries: RetryChecker;
  readonly holds: OrderChecker["holds"];
}

/** From a doorbell to a handler, cold starts and looks for work included. */
const PROMPT_MS = 5_000;
/** What a pump has sent may be under way for so long as something happens to it. */
const UNDER_WAY_MS = 50;

/** What consumers see: nothing from nowhere, keys in order, no more at once than asked, nothing twice for no reason. */
export class DeliveryChecker {
  readonly #places: PlaceChecker;
  readonly orders: OrderChecker;
  readonly #cost: CostChecker;
  readonly #attempts: AttemptChecker;
  readonly #pauses: PauseChecker;
  readonly #fairness: FairnessChecker;
  readonly #retries: RetryChecker;
  readonly windows: WindowChecker;
  readonly #running = new Map<string, number>();
  /** Subscriptions to which nothing happens: there every message comes once, and no handler is one too many. */
  calm: ReadonlySet<string> = new Set();
  /** By subscription and message: when the handler started that is at work on it. */
  readonly #handling = new Map<string, number>();
  /** Until when a pump may have lost what it delivered: it was killed or frozen, or could not renew its lane. */
  #pumpsExcusedUntilMs = 0;

  constructor(
    private readonly world: World,
    { places, cost, attempts, pauses, fairness, retries, holds }: Beside,
    readonly isOrdered: (topicUid: string) => boolean,
  ) {
    this.#places = places;
    this.orders = new OrderChecker(world, places, holds);
    this.#cost = cost;
    this.#attempts = attempts;
    this.#pauses = pauses;
    this.#fairness = fairness;
    this.#retries = retries;
    this.windows = new WindowChecker(world, places, pauses);
  }

  /** `ref`: the subscription as whoever hands out knows it. `name`: what its consumer calls itself. */
  delivered(ref: Subscription, messages: readonly Handed[], name?: string): Delivery | undefined {
    const watched = this.#places.of(ref);
    const first = messages[0];
    if (!watched || !first) {
      this.world.violation("nowhere", `${ref.name} was never made, or got nothing`);
      return undefined;
    }
    const { target, batch } = watched.subscription;
    if (target.type !== "pull" && messages.length > batch.maxMessages) {
      this.world.violation(
        "batch",
        `${ref.name} got ${messages.length} messages, ${batch.maxMessages} may be`,
      );
    }
    this.#fairness.handsOut(watched, messages);
    this.#retries.handsOut(watched, messages);
    this.windows.handsOut(watched, ref, messages);
    const leaseIds = new Set(messages.map((message) => leaseIdOf(watched, message)));
    for (const leaseId of leaseIds) this.#by(watched, leaseId);
    if (name !== undefined) saysWhoHasIt(this.world, this.#places, watched, leaseIds, name);
    const epochs = new Map<string, number | undefined>();
    for (const message of messages) {
      const leaseId = leaseIdOf(watched, message);
      const record = leaseId === undefined ? undefined : this.#places.record(watched, leaseId);
      const epoch = leaseId === undefined ? undefined : epochIn(record, message);
      const isOfBefore = leaseId === undefined && ref.epoch < watched.subscription.epoch;
      this.#check({ watched, epoch, isOfBefore, all: messages }, message, epochs);
      if (epoch !== GONE) this.#attempts.told(watched, record, message);
      epochs.set(message.id, epoch);
    }
    return { watched, epochs };
  }

  #by(watched: Watched, leaseId: string | undefined): void {
    if (leaseId === undefined) this.#cost.owned++;
    else this.#cost.leased++;
    if (leaseId === undefined || watched.isDeleted) return;
    const { name, target } = watched.subscription;
    if (target.type === "pull" && watched.given.has(leaseId))
      this.world.violation("lease", `${name} gave lease ${leaseId} to two receives`);
    watched.given.add(leaseId);
    if (watched.leases.has(leaseId)) return;
    this.world.violation("nowhere", `${name} got messages by lease ${leaseId}, which never was`);
  }

  #check(origin: Origin, message: Handed, inBatch: Pick<ReadonlySet<string>, "has">): void {
    const { watched, epoch } = origin;
    const { subscription } = watched;
    const name = `${message.id} (${labelIn(message)}) to ${subscription.name}`;
    const logged = this.#places.logOf(subscription, message.partition).at(message.offset);
    if (!logged) return this.world.violation("nowhere", `${name} is not in the log`);
    if (logged.label !== labelIn(message))
      this.world.violation("nowhere", `${name} should be ${logged.label}`);
    if (logged.expiresAtMs < this.world.nowMs - (logged.graceMs ?? SKEW_MS))
      this.world.violation("expiry", `${name} had expired`);
    // Once it is deleted its cursors begin anew, under whoever had looked it up before.
    if (inBatch.has(message.id) && !watched.isDeleted)
      this.world.violation("duplicate", `${name} is twice in a batch`);
    // What was on its way before a seek, or before its lease ran out, may come all the same.
    if (epoch === GONE) return;
    if (epoch !== undefined) this.#places.dead.handsOut(watched, message);
    const isBefore = message.offset < this.#places.startHead(watched, message.partition);
    if (isBefore && !this.#mayBeStale(origin) && !watched.redriven.has(message.id)) {
      this.world.violation("nowhere", `${name} is older than the subscription's start`);
    }
    this.#places.filters.handsOut(watched, logged, epoch === watched.subscription.epoch);
    this.#checkTwice(origin, message, name);
    this.#checkAlone(watched, message, name);
    this.#checkPrompt(watched, this.windows.dueMs(subscription, logged.atMs, origin.all), name);
    // A pump that has not heard of a seek goes on in the order of before it: for how long, `seek` checks.
    if (this.isOrdered(subscription.topic.uid) && !origin.isOfBefore)
      this.orders.handsOut(watched, logged, epoch === undefined, inBatch, name);
  }

  /** Of a pump's own deliveries it is not known which epoch they are of. */
  #mayBeStale({ watched, epoch }: Pick<Origin, "watched" | "epoch">): boolean {
    return epoch === undefined && watched.subscription.epoch > 0;
  }

  #checkTwice({ watched, epoch }: Pick<Origin, "watched" | "epoch">, message: Handed, name: string): void {
    const { subscription, handed } = watched;
    const before = handed.get(message.id);
    const times = (before?.times ?? 0) + 1;
    handed.set(message.id, { times, atMs: this.world.nowMs });
    // Of one that is deleted the cursors may be purged before the last receive of it ends: it sees all of it again.
    if (watched.isDeleted) return;
    if (mustNotCome(watched, message.id, epoch))
      this.world.violation("duplicate", `${name} comes again, settled`);
    if (watched.doomed.has(message.id))
      this.world.violation("word", `${name} comes again, whose rejection went through`);
    this.#checkDead({ watched, epoch }, message, name);
    const isCalm = this.calm.has(subscription.name);
    if (before && isCalm) this.world.violation("duplicate", `${name} came ${times} times, for no reason`);
    if (message.attempt > times && isCalm)
      this.world.violation("attempt", `${name} is its ${times}. attempt`);
    if (watched.heard.has(message.id) && this.#pumpsExcusedUntilMs < (before?.atMs ?? 0))
      this.world.violation("duplicate", `${name} comes again, though its pump heard that it is over`);
    // Its pump died with that word: what becomes of this delivery counts, and that may fail.
    watched.heard.delete(message.id);
    // A lease that ran out, or a retry, brings a message again by a lease: that it was due is seen at its taking.
    if (!before || epoch !== undefined || this.#pumpsExcusedUntilMs >= before.atMs) return;
    this.world.violation("duplicate", `${name} came ${times} times, though no pump lost an answer`);
  }

  /** No message is in two handlers at once: whoever delivers it protects it until its handler is over. */
  #checkAlone({ subscription, isDeleted }: Watched, message: Handed, name: string): void {
    if (subscription.target.type === "pull" || isDeleted) return;
    const key = `${subscriptionKey(subscription)} ${message.id}`;
    const sinceMs = this.#handling.get(key);
    if (sinceMs !== undefined && this.#pumpsExcusedUntilMs < sinceMs)
      this.world.violation("overlap", `${name} is delivered while a handler is at work on it`);
    this.#handling.set(key, this.world.nowMs);
  }

  /** A pump was answered, and has the time to write down what it heard. */
  heard(ref: SubscriptionRef, messages: readonly Handed[]): void {
    const watched = this.#places.of(ref);
    for (const { id } of messages)
      if (watched?.done.has(id) && !watched.replayed.has(id)) watched.heard.add(id);
  }

  /** Where nothing goes wrong a doorbell wakes its pump: nothing waits for the sweep with nobody at work. */
  #checkPrompt({ subscription, activeAtMs, filters }: Watched, dueMs: number, name: string): void {
    if (!this.calm.has(subscription.name) || subscription.target.type === "pull") return;
    // With every handler at work there is no room for it.
    const { maxConcurrency, topic } = subscription;
    // With ordering there is one lane.
    const atMost = this.isOrdered(topic.uid) ? Math.min(LANE_WIDTH, maxConcurrency) : maxConcurrency;
    if ((this.#running.get(subscriptionKey(subscription)) ?? 0) >= atMost) return;
    const { fromMs = 0 } = filters.at(-1) ?? {};
    const idleMs =
      this.world.nowMs - Math.max(dueMs, activeAtMs, fromMs, this.#pauses.endedAtMs(subscription));
    if (idleMs <= PROMPT_MS) return;
    this.world.violation("promptness", `${name} lay there for ${idleMs} ms, with nobody at work`);
  }

  /** A pump may lose what it delivered by then. */
  excusePumps(untilMs: number): void {
    this.#pumpsExcusedUntilMs = Math.max(this.#pumpsExcusedUntilMs, untilMs + UNDER_WAY_MS);
  }

  sought(): void {
    this.excusePumps(this.world.nowMs + SEEK_NOTICED_MS);
  }

  /** A consumer rejects these; `isTold`: it was told that this went through. */
  saidRejected({ watched, epochs }: Delivery, ids: readonly string[], isTold: boolean): void {
    for (const id of ids) {
      const epoch = epochs.get(id);
      // It may have been sent again before its consumer heard of what it said.
      const isKnown = watched.rejected.has(id);
      if (!isTold && (epoch === undefined || epoch === watched.subscription.epoch)) watched.rejected.add(id);
      if (isTold && isKnown && !watched.operated.has(id) && epoch === watched.subscription.epoch)
        watched.doomed.add(id);
    }
  }

  /** A consumer was told that its acknowledgement went through. */
  settled(delivery: Delivery, ids: readonly string[]): void {
    settledByConsumer(this.world, delivery, ids);
  }

  /** What is dead stays so: of a pump's own deliveries it is not known when they were read. */
  #checkDead({ watched, epoch }: Pick<Origin, "watched" | "epoch">, { id }: Handed, name: string): void {
    if (epoch === undefined || !watched.dead.has(id)) return;
    this.world.violation("dead", `${name} comes again, which is in the dead letters`);
  }

  /** A consumer was told that these are done, of which it was told before that they are given back. */
  recanted({ watched }: Delivery, ids: readonly string[]): void {
    const [id] = ids;
    if (id === undefined) return;
    const { name } = watched.subscription;
    this.world.violation("word", `${name} took an acknowledgement of ${id}, which was given back before`);
  }

  saidDone({ watched, epochs }: Delivery, ids: readonly string[]): void {
    for (const id of ids) {
      const epoch = epochs.get(id);
      if (epoch === undefined || epoch === watched.subscription.epoch) watched.done.add(id);
    }
  }

  /** A handler starts, with all that are at work for the same subscription. */
  started(ref: SubscriptionRef, maxConcurrency: number): void {
    this.#active(ref);
    const key = subscriptionKey(ref);
    const running = (this.#running.get(key) ?? 0) + 1;
    this.#running.set(key, running);
    if (this.calm.has(ref.name) && running > maxConcurrency) {
      this.world.violation(
        "concurrency",
        `${running} handlers of ${ref.name}, at most ${maxConcurrency} may be`,
      );
    }
  }

  #active(ref: SubscriptionRef): Watched | undefined {
    const watched = this.#places.of(ref);
    if (watched) watched.activeAtMs = this.world.nowMs;
    return watched;
  }

  ended(ref: SubscriptionRef, messages: readonly Handed[]): void {
    const watched = this.#active(ref);
    if (watched) this.#fairness.ended(watched, messages);
    const key = subscriptionKey(ref);
    for (const { id } of messages) this.#handling.delete(`${key} ${id}`);
    this.#running.set(key, (this.#running.get(key) ?? 1) - 1);
  }
}
