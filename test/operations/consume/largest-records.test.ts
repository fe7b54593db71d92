import { cursorItem, dueItem, progressKey } from "../../../lib/adapters/dynamodb/items/progress-item.js";
import {
  ITEM_LIMIT_BYTES,
  TRANSACTION_LIMIT_BYTES,
  itemBytes,
} from "../../../lib/adapters/dynamodb/items/item-size.js";
import type { Move } from "../../../lib/domain/progress/records.js";
import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { ack, receive, retry, settleEach, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";

/** What one consumer may ask for. */
const MOST_MESSAGES = 1_000;
/** Names as long as they may be. */
const LONGEST = "x".repeat(80);
const WRITER = "w".repeat(36);

const sizesOf = (subscription: SubscriptionRef, { cursor, put = [] }: Move): number[] => {
  const pk = progressKey({ ...subscription, name: LONGEST, topic: { ...subscription.topic, name: LONGEST } });
  const items = [
    ...(cursor ? [cursorItem(pk, cursor.partition, cursor.next, WRITER)] : []),
    ...put.map((due) => dueItem(pk, { ...due, done: due.spans.map(({ from }) => from) }, WRITER)),
  ];
  return items.map(itemBytes);
};

/** The largest record, with all of it settled, and the largest move that its processes make. */
async function weighed(topic: Partial<TopicSettings> = {}) {
  const largest = { recordBytes: 0, moveBytes: 0 };
  const weigh = (ports: Ports): Partial<Ports> =>
    portsAround(ports, ({ name, args }, carryOut) => {
      if (name === "progress.move") {
        const sizes = sizesOf(args[0] as SubscriptionRef, args[1] as Move);
        largest.recordBytes = Math.max(largest.recordBytes, ...sizes);
        largest.moveBytes = Math.max(
          largest.moveBytes,
          sizes.reduce((sum, sizeBytes) => sum + sizeBytes, 0),
        );
      }
      return carryOut();
    });
  const deployment = await withAudit({ topic: { partitions: 1, ...topic } });
  return { ...deployment, largest, process: () => deployment.process(weigh) };
}

/** Messages of which every other one has expired: no two that are left are neighbours. */
async function withGaps(topic?: Partial<TopicSettings>) {
  const all = await weighed(topic);
  const { engine, clock } = all;
  const expiresAtMs = clock.nowMs() + 1;
  const slot = Array.from({ length: MOST_MESSAGES }, (_, at) =>
    aText("x", {
      ...(at % 2 === 0 ? {} : { expiresAtMs }),
      ...(topic?.ordering ? { key: "k" } : {}),
    }),
  );
  for (let count = 0; count < 2; count++) await publishTexts(engine, "orders", ...slot);
  await clock.sleep(1_000);
  return all;
}

describe("the largest records that operations make stay far below what an item can have", () => {
  it("for a lease of all that one look can find, no message beside the other", async () => {
    const { process, largest } = await withGaps();
    expect(await receive(process(), MOST_MESSAGES)).toHaveLength(MOST_MESSAGES / 2);
    expect(largest.recordBytes).toBeGreaterThan(30_000);
    expect(largest.recordBytes).toBeLessThan(ITEM_LIMIT_BYTES / 4);
    // Who lost races takes 24 shares of that, and leaves the rest as retries.
    expect(24 * largest.moveBytes).toBeLessThan(TRANSACTION_LIMIT_BYTES / 2);
  });

  it("for what is left of it, whatever becomes of each message", async () => {
    const { process, largest } = await withGaps();
    const engine = process();
    const messages = await receive(engine, MOST_MESSAGES);
    const outcomes = await settleEach(
      engine,
      messages.map((message, at) => [
        message,
        at % 3 === 0 ? { outcome: "ack" } : { outcome: "retry", delaySeconds: at % 2 },
      ]),
    );
    expect(new Set(outcomes)).toEqual(new Set(["ok"]));
    expect(largest.recordBytes).toBeLessThan(ITEM_LIMIT_BYTES / 4);
  });

  it("for a cursor with ordering, when a lease comes back one message at a time", async () => {
    // GIVEN
    const { process, largest } = await withGaps({ ordering: "key" });
    const engine = process();
    const messages = await receive(engine, MOST_MESSAGES);
    await retry(engine, messages);
    const leaseBytes = largest.recordBytes;
    // WHEN
    for (let count = 0; count < messages.length; count++) {
      const one = await receive(engine, 1);
      expect(one).toHaveLength(1);
      await ack(engine, one);
    }
    // THEN what waits for the first of the key takes a time each, and no more
    expect(largest.recordBytes).toBeLessThan(2 * leaseBytes);
    expect(largest.recordBytes).toBeLessThan(ITEM_LIMIT_BYTES / 4);
  });

  it("for retries of single messages that are put together again and again", async () => {
    // GIVEN as many retries as messages, and a consumer that asks for a thousand and can take one
    const { process, largest, clock } = await weighed();
    const engine = process();
    await publishTexts(engine, "orders", ...Array.from({ length: MOST_MESSAGES }, () => aText("x")));
    for (let at = 0; at < MOST_MESSAGES; at++) await retry(engine, await receive(engine, 1), 3_600);
    await clock.sleep(2 * 3_600_000);
    // WHEN
    for (let at = 0; at < 200; at++)
      expect(await receive(engine, MOST_MESSAGES, { maxBytes: 1 })).toHaveLength(1);
    // THEN
    expect(largest.recordBytes).toBeLessThan(ITEM_LIMIT_BYTES / 2);
  });
});
