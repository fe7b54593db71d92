import type { Taken, TakenMessages } from "../consume/take.js";
import { memoryBytesFor, memoryBytesOf } from "../memory-budget.js";
import type { Batch, LeasedBatch } from "./batch.js";
import { pauseAfter } from "./insist.js";
import type { Supply, SupplyContext } from "./supply.js";

const FAILED_FROM_MS = 250;
const FAILED_UP_TO_MS = 30_000;
const LOST_FROM_MS = 8;
const LOST_UP_TO_MS = 512;
/** Pause when memory is full: some is freed before long. */
const NO_ROOM_MS = 50;

export interface LeasedSupplyOptions {
  /** Takes at most `maxBytes` of messages under a lease. */
  readonly fetch: (maxBytes: number) => Promise<Taken>;
  readonly maxBytes: number;
  /** Pause between looks that find nothing; it doubles up to `pauseUpToMs`. */
  readonly pauseFromMs: number;
  readonly pauseUpToMs: number;
  /** The most looks at a time. */
  readonly looks: number;
}

/**
 * Takes leases as any consumer does. It begins with one look at a time; each look that finds something allows one more,
 * and each that finds nothing, or loses a race, one less.
 */
export class LeasedSupply implements Supply {
  readonly #ready: LeasedBatch[] = [];
  readonly #looks = new Set<Promise<void>>();
  #looksAtMost = 1;
  #isDry = false;
  #lookAtMs = 0;
  #dryLooks = 0;
  #lostRaces = 0;
  #failures = 0;
  /** Receives what a look brings after the session has ended. */
  #late: ((batch: LeasedBatch) => void) | undefined;

  constructor(
    private readonly context: SupplyContext,
    private readonly options: LeasedSupplyOptions,
  ) {}

  get isDry(): boolean {
    return this.#isDry && this.#ready.length === 0;
  }

  get expected(): number {
    return this.#looks.size;
  }

  get canStart(): boolean {
    return this.#looks.size < this.#looksAtMost && this.#lookAtMs <= this.#nowMs();
  }

  get lookAtMs(): number {
    return this.#looks.size < this.#looksAtMost ? this.#lookAtMs : Infinity;
  }

  take(): Batch | undefined {
    return this.#ready.shift();
  }

  look(): void {
    const { account, signal } = this.context;
    const leastBytes = memoryBytesFor(this.options.maxBytes);
    const roomBytes = account.ask(leastBytes, leastBytes);
    if (roomBytes === 0) {
      this.#lookAtMs = this.#nowMs() + NO_ROOM_MS;
      return;
    }
    const look = this.#fetch(roomBytes).finally(() => {
      this.#looks.delete(look);
      signal.raise();
    });
    this.#looks.add(look);
  }

  lookAnew(): void {
    this.#isDry = false;
    this.#dryLooks = 0;
    if (this.#failures === 0) this.#lookAtMs = 0;
  }

  /** Takes nothing any more. What was taken already, and what a running look still brings, goes to `late`. */
  async close(late: (batch: LeasedBatch) => void): Promise<void> {
    this.#late = late;
    for (const batch of this.#ready.splice(0)) late(batch);
    await Promise.all(this.#looks);
  }

  async #fetch(roomBytes: number): Promise<void> {
    try {
      const taken = await this.options.fetch(this.options.maxBytes);
      this.#failures = 0;
      if (taken.kind === "taken") this.#taken(taken, roomBytes);
      else {
        this.context.account.free(roomBytes);
        if (taken.kind === "empty") this.#empty();
        else this.#lost();
      }
    } catch (error) {
      this.context.account.free(roomBytes);
      this.#isDry = true;
      this.#lookAtMs = this.#nowMs() + pauseAfter(++this.#failures, FAILED_FROM_MS, FAILED_UP_TO_MS);
      this.context.fail("taking messages", error);
    }
  }

  #taken({ leases, handed }: TakenMessages, roomBytes: number): void {
    const { account, reader } = this.context;
    const heldBytes = handed.reduce((sum, message) => sum + memoryBytesOf(message), 0);
    account.hold(heldBytes - roomBytes);
    const batch: LeasedBatch = {
      kind: "leased",
      reader,
      leases,
      handed,
      free: () => account.free(heldBytes),
    };
    this.#isDry = false;
    this.#dryLooks = 0;
    this.#lostRaces = 0;
    this.#lookAtMs = 0;
    this.#looksAtMost = Math.min(this.options.looks, this.#looksAtMost + 1);
    if (this.#late) this.#late(batch);
    else this.#ready.push(batch);
  }

  #empty(): void {
    this.#isDry = true;
    this.#lostRaces = 0;
    this.#fewerLooks();
    const { pauseFromMs, pauseUpToMs } = this.options;
    this.#lookAtMs = this.#nowMs() + pauseAfter(++this.#dryLooks, pauseFromMs, pauseUpToMs);
  }

  /** After a lost race, a random pause whose limit doubles, so that contenders stop colliding. */
  #lost(): void {
    const { random } = this.context.engine;
    this.#fewerLooks();
    const upToMs = pauseAfter(++this.#lostRaces, LOST_FROM_MS, LOST_UP_TO_MS);
    this.#lookAtMs = this.#nowMs() + 1 + random.below(upToMs);
  }

  #fewerLooks(): void {
    this.#looksAtMost = Math.max(1, this.#looksAtMost - 1);
  }

  #nowMs(): number {
    return this.context.engine.clock.nowMs();
  }
}
