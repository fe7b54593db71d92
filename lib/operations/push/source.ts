import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { cursorIn } from "../consume/known-cursors.js";
import { receive } from "../consume/receive.js";
import { takeDue } from "../consume/take-due.js";
import { OwnedPartition } from "./owned-partition.js";
import { DELIVERY_LEASE_MS } from "./session.js";
import { partitionsInUse } from "../log/partitions-in-use.js";
import type { Batch, LeasedBatch } from "./batch.js";
import type { BatchSource } from "./batch-source.js";

const batchOf = (handed: LeasedBatch["handed"]): LeasedBatch | undefined =>
  handed.length > 0 ? { kind: "leased", handed } : undefined;

/** Takes leases as any consumer does: for ordered topics, and where several pumps share a subscription. */
export function leasedSource(
  engine: Engine,
  { topic, subscription }: Reader,
  serves: (partition: number) => boolean,
): BatchSource {
  const { batch } = subscription;
  const request = { ...batch, ackDeadlineSeconds: DELIVERY_LEASE_MS / 1_000, serves };
  return {
    next: async () => batchOf(await receive(engine, { topic, subscription }, request)),
    isCrowded: false,
    commit: () => Promise.resolve(true),
    commitAll: () => Promise.resolve(),
  };
}

const LOOK_FOR_DUE_EVERY_MS = 1_000;

/** The only pump of a subscription: it owns the heads, and takes by lease only what is due again. */
export class OwnedSource implements BatchSource {
  readonly #partitions = new Map<number, OwnedPartition>();
  #dueAtMs = 0;
  #turn = 0;

  constructor(
    private readonly engine: Engine,
    private readonly topic: Topic,
    private readonly subscription: Subscription,
    private deaths: number,
  ) {}

  get isCrowded(): boolean {
    return [...this.#partitions.values()].some(({ isFull }) => isFull);
  }

  async next(): Promise<Batch | undefined> {
    const due = await this.#nextDue();
    if (due) return due;
    const ready = this.#ready();
    if (ready.length === 0) await this.#refill();
    const candidates = ready.length > 0 ? ready : this.#ready();
    return candidates[this.#turn++ % Math.max(1, candidates.length)]?.take();
  }

  #ready(): OwnedPartition[] {
    return [...this.#partitions.values()].filter(({ hasNext }) => hasNext);
  }

  async #nextDue(): Promise<Batch | undefined> {
    const nowMs = this.engine.clock.nowMs();
    if (nowMs < this.#dueAtMs) return undefined;
    const take = { ...this.subscription.batch, leaseMs: DELIVERY_LEASE_MS };
    const taken = await takeDue(this.engine, { topic: this.topic, subscription: this.subscription }, take);
    if (taken.kind === "taken") return batchOf(taken.handed);
    if (taken.kind === "empty") this.#dueAtMs = nowMs + LOOK_FOR_DUE_EVERY_MS;
    return undefined;
  }

  async #refill(): Promise<void> {
    const inUse = await partitionsInUse(this.engine, this.topic);
    if (inUse.some((partition) => !this.#partitions.has(partition))) await this.#own(inUse);
    await Promise.all([...this.#partitions.values()].map((partition) => partition.refill()));
  }

  async #own(inUse: readonly number[]): Promise<void> {
    const stored = await this.engine.progress.cursors(this.subscription, { consistent: true });
    for (const partition of inUse) {
      if (this.#partitions.has(partition)) continue;
      const cursor = cursorIn(this.subscription, partition, stored.get(partition));
      const { engine, topic, subscription, deaths } = this;
      this.#partitions.set(
        partition,
        new OwnedPartition(engine, topic, subscription, partition, cursor, deaths),
      );
    }
  }

  async commit(leaseUntilMs: number): Promise<boolean> {
    const outcomes = await Promise.all(
      [...this.#partitions].map(async ([number, partition]) => {
        if (partition.hasUncommitted) return this.#after(number, await partition.commit());
        return partition.isFull ? this.#after(number, await partition.commitAll(leaseUntilMs)) : false;
      }),
    );
    return outcomes.includes(true);
  }

  async commitAll(leaseUntilMs: number): Promise<void> {
    await Promise.all(
      [...this.#partitions].map(async ([number, partition]) =>
        this.#after(number, await partition.commitAll(leaseUntilMs)),
      ),
    );
  }

  /** A lost head is read anew by the next refill: its new owner's progress counts. */
  #after(number: number, outcome: "committed" | "lost"): boolean {
    if (outcome === "lost") {
      this.#partitions.delete(number);
      this.engine.telemetry.event("head-lost", "info", {
        subscription: this.subscription.name,
        partition: number,
      });
      return false;
    }
    this.deaths = 0;
    return true;
  }
}
