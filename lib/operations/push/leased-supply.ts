import type { Taken, TakenMessages } from "../consume/take.js";
import { memoryBytesFor, memoryBytesOf } from "../memory-budget.js";
import type { Batch, LeasedBatch } from "./batch.js";
import { pauseAfter } from "./insist.js";
import type { Supply, SupplyContext } from "./supply.js";

const FAILED_FROM_MS = 250;
const FAILED_UP_TO_MS = 30_000;
const LOST_FROM_MS = 8;
const LOST_UP_TO_MS = 512;
/** Where there is no room in memory: something is freed before long. */
const NO_ROOM_MS = 50;

export interface LeasedSupplyOptions {
  /** Takes messages under a lease, whose own bytes are no more than `maxBytes`. */
  readonly fetch: (maxBytes: number) => Promise<Taken>;
  readonly maxBytes: number;
  /** Pauses between looks that find nothing, doubling. */
  readonly pauseFromMs: number;
  readonly pauseUpToMs: number;
}

/** Takes leases as any consumer does: one look at a time. */
export class LeasedSupply implements Supply {
  readonly #ready: LeasedBatch[] = [];
  #look: Promise<void> | undefined;
  #isDry = false;
  #lookAtMs = 0;
  #dryLooks = 0;
  #lostRaces = 0;
  #failures = 0;
  /** What happens to what is taken by a look that ends after the session has. */
  #late: ((batch: LeasedBatch) => void) | undefined;

  constructor(
    private readonly context: SupplyContext,
    private readonly options: LeasedSupplyOptions,
  ) {}

  get isDry(): boolean {
    return this.#isDry && this.#ready.length === 0;
  }

  get expected(): number {
    return this.#look ? 1 : 0;
  }

  get canStart(): boolean {
    return !this.#look && this.#lookAtMs <= this.#nowMs();
  }

  get lookAtMs(): number {
    return this.#look ? Infinity : this.#lookAtMs;
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
    this.#look = this.#fetch(roomBytes).finally(() => {
      this.#look = undefined;
      signal.raise();
    });
  }

  lookAnew(): void {
    this.#isDry = false;
    this.#dryLooks = 0;
    if (this.#failures === 0) this.#lookAtMs = 0;
  }

  /** Nothing is taken any more: what was, and what a look under way still brings, goes to `late`. */
  async close(late: (batch: LeasedBatch) => void): Promise<void> {
    this.#late = late;
    for (const batch of this.#ready.splice(0)) late(batch);
    await this.#look;
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
    if (this.#late) this.#late(batch);
    else this.#ready.push(batch);
  }

  #empty(): void {
    this.#isDry = true;
    this.#lostRaces = 0;
    const { pauseFromMs, pauseUpToMs } = this.options;
    this.#lookAtMs = this.#nowMs() + pauseAfter(++this.#dryLooks, pauseFromMs, pauseUpToMs);
  }

  /** Somebody else was first: chance tells contenders apart, more with each lost race. */
  #lost(): void {
    const { random } = this.context.engine;
    const upToMs = pauseAfter(++this.#lostRaces, LOST_FROM_MS, LOST_UP_TO_MS);
    this.#lookAtMs = this.#nowMs() + 1 + random.below(upToMs);
  }

  #nowMs(): number {
    return this.context.engine.clock.nowMs();
  }
}
