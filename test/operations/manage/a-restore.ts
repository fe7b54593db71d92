import { type MessageAddress, messageId } from "../../../lib/domain/message-id.js";
import { type Topic, partitionKey } from "../../../lib/domain/topic.js";
import { receive } from "../../../lib/operations/consume/receive.js";
import { settleLeases } from "../../../lib/operations/consume/settle.js";
import type { Engine, Settings } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic, getTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { type Deployment, aDeployment, aText, publishTexts } from "../a-deployment.js";

const TOPIC = "orders";
const SUBSCRIPTION = "audit";

/** What is done to a queue, one after the other. */
export type Step =
  | { readonly kind: "publish"; readonly messages: number }
  | { readonly kind: "consume"; readonly messages: number }
  | { readonly kind: "retry"; readonly messages: number }
  | { readonly kind: "wait"; readonly minutes: number }
  | { readonly kind: "raise"; readonly partitions: number };

/** A queue after some steps: the same steps lead to the same tables, so that they stand for a copy of them. */
export interface Queue {
  readonly deployment: Deployment;
  readonly engine: Engine;
  readonly topic: Topic;
  readonly published: readonly string[];
  /** What was acknowledged. */
  readonly consumed: ReadonlySet<string>;
}

export async function queueAfter(steps: readonly Step[]): Promise<Queue> {
  const deployment = aDeployment();
  const engine = deployment.process();
  await putTopic(engine, TOPIC, { partitions: 2 });
  await putSubscription(engine, TOPIC, SUBSCRIPTION, { from: "earliest" });
  const published: string[] = [];
  const consumed = new Set<string>();
  for (const step of steps) {
    if (step.kind === "publish") published.push(...(await publishSome(engine, step.messages)));
    if (step.kind === "consume") for (const id of await consumeSome(engine, step.messages)) consumed.add(id);
    if (step.kind === "retry") await consumeSome(engine, step.messages, "retry");
    if (step.kind === "wait") deployment.clock.advance(step.minutes * 60_000);
    if (step.kind === "raise") await changeTopic(engine, TOPIC, { partitions: step.partitions });
  }
  return { deployment, engine, topic: await getTopic(engine, TOPIC), published, consumed };
}

/** One by one, so that they spread over the partitions. */
export async function publishSome(engine: Engine, messages: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < messages; index++)
    ids.push(...(await publishTexts(engine, TOPIC, aText(`m${index}`), aText(`n${index}`))));
  return ids;
}

/** Receives at most so many, acknowledges them or sends them back, and gives their ids. */
export async function consumeSome(
  engine: Engine,
  messages: number,
  outcome: "ack" | "retry" = "ack",
): Promise<readonly string[]> {
  const reader = await findSubscription(engine, TOPIC, SUBSCRIPTION);
  const handed = await receive(engine, reader, { maxMessages: messages });
  await settleLeases(
    engine,
    reader,
    handed.map(({ receipt }) => ({ receipt, outcome })),
  );
  return handed.map(({ id }) => id);
}

export async function consumeAll(engine: Engine): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let some = await consumeSome(engine, 10); some.length > 0; some = await consumeSome(engine, 10))
    ids.push(...some);
  return ids;
}

export interface Restored {
  readonly engine: (settings?: Partial<Settings>) => Engine;
  readonly restoredAtMs: number;
  /** What the restored log holds. */
  readonly inLog: readonly string[];
}

/** The state of one queue with the log of another; the bucket has all that there ever was. */
export function restored(state: Queue, log: Queue, last: Queue): Restored {
  const { storage, clock } = state.deployment;
  const logs = [...log.deployment.storage.logs];
  storage.logs.clear();
  for (const [partition, slots] of logs) storage.logs.set(partition, [...slots]);
  for (const [key, bytes] of last.deployment.storage.segments) storage.segments.set(key, bytes);
  clock.advance(last.deployment.clock.nowMs() - clock.nowMs() + 20 * 60_000);
  const restoredAtMs = clock.nowMs();
  clock.advance(60_000);
  const engine = (settings: Partial<Settings> = { restoredAtMs }): Engine =>
    state.deployment.process(undefined, settings);
  return { engine, restoredAtMs, inLog: idsIn(state, log.topic) };
}

function idsIn({ deployment }: Queue, topic: Topic): readonly string[] {
  const ids: string[] = [];
  for (let partition = 0; partition < 16; partition++) {
    const slots = deployment.storage.logs.get(partitionKey({ topic, partition })) ?? [];
    for (const { base, count } of slots)
      for (let offset = base; offset < base + count; offset++) {
        const address: MessageAddress = { topic, partition, offset };
        ids.push(messageId(address));
      }
  }
  return ids;
}
