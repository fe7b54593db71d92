import { randomUUID } from "node:crypto";
import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import type { Doorbell } from "../../lib/domain/pump-start.js";
import { nextOffset } from "../../lib/domain/slot.js";
import type { Topic } from "../../lib/domain/topic.js";
import { tick } from "../../lib/operations/clock/tick.js";
import type { Engine } from "../../lib/operations/engine.js";
import { append } from "../../lib/operations/log/append.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { movedClock } from "../moved-clock.js";
import { type Store, processOn } from "../store.js";
import type { CallCount } from "./call-count.js";

export const MINUTE_MS = 60_000;
/** Within it every tail is cold, and noted in its anchor. */
const QUIET_MINUTES = 15;
/** As long as real ones, and all different. */
const targetOf = (name: string) => {
  const functionArn = `arn:aws:lambda:us-east-1:111122223333:function:${name}-${randomUUID().slice(0, 12)}`;
  return { type: "lambda", functionArn } as const;
};
const MESSAGE = { body: "an order", contentType: "text/plain" } as const;

export type Deployment = Awaited<ReturnType<typeof aDeployment>>;

/** A topic of which `partitions` are used, with push subscriptions whose functions are in this process. */
export async function aDeployment(
  store: Store,
  count: CallCount,
  { subscriptions, partitions }: { readonly subscriptions: number; readonly partitions: number },
) {
  const db = await store.newTables();
  const clock = movedClock();
  const starter = new MemoryStarter();
  const subscriber = new MemorySubscriber();
  const ports = { clock, starter: count.starts(starter), subscriber: count.deliveries(subscriber) };
  const process = (over: Clock = clock): Engine => processOn(db, { ...ports, clock: over });
  const engine = process();
  const { value: topic } = await putTopic(engine, "orders", {});
  for (let partition = 0; partition < partitions; partition++) await publishTo(engine, topic, partition);
  const names = Array.from({ length: subscriptions }, (_, index) => `s${index}`);
  for (const name of names)
    await putSubscription(engine, topic.name, name, { target: targetOf(name), from: "latest" });
  const growQuiet = async (): Promise<void> => {
    for (let minute = 0; minute < QUIET_MINUTES; minute++) {
      await tick(process(clock.hasty), { deadlineMs: clock.nowMs() + QUIET_MINUTES * MINUTE_MS });
      clock.advance(MINUTE_MS);
    }
    starter.startedPumps.splice(0);
  };
  return { clock, starter, subscriber, process, engine, topic, names, growQuiet };
}

/** Returns the doorbell that the message rings. */
export async function publishTo(engine: Engine, topic: Topic, partition: number): Promise<Doorbell> {
  const { slot } = await append(engine, topic, [MESSAGE], () => partition);
  return { topic, partition, end: nextOffset(slot) };
}
