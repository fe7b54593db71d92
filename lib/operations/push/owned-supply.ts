import type { Handed } from "../../domain/handed.js";
import { cursorIn } from "../consume/known-cursors.js";
import type { News } from "../../domain/pump-start.js";
import type { Offset } from "../../domain/slot.js";
import { anchorsOf, knownEnd } from "../log/anchors.js";
import { BackgroundCommit } from "./background-commit.js";
import type { Batch, Owner } from "./batch.js";
import { FirstStanding } from "./first-standing.js";
import type { Flights } from "./flights.js";
import { insist, pauseAfter } from "./insist.js";
import { KeyedPartition } from "./keyed-partition.js";
import { type LeftToWindow, leftToWindow } from "./left-to-window.js";
import type { OwnedHead } from "./owned-head.js";
import { OwnedPartition } from "./owned-partition.js";
import type { CommittingSupply, SupplyContext } from "./supply.js";

const POLL_FROM_MS = 25;
const POLL_UP_TO_MS = 500;

interface Owned {
  readonly partition: OwnedHead;
  readonly commits: BackgroundCommit;
}

/** New messages for the only pump of a subscription, which owns the heads. Each partition fails and rests by itself. */
export class OwnedSupply implements CommittingSupply {
  readonly #owned = new Map<number, Owned>();
  #isListing = false;
  #listedAtLook = -1;
  #lookNumber = 0;
  #looks = 0;
  #lookAtMs = 0;
  /** The longest pause between looks. */
  pollUpToMs = POLL_UP_TO_MS;
  #turn = 0;
  #first = 0;
  #isCareful: boolean;
  /** Whether no commit failed, and no head was lost. */
  #isClean = true;
  readonly first: FirstStanding;

  constructor(
    private readonly context: SupplyContext,
    private readonly owner: Owner,
    private readonly flights: Pick<Flights, "settleOver" | "isAheadOf">,
    /** Looks at once are only at these partitions, up to there: those that follow while a delivery lasts, at all. */
    private readonly news?: readonly News[],
  ) {
    this.#isCareful = owner.deaths > 0;
    this.#turn = owner.nthProbe ?? 0;
    this.first = new FirstStanding(context.engine, context.reader);
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
    if (this.#ready().length > 0) return this.context.pacing.mayStart;
    return this.#lookAtMs <= this.#nowMs();
  }

  get #pollUpToMs(): number {
    return Math.min(this.pollUpToMs, this.owner.looksWithinMs?.() ?? POLL_UP_TO_MS);
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

  /** Whether the heads have passed all of `news`, and nothing else was there, or is left. */
  hasConsumed(news: readonly News[]): boolean {
    const isPassed = ({ partition, end }: News): boolean =>
      (this.#owned.get(partition)?.partition.consumedTo ?? 0) >= end;
    const isAnyLeft = [...this.#owned.values()].some(({ partition }) => partition.hasLeftRecords);
    return this.#isClean && !this.first.hadRecords && !isAnyLeft && news.every(isPassed);
  }

  /** What waits in batch windows. */
  get left(): LeftToWindow | undefined {
    return leftToWindow([...this.#owned].map(([number, { partition }]) => [number, partition.collected]));
  }

  take(): Batch | undefined {
    const ready = this.#ready();
    const from = ready[this.#turn++ % Math.max(1, ready.length)];
    const { nthProbe } = this.owner;
    const batch = nthProbe === undefined ? from?.take() : from?.probe(nthProbe);
    if (!batch) return undefined;
    this.#looks = 0;
    if (!from?.hasNext) this.#lookAtMs = 0;
    // This partition may have more by now, so it is dry only once another look says so.
    if (from) from.emptyAtLook = -1;
    return batch;
  }

  look(): void {
    const isAtOnce = this.#looks === 0 && this.#lookNumber === 0;
    this.#lookAtMs = this.#nowMs() + pauseAfter(++this.#looks, POLL_FROM_MS, this.#pollUpToMs);
    void this.#refill(this.#lookNumber, isAtOnce ? this.news : undefined);
  }

  lookAnew(): void {
    this.#lookNumber++;
    this.#looks = 0;
    this.#lookAtMs = 0;
  }

  /** Records of the partition may have ended: what waits for them may be free. */
  released(partition: number): void {
    const owned = this.#owned.get(partition)?.partition;
    if (!owned?.released) return;
    owned.released();
    this.#looks = 0;
    this.#lookAtMs = 0;
  }

  /** A delivery from this partition has ended. */
  over(partition: number): void {
    this.#owned.get(partition)?.partition.over?.();
  }

  #ready(): readonly OwnedHead[] {
    return [...this.#owned.values()].map(({ partition }) => partition).filter(({ hasNext }) => hasNext);
  }

  /** `news`: looks no further than there. */
  async #refill(look: number, news: readonly News[] | undefined): Promise<void> {
    const { signal } = this.context;
    const ends = await this.#own(look, news);
    // If memory is tight, each look starts with another partition.
    const all = [...this.#owned];
    const from = this.#first++ % Math.max(1, all.length);
    for (const [number, { partition }] of [...all.slice(from), ...all.slice(0, from)]) {
      void partition.refill(look, ends?.get(number)).finally(() => signal.raise());
    }
  }

  /**
   * Takes the partitions that came into use. Returns their ends where no read is needed to know them; undefined if
   * another look is listing them, or that fails.
   */
  async #own(
    look: number,
    news: readonly News[] | undefined,
  ): Promise<ReadonlyMap<number, Offset | undefined> | undefined> {
    const { signal, fail } = this.context;
    if (this.#isListing) return undefined;
    this.#isListing = true;
    try {
      const ends = await this.#ends(news);
      const more = [...ends.keys()].filter((partition) => !this.#owned.has(partition));
      if (await this.#take(more)) this.#listedAtLook = look;
      return ends;
    } catch (error) {
      fail("looking for partitions", error);
      return undefined;
    } finally {
      this.#isListing = false;
      signal.raise();
    }
  }

  async #ends(news: readonly News[] | undefined): Promise<ReadonlyMap<number, Offset | undefined>> {
    const { engine, reader } = this.context;
    if (news) return new Map(news.map(({ partition, end }) => [partition, end]));
    const anchors = await anchorsOf(engine, reader.topic);
    return new Map(
      [...anchors].map(([partition, anchor]) => [
        partition,
        knownEnd(engine, reader.topic, partition, anchor),
      ]),
    );
  }

  /** Returns whether it took all of them. */
  async #take(partitions: readonly number[]): Promise<boolean> {
    const { reader } = this.context;
    const { flights } = this;
    if (partitions.length === 0) return true;
    let isAll = true;
    const stored = await this.first.cursors();
    for (const number of partitions) {
      const cursor = cursorIn(reader.subscription, number, stored.get(number));
      // Another owner moved the head, but not past what is still being delivered from here: a later look takes it.
      if (flights.isAheadOf(cursor.head, number, reader.subscription)) {
        isAll = false;
        continue;
      }
      const Head = reader.topic.ordering === "key" ? KeyedPartition : OwnedPartition;
      const partition = new Head(this.context, number, cursor, this.owner, (batch) =>
        flights.settleOver(batch),
      );
      this.#owned.set(number, { partition, commits: new BackgroundCommit(this.context.engine.clock) });
    }
    return isAll;
  }

  /**
   * Commits each partition in the background; one with little to write later, unless `isQuiet`. A full partition is
   * committed past running deliveries, under leases.
   */
  commit(leaseUntilMs: number, isQuiet: boolean): void {
    for (const [number, owned] of this.#owned) {
      const { partition, commits } = owned;
      if (!commits.mayBegin || (!partition.hasUncommitted && !partition.isFull)) continue;
      const waits = !isQuiet && !this.#isCareful && !partition.isFull && partition.canWait;
      if (waits && commits.mayWait()) continue;
      const commit = (): Promise<"committed" | "lost"> =>
        partition.hasUncommitted ? partition.commit() : partition.moveOn(leaseUntilMs);
      commits.begin(
        () => this.#commit(number, owned, commit),
        () => this.context.signal.raise(),
      );
    }
  }

  async #commit(
    number: number,
    { commits }: Owned,
    commit: () => Promise<"committed" | "lost">,
  ): Promise<void> {
    const { fail } = this.context;
    try {
      const outcome = await commit();
      commits.succeeded();
      if (outcome === "committed") {
        this.#isCareful = false;
        return;
      }
      this.#lose(number);
    } catch (error) {
      this.#isClean = false;
      commits.failed();
      fail(`committing partition ${number}`, error);
    }
  }

  /** The next look takes the partition again, with its new owner's progress. */
  #lose(number: number): void {
    const { engine, reader } = this.context;
    this.#isClean = false;
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
      if (!owned || owned.commits.isRunning || !owned.partition.isOvertakenAt(offset)) continue;
      owned.partition.drop();
      this.#lose(number);
    }
  }

  /** Makes the last commits; running deliveries continue under leases. Tries until `untilMs`. */
  async close(leaseMs: number, untilMs: number): Promise<void> {
    const { engine } = this.context;
    await Promise.all(
      [...this.#owned].map(async ([number, owned]) => {
        await owned.commits.over();
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
