import { putOutboxItem } from "../../../lib/adapters/memory/outbox-store.js";
import {
  type OutboxRef,
  type WrittenAt,
  outboxName,
  outboxShardOf,
  writtenAfter,
} from "../../../lib/domain/outbox.js";
import { outboxItemOf } from "../../../lib/domain/outbox-item.js";
import { bodyOf } from "../body-schemas.js";
import { LATEST_LANDING_MS } from "../fate.js";
import type { Deployment } from "../deployment.js";
import { SKEW_AT_MOST_MS } from "../process.js";
import type { OutboxStream } from "./outbox-stream.js";

/** A user's service: it writes an order and its message in one transaction of its own, again and again. */
export interface ServicePlan {
  readonly name: string;
  readonly topic: string;
  readonly transactions: number;
  /** Transactions that are in flight at once. */
  readonly inFlight: number;
  /** Ordering keys; of none, messages have none. */
  readonly keys: readonly string[];
  readonly gapMs: number;
  /** Now and then it waits for so long. */
  readonly longGapMs: number;
  /** The share of transactions that its own conditions cancel. */
  readonly rollsBack: number;
  /** The share of messages that have no key, though the topic may ask for one. */
  readonly forgetsKey: number;
  readonly bigShare: number;
  /** Its topic has a schema, which some of what it writes does not fit; default: no. */
  readonly hasSchema?: true;
}

const NONCE_CHARACTERS = 16;
const ATTEMPTS = 3;
const BIG_CHARACTERS = 900;

/** Writes all of its transactions; it may die between two of them, and another process takes its place. */
export async function serve(
  deployment: Deployment,
  stream: OutboxStream,
  plan: ServicePlan,
  clocksApart: boolean,
): Promise<void> {
  const { world, rates } = deployment;
  const skew = (): number => (clocksApart ? world.between(-SKEW_AT_MOST_MS, SKEW_AT_MOST_MS) : 0);
  const anInstance = () => ({ name: `${plan.name}-${++instances}`, skewMs: skew() });
  let instances = 0;
  let instance: Instance = anInstance();
  let number = 0;
  const longAt = world.random.below(2 * plan.transactions);
  const work = async (): Promise<void> => {
    while (number < plan.transactions) {
      const at = number++;
      await world.sleep(at === longAt ? plan.longGapMs : world.between(0, plan.gapMs));
      if (world.chance(rates.killed)) {
        world.count("killed");
        instance = anInstance();
      }
      if (world.chance(rates.clockStep)) instance.skewMs = skew();
      await new Transaction(deployment, stream, plan, instance, `${plan.name}-${at}`).carryOut();
    }
  };
  await Promise.all(Array.from({ length: plan.inFlight }, work));
}

interface Instance {
  readonly name: string;
  skewMs: number;
  last?: WrittenAt;
}

class Transaction {
  #hasLanded = false;
  readonly #ref: OutboxRef;
  readonly #item: ReturnType<typeof outboxItemOf>;

  constructor(
    private readonly deployment: Deployment,
    private readonly stream: OutboxStream,
    private readonly plan: ServicePlan,
    instance: Instance,
    label: string,
  ) {
    const { world, outbox, monitor } = deployment;
    instance.last = writtenAfter(instance.last, Math.floor(world.nowMs + instance.skewMs));
    const nonce = world.random
      .below(2 ** 30)
      .toString(36)
      .padStart(NONCE_CHARACTERS, "0");
    const hasKey = plan.keys.length > 0 && !world.chance(plan.forgetsKey);
    const key = hasKey ? world.pick(plan.keys) : undefined;
    this.#ref = { ...outboxShardOf(plan.topic, key ?? nonce), name: outboxName(instance.last, nonce) };
    const padding = world.chance(plan.bigShare) ? "x".repeat(BIG_CHARACTERS) : "";
    const more = padding === "" ? "" : `${nonce}${padding}`;
    const body = plan.hasSchema ? bodyOf(label, more) : JSON.stringify({ label, nonce: more });
    const content = { body, contentType: "application/json", ...(key === undefined ? {} : { key }) };
    this.#item = outboxItemOf(this.#ref, content);
    monitor.log.sent([label]);
    outbox.written(this.#ref, { label, key, process: instance.name });
  }

  /** The SDK sends it again, as long as it is not known what became of it: with the same token it happens once. */
  async carryOut(): Promise<void> {
    const { world, rates, outbox } = this.deployment;
    if (world.chance(this.plan.rollsBack)) return void world.count("rolled-back");
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await world.sleep(world.between(1, 8));
      if (world.chance(rates.lostRequest)) world.count("lost-request");
      else if (world.chance(rates.lateLanding)) {
        world.count("late-landing");
        // Its service does not hear of it, and gives up.
        return world.after(world.between(1_000, LATEST_LANDING_MS), () => this.#land());
      } else {
        this.#land();
        if (!world.chance(rates.lostAnswer)) return outbox.confirmed(this.#ref);
        world.count("lost-answer");
      }
      await world.sleep(world.between(100, 5_000));
    }
  }

  #land(): void {
    if (this.#hasLanded) return;
    this.#hasLanded = true;
    this.deployment.outbox.committed(this.#ref);
    putOutboxItem(this.deployment.storage, this.#item);
    this.stream.put(this.#ref);
  }
}
