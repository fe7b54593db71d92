import type { Doorbell } from "../../../lib/domain/pump-start.js";
import type { Deployment } from "../deployment.js";

/** Partitions lie on this many shards: the order of records is kept within one, and not between them. */
const SHARDS = 2;
const BATCH_FROM_MS = 30;
const BATCH_UP_TO_MS = 250;
const LATE_FROM_MS = 1_000;
const LATE_UP_TO_MS = 40_000;

/** The log's stream: gathers the records of each shard, and hands on a batch; it may be lost, late, or come twice. */
export class Stream {
  readonly #waiting = new Map<number, Doorbell[]>();

  constructor(
    private readonly deployment: Deployment,
    private readonly handOn: (bells: readonly Doorbell[]) => Promise<void>,
  ) {
    deployment.storage.onAppend((bell) => this.#gather(bell));
  }

  #gather(bell: Doorbell): void {
    const { world } = this.deployment;
    const shard = bell.partition % SHARDS;
    const waiting = this.#waiting.get(shard);
    if (waiting) return void waiting.push(bell);
    this.#waiting.set(shard, [bell]);
    world.after(world.between(BATCH_FROM_MS, BATCH_UP_TO_MS), () => this.#batch(shard));
  }

  #batch(shard: number): void {
    const { world, rates } = this.deployment;
    const bells = this.#waiting.get(shard) ?? [];
    this.#waiting.delete(shard);
    if (world.chance(rates.bellLost)) {
      world.count("bell-lost");
      return world.note("stream", `a batch of ${bells.length} is lost`);
    }
    const isTwice = world.chance(rates.bellTwice);
    if (isTwice) world.count("bell-twice");
    for (let time = 0; time < (isTwice ? 2 : 1); time++) {
      const isLate = world.chance(rates.bellLate);
      if (isLate) world.count("bell-late");
      world.after(isLate ? world.between(LATE_FROM_MS, LATE_UP_TO_MS) : 0, () => void this.handOn(bells));
    }
  }
}
