import { receiveWaiting } from "../../lib/operations/consume/receive.js";
import { settle } from "../../lib/operations/consume/settle.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { append } from "../../lib/operations/log/append.js";
import { sweep } from "../../lib/operations/clock/sweep.js";
import type { Ports } from "../../lib/operations/engine.js";
import { aText, aTimedDeployment } from "./a-deployment.js";
import { driven, portsAround } from "./ports-around.js";

const MINUTE_MS = 60_000;

/** A topic that has used so many partitions, long ago; its one subscription, which pulls, has consumed it all. */
export async function withColdTopic(partitions: number) {
  const deployment = aTimedDeployment();
  const { clock } = deployment;
  const engine = deployment.process();
  const { value: topic } = await putTopic(engine, "orders", { partitions });
  await putSubscription(engine, "orders", "audit", { from: "earliest" });
  const publish = (partition: number) => append(engine, topic, [aText(`m${partition}`)], () => partition);
  for (let partition = 0; partition < partitions; partition++) await publish(partition);
  for (let left = partitions; left > 0;) {
    const handed = await receiveWaiting(engine, "orders", "audit", { maxMessages: 100, waitSeconds: 0 });
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" }) as const);
    await settle(engine, "orders", "audit", acks);
    left -= handed.length;
  }
  for (let minute = 0; minute < 12; minute++) {
    await clock.advance(MINUTE_MS);
    await driven(clock, sweep(engine, { deadlineMs: clock.nowMs() + MINUTE_MS }));
  }
  expect(await engine.marks.get(topic)).toBeUndefined();
  return { ...deployment, publish, topic };
}

/** Read units as DynamoDB counts them: 4 KB strongly consistent, 8 KB not, one at the least. */
const UNITS: Readonly<Record<string, number>> = {
  "topics.get": 1,
  "subscriptions.get": 1,
  "marks.get": 0.5,
  "progress.due": 0.5,
  "log.read": 0.5,
  "log.tail": 1,
};
const ANCHOR_BYTES = 130;
const CURSOR_BYTES = 110;

/** Counts what DynamoDB would bill for the reads of a process, of a topic with so many partitions. */
export function meteredReads(partitions: number) {
  const meter = { units: 0 };
  const replace = (ports: Ports): Partial<Ports> =>
    portsAround(ports, ({ name }, carryOut) => {
      if (name === "log.anchors") meter.units += Math.ceil((partitions * ANCHOR_BYTES) / 4_096) / 2;
      else if (name === "progress.cursors") meter.units += Math.ceil((partitions * CURSOR_BYTES) / 4_096) / 2;
      else meter.units += UNITS[name] ?? NaN;
      return carryOut();
    });
  return { meter, replace };
}
