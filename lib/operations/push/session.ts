import { parseReceipt } from "../../domain/receipt.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { deliverLeased, deliverOwned } from "./delivery.js";
import { type LaneRef, laneName } from "../../domain/lane.js";
import type { Ended } from "./pump-end.js";
import type { Batch } from "./batch.js";
import type { BatchSource } from "./batch-source.js";

/** A pump lease outlives two renewals that go wrong. */
export const LANE_LEASE_MS = 45_000;
const RENEW_EVERY_MS = 15_000;
/** A lease that a delivery stands behind; renewed with the lane's. */
export const DELIVERY_LEASE_MS = 60_000;
const COMMIT_EVERY_MS = 1_000;
const POLL_FROM_MS = 25;
const POLL_UP_TO_MS = 500;
/** Left for the last writes once the time is up. */
const LAST_WRITES_MS = 4_000;

/** What one pump works with while it holds its lane. */
export interface SessionContext {
  readonly engine: Engine;
  readonly topic: Topic;
  readonly subscription: Subscription;
  readonly ref: LaneRef;
  readonly owner: string;
  /** Deliveries at once. */
  readonly width: number;
  /** When to stop handing out, so that what is in flight can end before `deadlineMs`. */
  readonly drainAtMs: number;
  readonly deadlineMs: number;
  /** Owners before this one that died with messages in flight: small steps until the first commit. */
  readonly deaths: number;
}

/** One pump at work, from the taking of its lane to the last commit. */
export class Session {
  readonly #inFlight = new Map<Batch, Promise<void>>();
  readonly #nowMs = () => this.context.engine.clock.nowMs();
  #renewAtMs: number;
  #commitAtMs: number;
  #pollMs = POLL_FROM_MS;
  #careful: boolean;
  #started = 0;

  constructor(
    private readonly context: SessionContext,
    private readonly source: BatchSource,
  ) {
    this.#renewAtMs = this.#nowMs() + RENEW_EVERY_MS;
    this.#commitAtMs = this.#nowMs() + COMMIT_EVERY_MS;
    this.#careful = context.deaths > 0;
  }

  /** Deliveries that were started. */
  get started(): number {
    return this.#started;
  }

  async run(): Promise<Ended> {
    try {
      const ended = await this.#handOut();
      await this.#drain();
      return ended;
    } finally {
      await Promise.allSettled(this.#inFlight.values());
    }
  }

  async #handOut(): Promise<Ended> {
    for (;;) {
      const stop = await this.#reasonToStop();
      if (stop) return stop;
      const started = await this.#fill();
      await this.#commitIfDue();
      if (this.#inFlight.size === 0 && !started) return "caught-up";
      this.#pollMs = started ? POLL_FROM_MS : Math.min(POLL_UP_TO_MS, this.#pollMs * 2);
      await this.#waitForSomething(this.#isFull() ? this.#renewAtMs - this.#nowMs() : this.#pollMs);
    }
  }

  async #reasonToStop(): Promise<Ended | undefined> {
    if (this.#nowMs() >= this.context.drainAtMs) return "out-of-time";
    if (this.#nowMs() < this.#renewAtMs) return undefined;
    return await this.#renew();
  }

  /** Keeps the lane and the leases of what is in flight, and sees whether the subscription is still as it was. */
  async #renew(): Promise<Ended | undefined> {
    const { engine, ref, owner, subscription, topic } = this.context;
    this.#renewAtMs = this.#nowMs() + RENEW_EVERY_MS;
    const name = laneName(ref);
    const renewed = await engine.locks.renew(name, owner, this.#nowMs() + LANE_LEASE_MS, !this.#careful);
    if (renewed === "lost") return "lane-lost";
    await this.#extendLeases();
    const now = await engine.subscriptions.get(topic, subscription.name);
    return now?.uid === subscription.uid && now.version === subscription.version
      ? undefined
      : "settings-changed";
  }

  async #extendLeases(): Promise<void> {
    const { engine, subscription } = this.context;
    const leaseIds = [...this.#inFlight.keys()].flatMap((batch) => leaseIdOf(subscription, batch) ?? []);
    const untilMs = this.#nowMs() + DELIVERY_LEASE_MS;
    await Promise.all(leaseIds.map((id) => engine.progress.extend(subscription, id, untilMs)));
  }

  #isFull(): boolean {
    return this.#inFlight.size >= (this.#careful ? 1 : this.context.width);
  }

  async #fill(): Promise<boolean> {
    let started = false;
    while (!this.#isFull()) {
      const batch = await this.source.next(this.context.width - this.#inFlight.size);
      if (!batch) break;
      this.#start(batch);
      started = true;
    }
    return started;
  }

  #start(batch: Batch): void {
    const { engine, topic, subscription } = this.context;
    const delivery =
      batch.kind === "owned"
        ? deliverOwned(engine, { topic, subscription }, batch)
        : deliverLeased(engine, { topic, subscription }, batch);
    const watched = delivery.finally(() => this.#inFlight.delete(batch));
    // A failure is seen where the session waits for it; until then it is no unhandled rejection.
    watched.catch(() => undefined);
    this.#inFlight.set(batch, watched);
    this.#started++;
  }

  async #commitIfDue(): Promise<void> {
    const isIdle = this.#inFlight.size === 0;
    if (!isIdle && !this.#careful && this.#nowMs() < this.#commitAtMs && !this.source.isCrowded) return;
    this.#commitAtMs = this.#nowMs() + COMMIT_EVERY_MS;
    if (await this.source.commit(this.#nowMs() + DELIVERY_LEASE_MS)) this.#careful = false;
  }

  async #waitForSomething(atMostMs: number): Promise<void> {
    const { clock } = this.context.engine;
    const stop = new AbortController();
    const sleep = clock.sleep(Math.max(1, atMostMs), stop.signal);
    await Promise.race([sleep, ...this.#inFlight.values()]).finally(() => stop.abort());
  }

  /** Waits for what is in flight as long as there is time; what is not done by then goes on under a lease. */
  async #drain(): Promise<void> {
    const { deadlineMs, subscription } = this.context;
    const lastMs = deadlineMs - LAST_WRITES_MS;
    while (this.#inFlight.size > 0 && this.#nowMs() < lastMs) {
      if (this.#nowMs() >= this.#renewAtMs) await this.#renew();
      await this.#waitForSomething(Math.min(lastMs, this.#renewAtMs) - this.#nowMs());
    }
    await this.source.commitAll(this.#nowMs() + subscription.ackDeadlineSeconds * 1_000);
    if (this.#inFlight.size > 0) this.#inFlight.clear();
  }
}

function leaseIdOf(subscription: Subscription, batch: Batch): string | undefined {
  if (batch.kind === "owned") return batch.lease?.id;
  const first = batch.handed[0];
  const receipt = first && parseReceipt(subscription, first.receipt);
  return receipt && "leaseId" in receipt ? receipt.leaseId : undefined;
}
