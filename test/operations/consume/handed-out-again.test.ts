import type { Move } from "../../../lib/domain/progress/records.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { ack, receive, retry, withAudit } from "../a-consumer.js";
import { aDeployment, aText, publishTexts } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { spanLength } from "../../../lib/domain/progress/spans.js";

const MESSAGES = 40;

/** Single messages, one slot each, all handed out at once and all given back. */
async function givenBack(engine: Engine): Promise<readonly string[]> {
  await putTopic(engine, "orders", { partitions: 1 });
  await putSubscription(engine, "orders", "audit", { from: "earliest" });
  const ids: string[] = [];
  for (let n = 0; n < MESSAGES; n++) ids.push(...(await publishTexts(engine, "orders", aText(`m${n}`))));
  const handed = await take(engine, MESSAGES);
  expect(handed).toHaveLength(MESSAGES);
  await retry(engine, handed);
  return ids;
}

const take = (engine: Engine, maxMessages: number) =>
  receiveWaiting(engine, "orders", "audit", { maxMessages, waitSeconds: 0 });

async function takeAll(engine: Engine, maxMessages: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let handed = await take(engine, maxMessages); handed.length > 0;) {
    ids.push(...handed.map(({ id }) => id));
    handed = await take(engine, maxMessages);
  }
  return ids;
}

it.each([1, 3, 10, 39])(
  "GIVEN single messages given back together WHEN they are handed out again %i at a time THEN none is missing",
  async (maxMessages) => {
    const engine = aDeployment().process();
    const ids = await givenBack(engine);
    expect(await takeAll(engine, maxMessages)).toEqual(ids);
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

describe("a consumer that asks for many messages, and may take the bytes of one", () => {
  /** Messages in the largest record that it put. */
  async function largestPut(maxMessages: number, retries: readonly number[]) {
    const deployment = await withAudit({ topic: { partitions: 1 } });
    const { engine, clock } = deployment;
    const total = retries.reduce((sum, count) => sum + count, 0);
    await publishTexts(engine, "orders", ...Array.from({ length: total }, () => aText("x")));
    for (const count of retries) await retry(engine, await receive(engine, count), 3_600);
    await clock.sleep(2 * 3_600_000);
    const ids = new Set<string>();
    let largest = 0;
    const consumer = deployment.process((ports) =>
      portsAround(ports, ({ name, args }, carryOut) => {
        const { put = [] } = name === "progress.move" ? (args[1] as Move) : {};
        largest = Math.max(largest, ...put.map(({ spans }) => spanLength(spans)));
        return carryOut();
      }),
    );
    for (;;) {
      const handed = await receive(consumer, maxMessages, { maxBytes: 1 });
      if (handed.length === 0) return { largest, handedOut: ids.size, total };
      expect(handed.map(({ attempt }) => attempt)).toEqual([2]);
      ids.add(handed[0]?.id ?? "");
      await ack(consumer, handed);
    }
  }

  it.each([
    ["thousands of single retries", 100, Array.from({ length: 3_000 }, () => 1), 100],
    ["retries that do not add up to what it asks for", 10, Array.from({ length: 60 }, () => 7), 10],
    ["a retry larger than what it asks for", 10, [30, ...Array.from({ length: 60 }, () => 1)], 29],
  ])("GIVEN %s WHEN it takes them all THEN no record has grown", async (_, asksFor, retries, bound) => {
    const { largest, handedOut, total } = await largestPut(asksFor, retries);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(handedOut).toBe(total);
  });
});
