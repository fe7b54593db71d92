import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import type { Ordering } from "../../../lib/domain/topic.js";
import { receive } from "../../../lib/operations/consume/receive.js";
import { settle } from "../../../lib/operations/consume/settle.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { subscribers } from "../actors/subscriber.js";
import { Process } from "../process.js";
import { during } from "../simulate.js";
import { World } from "../world.js";
import { MeteredDeployment, MeteredFunctions } from "./metered.js";
import { type Traffic, contentsOf, pushed } from "./traffic.js";

const TOPIC = "orders";
const MESSAGES = 20;
/** Each comes alone, and has ended before the next one. */
const APART_MS = 10_000;
const RETRIED_AFTER_MS = 1_100;
const RETRY = { ...SUBSCRIPTION_DEFAULTS.retry, minBackoffSeconds: 1, maxBackoffSeconds: 1 };

interface Fate {
  readonly what: string;
  readonly way: "pushed" | "pulled";
  readonly ordering: Ordering;
  /** So often it fails before it works. */
  readonly failures: number;
}

const WAYS = ["pulled", "pushed"] as const;

const endOf = (failures: number): string => (failures > 0 ? "fails twice and then works" : "works");

/** What becomes of a message that comes alone. */
export const FATES: readonly Fate[] = (["none", "key"] as const).flatMap((ordering) =>
  WAYS.flatMap((way) =>
    [0, 2].map((failures) => ({
      what: [way, ...(ordering === "key" ? ["with ordering"] : []), endOf(failures)].join(" "),
      ...{ way, ordering, failures },
    })),
  ),
);

export async function fateRow(fate: Fate): Promise<string[]> {
  const world = new World(1, false);
  const deployment = new MeteredDeployment(world);
  const functions = new MeteredFunctions(deployment);
  const traffic: Traffic = {
    messagesPerSecond: 1,
    batch: 1,
    pushed: fate.way === "pushed" ? 1 : 0,
    pulled: 1,
  };
  const { name, push, settings } = pushed(traffic, 0);
  const phase = { isHealthy: false };
  const failing = push ? { ...push, failsFrom: "p" } : undefined;
  const subscriber = subscribers(deployment, new Map(failing ? [[name, failing]] : []), phase);
  deployment.subscriber = {
    ...subscriber,
    deliver: (...args) => {
      phase.isHealthy = args[1].every(({ attempt }) => attempt > fate.failures);
      return subscriber.deliver(...args);
    },
  };
  const { engine } = new Process(deployment, "service", 0, 1);
  let units = 0;
  const work = async (): Promise<void> => {
    await putTopic(engine, TOPIC, { partitions: 1, ordering: fate.ordering });
    const target = fate.way === "pushed" ? settings : {};
    await putSubscription(engine, TOPIC, name, { ...target, retry: RETRY, from: "earliest" });
    // The first one finds caches cold, and a partition that nobody has written to.
    for (let number = 0; number <= MESSAGES; number++) {
      if (number === 1) units -= functions.usage().writeUnits;
      const untilMs = world.nowMs + APART_MS;
      const [content] = contentsOf(world, traffic, { first: number, count: 1 });
      deployment.monitor.log.sent([`p-${number}`]);
      if (content)
        await publish(engine, TOPIC, [{ ...content, ...(fate.ordering === "key" ? { key: "k" } : {}) }]);
      if (fate.way === "pulled") await consume(deployment, engine, name, fate.failures);
      await world.sleep(untilMs - world.nowMs);
    }
    units += functions.usage().writeUnits;
  };
  await during(world, work());
  if (!deployment.monitor.isDrained()) world.violation("progress", "a message was not worked off");
  if (world.violations.length > 0) throw new Error(world.violations.join("; "));
  return [fate.what, (units / MESSAGES).toFixed(2)];
}

async function consume(
  { world, monitor }: MeteredDeployment,
  engine: Engine,
  name: string,
  failures: number,
): Promise<void> {
  const reader = await findSubscription(engine, TOPIC, name, 0);
  for (let attempt = 1; attempt <= failures + 1; attempt++) {
    const handed = await receive(engine, reader, { maxMessages: 1 });
    const [message] = handed;
    if (!message) throw new Error("a message is due, and was not handed out");
    const delivery = monitor.deliveries.delivered(reader.subscription, handed);
    const outcome = attempt > failures ? "ack" : "retry";
    if (outcome === "ack" && delivery) monitor.deliveries.saidDone(delivery, [message.id]);
    await settle(engine, TOPIC, name, [{ receipt: message.receipt, outcome }]);
    if (outcome === "retry") await world.sleep(RETRIED_AFTER_MS);
  }
}
