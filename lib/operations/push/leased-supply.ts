import type { Handed } from "../../domain/handed.js";
import type { Taken, TakenMessages } from "../consume/take.js";
import { memoryBytesFor, memoryBytesOf } from "../memory-budget.js";
import type { Batch, LeasedBatch } from "./batch.js";
import { type LookPauses, LookTimes } from "./look-times.js";
import type { Supply, SupplyContext } from "./supply.js";

export interface LeasedSupplyOptions extends LookPauses {
  /** Takes at most `maxBytes` of messages under a lease. */
  readonly fetch: (maxBytes: number) => Promise<Taken>;
  readonly maxBytes: number;
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
  readonly #times: LookTimes;
  #looksAtMost = 1;
  /** Receives what a look brings after the session has ended. */
  #late: ((batch: LeasedBatch) => void) | undefined;

  constructor(
    private readonly context: SupplyContext,
    private readonly options: LeasedSupplyOptions,
  ) {
    this.#times = new LookTimes(context.engine, options);
  }

  get isDry(): boolean {
    return this.#times.isDry && this.#ready.length === 0;
  }

  get expected(): number {
    return this.#looks.size;
  }

  get canStart(): boolean {
    return this.#mayLook && this.#times.mayBegin && this.context.pacing.mayStart;
  }

  get lookAtMs(): number {
    return this.#mayLook ? this.#times.atMs : Infinity;
  }

  get #mayLook(): boolean {
    return this.#looks.size < this.#looksAtMost;
  }

  take(): Batch | undefined {
    return this.#ready.shift();
  }

  look(): void {
    const { account, signal, pacing } = this.context;
    const leastBytes = memoryBytesFor(this.options.maxBytes);
    const roomBytes = account.ask(leastBytes, leastBytes);
    if (roomBytes === 0) return this.#times.foundNoRoom();
    // What it brings starts at once, so that nothing waits under a lease for the rate.
    pacing.reserve();
    const look = this.#fetch(roomBytes).finally(() => {
      this.#looks.delete(look);
      signal.raise();
    });
    this.#looks.add(look);
  }

  lookAnew(): void {
    this.#times.anew();
  }

  /** Messages will be due at that time. */
  expect(dueMs: number): void {
    this.#times.expect(dueMs);
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
      if (taken.kind === "taken") return this.#taken(taken, roomBytes);
      this.#foundNone(roomBytes);
      this.#looksAtMost = Math.max(1, this.#looksAtMost - 1);
      if (taken.kind === "empty") this.#times.foundNothing();
      else if (taken.hasBuried) this.#times.anew();
      else this.#times.lostRace();
    } catch (error) {
      this.#foundNone(roomBytes);
      this.#times.failed();
      this.context.fail("taking messages", error);
    }
  }

  #foundNone(roomBytes: number): void {
    this.context.account.free(roomBytes);
    this.context.pacing.release();
  }

  #taken({ leases, handed }: TakenMessages, roomBytes: number): void {
    const { account, reader, engine } = this.context;
    const bytesOf = (message: Handed): number =>
      memoryBytesOf(message, engine.subscriber.sizeBytes(reader, message));
    const heldBytes = handed.reduce((sum, message) => sum + bytesOf(message), 0);
    account.hold(heldBytes - roomBytes);
    const batch: LeasedBatch = {
      kind: "leased",
      reader,
      leases,
      handed,
      free: () => account.free(heldBytes),
    };
    this.#times.found();
    this.#looksAtMost = Math.min(this.options.looks, this.#looksAtMost + 1);
    if (this.#late) this.#late(batch);
    else this.#ready.push(batch);
  }
}
