import type { Subscription } from "../../../lib/domain/subscription.js";
import type { Topic } from "../../../lib/domain/topic.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { pump } from "../../../lib/operations/push/pump.js";
import { receive } from "../../../lib/operations/consume/receive.js";
import { settleLeases } from "../../../lib/operations/consume/settle.js";
import { subscribers } from "../actors/subscriber.js";
import type { Delivery } from "../checkers/delivery-checker.js";
import { Deployment } from "../deployment.js";
import { NO_FAULTS } from "../faults.js";
import { Process } from "../process.js";
import type { ChoosingWorld } from "./choosing-world.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { LaneRef } from "../../../lib/domain/lane.js";

export const TOPIC = "orders";
export const NAME = "s";
const PUMP_RUN_MS = 2 * 60_000;

/** What one receive gave. */
interface Taken {
  readonly topic: Topic;
  readonly subscription: Subscription;
  readonly handed: readonly Handed[];
  readonly delivery: Delivery;
}

/** What is set up, and how to go on from there. */
export class Stage {
  readonly deployment: Deployment;
  readonly #processes = new Map<string, Process>();
  #labels = 0;

  constructor(readonly world: ChoosingWorld) {
    this.deployment = new Deployment(world, NO_FAULTS);
    // Some clocks are ahead: then a lane may be taken from one that is at work.
    this.deployment.monitor.deliveries.excusePumps(Infinity);
    const plan = { workMs: 1, fails: 0, failsSome: 0, throttled: 0, dawdles: 0, maxConcurrency: 1 };
    this.deployment.subscriber = subscribers(this.deployment, new Map([[NAME, plan]]), { isHealthy: true });
  }

  process(name: string, skewMs = 0): Process {
    const process = this.#processes.get(name);
    if (process) return process;
    const made = new Process(this.deployment, name, skewMs, this.#processes.size + 1);
    this.#processes.set(name, made);
    return made;
  }

  async publish({ engine }: Process, count: number): Promise<void> {
    const labels = Array.from({ length: count }, () => `m${this.#labels++}`);
    for (const label of labels) this.deployment.monitor.log.attempts.set(label, 1);
    const sentAtMs = this.world.nowMs;
    const results = await publish(
      engine,
      TOPIC,
      labels.map((body) => ({ body, contentType: "text/plain" })),
    );
    results.forEach((result, index) => {
      if (result.kind === "published")
        this.deployment.monitor.published(result.id, labels[index] as string, sentAtMs);
    });
  }

  /** Receives once, and settles nothing. */
  async take({ engine }: Process, maxMessages: number): Promise<Taken | undefined> {
    const { monitor } = this.deployment;
    const [watched] = monitor.live();
    const topic = await engine.topics.get(TOPIC);
    if (!watched || !topic) return undefined;
    const { subscription } = watched;
    const handed = await receive(engine, { topic, subscription }, { maxMessages });
    if (handed.length === 0) return undefined;
    const delivery = monitor.deliveries.delivered(subscription, handed);
    return delivery && { topic, subscription, handed, delivery };
  }

  /** Receives once, and acknowledges all of it. */
  async consume(process: Process, maxMessages: number): Promise<number> {
    const { monitor } = this.deployment;
    const taken = await this.take(process, maxMessages);
    if (!taken) return 0;
    const { handed, delivery } = taken;
    monitor.deliveries.saidDone(
      delivery,
      handed.map(({ id }) => id),
    );
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" }) as const);
    const results = await settleLeases(process.engine, taken, acks);
    const settled = handed.filter((_, index) => results[index]?.kind === "ok");
    monitor.deliveries.settled(
      delivery,
      settled.map(({ id }) => id),
    );
    return handed.length;
  }

  async pump({ engine }: Process): Promise<void> {
    const [watched] = this.deployment.monitor.live();
    if (!watched) return;
    const { topic, name, uid } = watched.subscription;
    const ref: LaneRef = { subscription: { topic, name, uid }, lane: 0 };
    await pump(engine, ref, { deadlineMs: engine.clock.nowMs() + PUMP_RUN_MS });
  }
}
