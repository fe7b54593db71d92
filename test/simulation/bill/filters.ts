import type { Reader } from "../../../lib/domain/reader.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import { receive } from "../../../lib/operations/consume/receive.js";
import { settleLeases } from "../../../lib/operations/consume/settle.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { subscribers } from "../actors/subscriber.js";
import { during } from "../simulate.js";
import { World } from "../world.js";
import { Process } from "../process.js";
import { MeteredDeployment, MeteredFunctions } from "./metered.js";
import { SECONDS_A_MONTH } from "./prices.js";
import { type Traffic, contentsOf, filterOf, monthOf, pushed } from "./traffic.js";

const SUBSCRIPTIONS = 10;
const TOPIC = "orders";
const BACKLOG = 1_000;
const PUBLISHED_AT_ONCE = 25;
const RECEIVED_AT_ONCE = 10;
const WORKED_OFF_MS = 30_000;

type Units = (subscriptions: Pick<Traffic, "pushed" | "pulled" | "isDivided">) => Promise<number>;

/** Write units a message, its append included, of traffic that goes on. */
const ofTraffic =
  (traffic: Pick<Traffic, "messagesPerSecond" | "batch">): Units =>
  async (subscriptions) =>
    (await monthOf({ ...traffic, ...subscriptions, isCompared: true })).writeUnits /
    SECONDS_A_MONTH /
    traffic.messagesPerSecond;

/** The same of a thousand messages that are published before anybody receives. */
const ofBacklog: Units = async (traffic) => {
  const world = new World(1, false);
  const deployment = new MeteredDeployment(world);
  const { engine } = new Process(deployment, "service", 0, 1);
  const { pulled = 0 } = traffic;
  let units = 0;
  const work = async (): Promise<void> => {
    const topic = (await putTopic(engine, TOPIC, { partitions: 1 })).value;
    const subscriptions: Subscription[] = [];
    for (let index = 0; index < pulled; index++) {
      const settings = { ...filterOf(traffic, index), from: "earliest" } as const;
      subscriptions.push((await putSubscription(engine, TOPIC, `pull-${index}`, settings)).value);
    }
    const before = deployment.monitor.cost.total;
    for (let first = 0; first < BACKLOG; first += PUBLISHED_AT_ONCE)
      await publish(engine, TOPIC, contentsOf(world, traffic, { first, count: PUBLISHED_AT_ONCE }));
    for (const subscription of subscriptions) await workOff(deployment, engine, { topic, subscription });
    units = deployment.monitor.cost.total - before;
  };
  await during(world, work());
  if (world.violations.length > 0) throw new Error(world.violations.join("; "));
  return units / BACKLOG;
};

async function workOff({ monitor }: MeteredDeployment, engine: Engine, reader: Reader): Promise<void> {
  for (;;) {
    const handed = await receive(engine, reader, { maxMessages: RECEIVED_AT_ONCE });
    if (handed.length === 0) return;
    const delivery = monitor.deliveries.delivered(reader.subscription, handed);
    const ids = handed.map(({ id }) => id);
    if (delivery) monitor.deliveries.saidDone(delivery, ids);
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
    await settleLeases(engine, reader, acks);
  }
}

/** The same, of a backlog that waits for the end of a pause, and is pushed then. */
const ofPause: Units = async (traffic) => {
  const world = new World(1, false);
  const deployment = new MeteredDeployment(world);
  const functions = new MeteredFunctions(deployment);
  const subscriptions = Array.from({ length: traffic.pushed }, (_, index) =>
    pushed({ ...traffic, messagesPerSecond: 1, batch: RECEIVED_AT_ONCE }, index),
  );
  const plans = new Map(subscriptions.flatMap(({ name, push }) => (push ? [[name, push] as const] : [])));
  deployment.subscriber = subscribers(deployment, plans, { isHealthy: true });
  const { engine } = new Process(deployment, "operator", 0, 1);
  let units = 0;
  const work = async (): Promise<void> => {
    await putTopic(engine, TOPIC, { partitions: 1 });
    for (const { name, settings, from } of subscriptions)
      await putSubscription(engine, TOPIC, name, { ...settings, from, paused: true });
    const before = functions.usage().writeUnits;
    for (let first = 0; first < BACKLOG; first += PUBLISHED_AT_ONCE)
      await publish(engine, TOPIC, contentsOf(world, traffic, { first, count: PUBLISHED_AT_ONCE }));
    units -= before;
    units += functions.usage().writeUnits;
    for (const { name } of subscriptions) await changeSubscription(engine, TOPIC, name, { paused: false });
    units -= functions.usage().writeUnits;
    await world.sleep(WORKED_OFF_MS);
    units += functions.usage().writeUnits;
  };
  await during(world, work());
  if (!deployment.monitor.isDrained()) world.violation("progress", "a backlog was not worked off");
  if (world.violations.length > 0) throw new Error(world.violations.join("; "));
  return units / BACKLOG;
};

interface Divided {
  readonly what: string;
  readonly way: "pushed" | "pulled";
  readonly units: Units;
}

/** Messages that one subscription gets, or ten with filters of which no two want the same. */
export const DIVIDED: readonly Divided[] = [
  { what: "a backlog of 1,000, pulled in tens", way: "pulled", units: ofBacklog },
  { what: "a backlog of 1,000, pushed in tens", way: "pushed", units: ofPause },
  {
    what: "1,000 messages a second, published and pushed in tens",
    way: "pushed",
    units: ofTraffic({ messagesPerSecond: 1_000, batch: 10 }),
  },
];

export async function dividedRow({ what, way, units }: Divided): Promise<string[]> {
  const to = (count: number) => ({ pushed: 0, pulled: 0, [way]: count });
  const one = await units(to(1));
  const ten = await units({ ...to(SUBSCRIPTIONS), isDivided: true });
  return [what, ...[one, ten, ten / one].map((figure) => figure.toFixed(2))];
}
