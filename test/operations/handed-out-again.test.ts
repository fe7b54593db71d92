import { putSubscription } from "../../lib/operations/subscriptions.js";
import { putTopic } from "../../lib/operations/topics.js";
import { receiveWaiting } from "../../lib/operations/receive.js";
import { settle } from "../../lib/operations/settle.js";
import type { Instance, Ports } from "../../lib/operations/instance.js";
import { aDeployment, aText, publishTexts } from "./a-deployment.js";

const MESSAGES = 40;

/** Single messages, one slot each, all handed out at once and all given back. */
async function givenBack(instance: Instance): Promise<readonly string[]> {
  await putTopic(instance, "orders", { partitions: 1 });
  await putSubscription(instance, "orders", "audit", { from: "earliest" });
  const ids: string[] = [];
  for (let n = 0; n < MESSAGES; n++) ids.push(...(await publishTexts(instance, "orders", aText(`m${n}`))));
  const handed = await take(instance, MESSAGES);
  expect(handed).toHaveLength(MESSAGES);
  const settlements = handed.map(({ receipt }) => ({ receipt, outcome: "retry" }) as const);
  await settle(instance, "orders", "audit", settlements);
  return ids;
}

const take = (instance: Instance, maxMessages: number) =>
  receiveWaiting(instance, "orders", "audit", { maxMessages, waitSeconds: 0 });

async function takeAll(instance: Instance, maxMessages: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let handed = await take(instance, maxMessages); handed.length > 0;) {
    ids.push(...handed.map(({ id }) => id));
    handed = await take(instance, maxMessages);
  }
  return ids;
}

it.each([1, 3, 10, 39])(
  "GIVEN single messages given back together WHEN they are handed out again %i at a time THEN none is missing",
  async (maxMessages) => {
    const instance = aDeployment().process();
    const ids = await givenBack(instance);
    expect(await takeAll(instance, maxMessages)).toEqual(ids);
  },
);

it("GIVEN a read that lags behind WHEN messages are handed out again THEN none is taken for expired", async () => {
  const deployment = aDeployment();
  const ids = await givenBack(deployment.process());
  const lagging = deployment.process(({ log }: Ports) => ({
    log: {
      ...log,
      read: async (partition, from, limit, options) =>
        options?.consistent
          ? await log.read(partition, from, limit, options)
          : {
              slots: (await log.read(partition, 0, 5)).slots.filter(({ base }) => base >= from),
              more: false,
            },
    },
  }));
  expect(await takeAll(lagging, 7)).toEqual(ids);
});
