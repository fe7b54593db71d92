import type { Handed } from "../../domain/handed.js";
import { cursorIn } from "../consume/known-cursors.js";
import type { Anchor } from "../../domain/anchor.js";
import { anchorsOf, knownEnd } from "../log/anchors.js";
import type { Batch } from "./batch.js";
import type { Flights } from "./flights.js";
import { insist, pauseAfter } from "./insist.js";
import { OwnedPartition } from "./owned-partition.js";
import type { Supply, SupplyContext } from "./supply.js";

const POLL_FROM_MS = 25;
const POLL_UP_TO_MS = 500;
const COMMIT_FAILED_FROM_MS = 100;
const COMMIT_FAILED_UP_TO_MS = 5_000;

/** A partition, with its running commit. */
interface Owned {
  readonly partition: OwnedPartition;
  committing: Promise<void> | undefined;
  failures: number;
  commitAtMs: number;
}

/** New messages for the only pump of a subscription, which owns the heads. Each partition fails and rests by itself. */
export class OwnedSupply implements Supply {
  readonly #owned = new Map<number, Owned>();
  #isListing = false;
  #listedAtLook = -1;
  #lookNumber = 0;
  #looks = 0;
  #lookAtMs = 0;
  #turn = 0;
  #isCareful: boolean;

  constructor(
    private readonly context: SupplyContext,
    private readonly owner: { readonly deaths: number; readonly width: number },
    private readonly flights: Pick<Flights, "settleOver" | "isAheadOf">,
  ) {
    this.#isCareful = owner.deaths > 0;
  }

  /** Whether what killed the previous owners may still lie ahead: small steps until the first commit. */
  get isCareful(): boolean {
    return this.#isCareful;
  }

  get isDry(): boolean {
    if (this.#listedAtLook < this.#lookNumber || this.#ready().length > 0) return false;
    return [...this.#owned.values()].every(({ partition }) => partition.emptyAtLook === this.#lookNumber);
  }

  readonly expected = 0;

  get canStart(): boolean {
    return this.#ready().length > 0 || this.#lookAtMs <= this.#nowMs();
  }

  get lookAtMs(): number {
    return this.#lookAtMs;
  }

  get hasUncommitted(): boolean {
    return [...this.#owned.values()].some(({ partition }) => partition.hasUncommitted);
  }

  /** Whether some partition should be committed now, or nothing more can be taken from it before long. */
  get isCrowded(): boolean {
    return [...this.#owned.values()].some(
      ({ partition }) => partition.isFull || (partition.isCrowded && partition.hasUncommitted),
    );
  }

  take(): Batch | undefined {
    const ready = this.#ready();
    const from = ready[this.#turn++ % Math.max(1, ready.length)];
    const batch = from?.take();
    if (!batch) return undefined;
    this.#looks = 0;
    if (!from?.hasNext) this.#lookAtMs = 0;
    // This partition may have more by now, so it is dry only once another look says so.
    if (from) from.emptyAtLook = -1;
    return batch;
  }

  look(): void {
    this.#lookAtMs = this.#nowMs() + pauseAfter(++this.#looks, POLL_FROM_MS, POLL_UP_TO_MS);
    void this.#refill(this.#lookNumber);
  }

  lookAnew(): void {
    this.#lookNumber++;
    this.#looks = 0;
    this.#lookAtMs = 0;
  }

  #ready(): readonly OwnedPartition[] {
    return [...this.#owned.values()].map(({ partition }) => partition).filter(({ hasNext }) => hasNext);
  }

  async #refill(look: number): Promise<void> {
    const { engine, reader, signal } = this.context;
    const anchors = await this.#own(look);
    // If memory is tight, each look starts with another partition.
    const all = [...this.#owned];
    const from = this.#looks % Math.max(1, all.length);
    for (const [number, { partition }] of [...all.slice(from), ...all.slice(0, from)]) {
      const anchor = anchors?.get(number);
      const end = anchor && knownEnd(engine, reader.topic, number, anchor);
      void partition.refill(look, end).finally(() => signal.raise());
    }
  }

  /** Takes the partitions that came into use. Returns all anchors, unless another look is reading them or they fail. */
  async #own(look: number): Promise<ReadonlyMap<number, Anchor> | undefined> {
    const { engine, reader, signal, fail } = this.context;
    if (this.#isListing) return undefined;
    this.#isListing = true;
    try {
      const anchors = await anchorsOf(engine, reader.topic);
      const more = [...anchors.keys()].filter((partition) => !this.#owned.has(partition));
      if (await this.#take(more)) this.#listedAtLook = look;
      return anchors;
    } catch (error) {
      fail("looking for partitions", error);
      return undefined;
    } finally {
      this.#isListing = false;
      signal.raise();
    }
  }

  /** Returns whether it took all of them. */
  async #take(partitions: readonly number[]): Promise<boolean> {
    const { engine, reader } = this.context;
    const { flights } = this;
    if (partitions.length === 0) return true;
    let isAll = true;
    const stored = await engine.progress.cursors(reader.subscription, { consistent: true });
    for (const number of partitions) {
      const cursor = cursorIn(reader.subscription, number, stored.get(number));
      // Another owner moved the head, but not past what is still being delivered from here: a later look takes it.
      if (flights.isAheadOf(cursor.head, number, reader.subscription)) {
        isAll = false;
        continue;
      }
      const partition = new OwnedPartition(this.context, number, cursor, this.owner, (batch) =>
        flights.settleOver(batch),
      );
      this.#owned.set(number, { partition, committing: undefined, failures: 0, commitAtMs: 0 });
    }
    return isAll;
  }

  /** Commits each partition in the background. A full partition is committed past running deliveries, under leases. */
  commit(leaseUntilMs: number): void {
    for (const [number, owned] of this.#owned) {
      const { partition } = owned;
      if (owned.committing || owned.commitAtMs > this.#nowMs()) continue;
      if (!partition.hasUncommitted && !partition.isFull) continue;
      const commit = (): Promise<"committed" | "lost"> =>
        partition.hasUncommitted ? partition.commit() : partition.moveOn(leaseUntilMs);
      owned.committing = this.#commit(number, owned, commit).finally(() => {
        owned.committing = undefined;
        this.context.signal.raise();
      });
    }
  }

  async #commit(number: number, owned: Owned, commit: () => Promise<"committed" | "lost">): Promise<void> {
    const { fail } = this.context;
    try {
      const outcome = await commit();
      owned.failures = 0;
      if (outcome === "committed") {
        this.#isCareful = false;
        return;
      }
      this.#lose(number);
    } catch (error) {
      owned.commitAtMs =
        this.#nowMs() + pauseAfter(++owned.failures, COMMIT_FAILED_FROM_MS, COMMIT_FAILED_UP_TO_MS);
      fail(`committing partition ${number}`, error);
    }
  }

  /** The next look takes the partition again, with its new owner's progress. */
  #lose(number: number): void {
    const { engine, reader } = this.context;
    this.#owned.delete(number);
    this.lookAnew();
    engine.telemetry.event("head-lost", "info", {
      subscription: reader.subscription.name,
      partition: number,
    });
  }

  /** Messages that come again lie below their partition's head. If not, another owner has moved that head. */
  notice(messages: readonly Handed[]): void {
    for (const { partition: number, offset } of messages) {
      const owned = this.#owned.get(number);
      if (!owned || owned.committing || !owned.partition.isOvertakenAt(offset)) continue;
      owned.partition.drop();
      this.#lose(number);
    }
  }

  /** Makes the last commits; running deliveries continue under leases. Tries until `untilMs`. */
  async close(leaseMs: number, untilMs: number): Promise<void> {
    const { engine } = this.context;
    await Promise.all(
      [...this.#owned].map(async ([number, owned]) => {
        await owned.committing;
        await this.#commit(number, owned, () =>
          insist(engine, `committing partition ${number}`, untilMs, () =>
            owned.partition.commit(this.#nowMs() + leaseMs),
          ),
        );
        owned.partition.drop();
      }),
    );
  }

  #nowMs(): number {
    return this.context.engine.clock.nowMs();
  }
}
