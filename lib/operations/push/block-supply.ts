import { LEAST_RETRY_DELAY_MS } from "../../domain/moves/after-failure.js";
import { consumerMemory } from "../consume/known-cursors.js";
import type { TakenAhead } from "../consume/take.js";
import { takeAheadOf } from "../consume/take-next.js";
import { messageBytesIn } from "../memory-budget.js";
import { BackgroundCommit } from "./background-commit.js";
import type { Batch } from "./batch.js";
import { Block } from "./block.js";
import type { Flights } from "./flights.js";
import { insist } from "./insist.js";
import { type LookPauses, LookTimes } from "./look-times.js";
import { Pace } from "./pace.js";
import { AHEAD_LEAST_BYTES, AHEAD_MOST_BYTES, roomAhead } from "./room-ahead.js";
import type { CommittingSupply, SupplyContext } from "./supply.js";

const MESSAGES_AT_MOST = 1_000;
const AHEAD = { wantedBytes: AHEAD_MOST_BYTES, leastBytes: AHEAD_LEAST_BYTES };
/** A block holds what the lane can begin at once, and what it began in this time: other lanes want their share. */
const PACE_MS = 250;
/** The next block is taken while there is still work for this part of it, since a take is two calls long. */
const EARLY_SHARE = 5;
const RENEW_EVERY_MS = 15_000;
/** If no delivery ends for so long, other lanes may have room for what waits. */
const STUCK_AFTER_MS = 2_000;

interface Open {
  readonly block: Block;
  readonly commits: BackgroundCommit;
}

export interface BlockSupplyOptions extends LookPauses {
  readonly leaseMs: number;
  readonly lane: number;
  /** The deliveries that the lane can begin now. */
  readonly free: () => number;
  /** Called when it gives back messages that it has no room for. */
  readonly onStuck: (dueMs: number) => void;
}

/**
 * New messages for a lane of a subscription with several. It takes them in blocks, each with one move of a head and one
 * lease, so that lanes do not race for the heads at each delivery.
 */
export class BlockSupply implements CommittingSupply {
  readonly #open = new Set<Open>();
  readonly #times: LookTimes;
  readonly #pace: Pace;
  #look: Promise<void> | undefined;
  #wasFull = false;

  constructor(
    private readonly context: SupplyContext,
    private readonly options: BlockSupplyOptions,
    private readonly flights: Pick<Flights, "settleOver" | "track" | "isAheadOf">,
  ) {
    this.#times = new LookTimes(context.engine, options);
    this.#pace = new Pace(context.engine.clock, PACE_MS);
  }

  get isDry(): boolean {
    return this.#times.isDry && !this.#look && this.#next() === undefined;
  }

  readonly expected = 0;
  readonly isCareful = false;
  readonly isCrowded = false;

  get canStart(): boolean {
    return this.#next() !== undefined || this.#mayLook;
  }

  get lookAtMs(): number {
    return this.#look ? Infinity : this.#times.atMs;
  }

  /** Whether there may be more than the last look took: work for another lane. */
  get mayHaveMore(): boolean {
    return this.#wasFull;
  }

  get hasUncommitted(): boolean {
    return this.#open.size > 0;
  }

  get #mayLook(): boolean {
    return !this.#look && this.#times.mayBegin;
  }

  #next(): Block | undefined {
    for (const { block } of this.#open) if (block.hasNext) return block;
    return undefined;
  }

  take(): Batch | undefined {
    const batch = this.#next()?.take();
    if (!batch) return undefined;
    this.#pace.count();
    const { maxMessages } = this.context.reader.subscription.batch;
    const waiting = [...this.#open].reduce((sum, { block }) => sum + block.waiting, 0);
    if (this.#mayLook && waiting * EARLY_SHARE <= this.#pace.perSpan * maxMessages) this.look();
    return batch;
  }

  look(): void {
    if (!this.#mayLook) return;
    const { account, signal, reader } = this.context;
    const roomBytes = roomAhead(account, AHEAD);
    if (roomBytes === 0) return this.#times.foundNoRoom();
    const batches = this.options.free() + this.#pace.perSpan;
    const wanted = Math.max(1, batches) * reader.subscription.batch.maxMessages;
    this.#look = this.#fetch(Math.min(MESSAGES_AT_MOST, wanted), messageBytesIn(roomBytes)).finally(() => {
      account.free(roomBytes);
      this.#look = undefined;
      signal.raise();
    });
  }

  lookAnew(): void {
    this.#times.anew();
  }

  async #fetch(maxMessages: number, maxBytes: number): Promise<void> {
    const { engine, reader, fail } = this.context;
    const { leaseMs, lane } = this.options;
    try {
      const memory = await consumerMemory(engine, reader.subscription);
      const take = {
        maxMessages,
        maxBytes,
        leaseMs,
        consumer: { lane },
        isBlock: true,
        isModest: true,
      } as const;
      this.#found(await takeAheadOf(engine, reader, memory, take));
    } catch (error) {
      this.#times.failed();
      fail("taking a block", error);
    }
  }

  #found(taken: TakenAhead): void {
    if (taken.kind === "lost") return this.#times.lostRace();
    this.#wasFull = taken.kind === "taken" && taken.isFull;
    if (taken.kind === "empty") return this.#times.foundNothing();
    const { lease, placed } = taken;
    // A head goes back within its epoch only where the subscription was deleted, while handlers are still at work.
    const from = placed[0]?.message.offset ?? Infinity;
    if (this.flights.isAheadOf(from, lease.partition, this.context.reader.subscription))
      return this.#times.foundNothing();
    this.#times.found();
    const block = new Block(this.context, lease, placed, (batch) => this.flights.settleOver(batch));
    this.#open.add({ block, commits: new BackgroundCommit(this.context.engine.clock) });
  }

  /** Commits each block in the background, if something of it is over or its lease has to be renewed. */
  commit(leaseUntilMs: number): void {
    for (const open of this.#open) {
      const { block, commits } = open;
      if (!commits.mayBegin) continue;
      const isRenewed = leaseUntilMs - block.dueMs < RENEW_EVERY_MS;
      const isStuck = this.#nowMs() - block.waitsSinceMs >= STUCK_AFTER_MS;
      if (isRenewed && !isStuck && !block.hasUncommitted) continue;
      if (isStuck) this.options.onStuck(this.#nowMs() + LEAST_RETRY_DELAY_MS);
      const commit = (): Promise<"committed" | "lost"> =>
        isStuck ? block.giveBack(leaseUntilMs) : block.commit(leaseUntilMs);
      commits.begin(
        () => this.#commit(open, commit),
        () => this.context.signal.raise(),
      );
    }
  }

  async #commit(open: Open, commit: () => Promise<"committed" | "lost">): Promise<void> {
    const { fail, engine, reader } = this.context;
    try {
      const outcome = await commit();
      open.commits.succeeded();
      if (outcome === "lost")
        engine.telemetry.event("block-lost", "info", { subscription: reader.subscription.name });
      if (open.block.isOver) this.#open.delete(open);
    } catch (error) {
      open.commits.failed();
      fail("committing a block", error);
    }
  }

  /** Ends all blocks, later also one that a running look still brings. Tries until `untilMs`. */
  async close(leaseMs: number, untilMs: number): Promise<void> {
    const { engine } = this.context;
    const endAll = async (): Promise<void> => {
      await Promise.all(
        [...this.#open].map(async (open) => {
          await open.commits.over();
          await this.#commit(open, () =>
            insist(engine, "ending a block", untilMs, () => open.block.end(this.#nowMs() + leaseMs)),
          );
          open.block.drop();
        }),
      );
      this.#open.clear();
    };
    const look = this.#look;
    await endAll();
    if (look) this.flights.track(look.then(endAll));
  }

  #nowMs(): number {
    return this.context.engine.clock.nowMs();
  }
}
