import type { OutboxShard } from "../../../lib/domain/outbox.js";
import { failedIn, relay } from "../../../lib/operations/relay/relay.js";
import type { Deployment } from "../deployment.js";
import type { Functions } from "./functions.js";

const SHARDS = 2;
const BATCH_FROM_MS = 30;
const BATCH_UP_TO_MS = 250;
const LATE_FROM_MS = 1_000;
const LATE_UP_TO_MS = 40_000;
const ATTEMPTS = 3;
const MARGIN_MS = 5_000;

/** The outbox's stream: calls the relay for what was put; a batch of its records may be lost, late, or come twice. */
export class OutboxStream {
  readonly #waiting = new Map<number, OutboxShard[]>();

  constructor(
    private readonly deployment: Deployment,
    private readonly functions: Functions,
  ) {}

  put({ topic, shard }: OutboxShard): void {
    const { world } = this.deployment;
    const of = shard % SHARDS;
    const waiting = this.#waiting.get(of);
    if (waiting) return void waiting.push({ topic, shard });
    this.#waiting.set(of, [{ topic, shard }]);
    world.after(world.between(BATCH_FROM_MS, BATCH_UP_TO_MS), () => this.#batch(of));
  }

  #batch(of: number): void {
    const { world, rates } = this.deployment;
    const shards = this.#waiting.get(of) ?? [];
    this.#waiting.delete(of);
    if (world.chance(rates.bellLost)) return world.count("bell-lost");
    const isTwice = world.chance(rates.bellTwice);
    if (isTwice) world.count("bell-twice");
    for (let time = 0; time < (isTwice ? 2 : 1); time++) {
      const isLate = world.chance(rates.bellLate);
      if (isLate) world.count("bell-late");
      const lateMs = isLate ? world.between(LATE_FROM_MS, LATE_UP_TO_MS) : 0;
      world.after(lateMs, () => void this.#relay(shards, ATTEMPTS));
    }
  }

  async #relay(shards: readonly OutboxShard[], attempts: number): Promise<void> {
    const ended = await this.functions.invoke(
      "relay",
      (engine, deadlineMs) => relay(engine, shards, { untilMs: deadlineMs - MARGIN_MS }),
      `relay ${shards.map(({ shard }) => shard).join()}`,
    );
    const again = ended.kind === "answered" ? failedIn(ended.value) : shards;
    if (again.length === 0 || attempts <= 1) return;
    await this.deployment.world.sleep(500);
    await this.#relay(again, attempts - 1);
  }
}
