import type { Handed } from "../../../lib/domain/handed.js";
import { aText, publishTexts } from "../a-deployment.js";
import { type Push, aPush, allDone, failing, publishMany, retryAfter, running } from "../a-push.js";
import { driven } from "../ports-around.js";

const SECOND_MS = 1_000;
const ONE = { ordering: "key", partitions: 1 } as const;
const EACH = { batch: { maxMessages: 1, maxBytes: 65_536, windowSeconds: 0 } };

/** Whether every key's messages were done in the order of their publishes. */
function outOfOrder(push: Push, keyOf: (body: string) => string): readonly string[] {
  const last = new Map<string, number>();
  return push.done.filter((body) => {
    const number = Number(body.slice(1));
    const before = last.get(keyOf(body)) ?? -1;
    last.set(keyOf(body), Math.max(before, number));
    return number < before;
  });
}

/** Tells of deliveries of a key while another of that key is under way. */
function watchingKeys(handler: (messages: readonly Handed[]) => Promise<ReturnType<typeof failing>>) {
  const underWay = new Set<string>();
  const twice: string[] = [];
  const watched = async (messages: readonly Handed[]) => {
    const keys = new Set(messages.map(({ key }) => String(key)));
    for (const key of keys) if (underWay.has(key)) twice.push(key);
    for (const key of keys) underWay.add(key);
    try {
      return await handler(messages);
    } finally {
      for (const key of keys) underWay.delete(key);
    }
  };
  return { watched, twice };
}

describe("GIVEN an ordered subscription with one partition", () => {
  it("WHEN 50 keys have messages THEN 20 are delivered at once, and never two of a key", async () => {
    const push = await aPush({ maxConcurrency: 20, ...EACH }, ONE);
    const { watched, twice } = watchingKeys(async () => {
      await push.clock.sleep(SECOND_MS);
      return allDone;
    });
    push.answerWith(watched);
    const { stop } = running(push);
    await publishMany(push.engine, 200, 100, 50);
    await push.clock.advance(30 * SECOND_MS);
    stop();
    expect([push.mostAtOnce(), push.done.length, twice]).toEqual([20, 200, []]);
    expect(outOfOrder(push, (body) => String(Number(body.slice(1)) % 50))).toEqual([]);
  });

  it("WHEN a key fails THEN the others go on, and its later messages wait for it", async () => {
    const push = await aPush({ maxConcurrency: 10, ...EACH, ...retryAfter(60) }, ONE);
    let isBroken = true;
    push.answerWith(async (messages) =>
      isBroken && messages.some(({ key }) => key === "k0") ? failing(messages) : allDone,
    );
    const { stop } = running(push);
    await publishMany(push.engine, 100, 20, 5);
    await push.clock.advance(20 * SECOND_MS);
    const ofBroken = push.deliveries.filter(({ messages }) => messages.some(({ key }) => key === "k0"));
    expect([push.done.length, ofBroken.length]).toEqual([80, 1]);
    isBroken = false;
    await push.clock.advance(60 * SECOND_MS);
    stop();
    expect(push.done).toHaveLength(100);
    expect(outOfOrder(push, (body) => String(Number(body.slice(1)) % 5))).toEqual([]);
    expect([...push.storage.progress.values()].flatMap(({ due }) => [...due.values()])).toEqual([]);
  });

  it("WHEN the pump ends while a key waits for its retry THEN the next pump keeps the key's order", async () => {
    const push = await aPush({ maxConcurrency: 4, ...EACH, ...retryAfter(30) }, ONE);
    let isBroken = true;
    push.answerWith(async (messages) =>
      isBroken && messages.some(({ key }) => key === "k0") ? failing(messages) : allDone,
    );
    await publishMany(push.engine, 40, 40, 4);
    await driven(push.clock, push.pump());
    expect(push.done).toHaveLength(30);
    isBroken = false;
    await publishMany(push.engine, 8, 8, 4);
    await driven(push.clock, push.pump());
    // Of the key that waits for its retry, nothing came.
    expect(push.done).toHaveLength(36);
    await push.clock.advance(30 * SECOND_MS);
    await driven(push.clock, push.pump());
    expect(push.done).toHaveLength(48);
    const ofBroken = push.deliveries.flatMap(({ messages }) => messages.filter(({ key }) => key === "k0"));
    expect(ofBroken.slice(1).map(({ offset }) => offset)).toEqual(
      [...ofBroken.slice(1).map(({ offset }) => offset)].sort((a, b) => a - b),
    );
  });

  it("WHEN the pump runs out of time THEN a key's later messages wait for the delivery that is under way", async () => {
    const push = await aPush({ maxConcurrency: 4, ...EACH, ackDeadlineSeconds: 600 }, ONE);
    const { watched, twice } = watchingKeys(async (messages) => {
      await push.clock.sleep(messages[0]?.key === "k0" ? 90 * SECOND_MS : SECOND_MS);
      return allDone;
    });
    push.answerWith(watched);
    const { stop } = running(push);
    await publishMany(push.engine, 12, 12, 3);
    await push.clock.advance(500 * SECOND_MS);
    stop();
    expect([push.done.length, twice]).toEqual([12, []]);
    expect(outOfOrder(push, (body) => String(Number(body.slice(1)) % 3))).toEqual([]);
  });
});

it("GIVEN 1,000 keys and a handler of 100 ms WHEN 32 may be under way THEN at least 280 a second come", async () => {
  const push = await aPush({ maxConcurrency: 32, ...EACH }, { ordering: "key" });
  push.answerWith(async () => {
    await push.clock.sleep(100);
    return allDone;
  });
  for (let at = 0; at < 30; at++) {
    const texts = Array.from({ length: 100 }, (_, index) =>
      aText(`m${at * 100 + index}`, { key: `k${(at * 100 + index) % 1_000}` }),
    );
    await publishTexts(push.engine, "orders", ...texts);
  }
  const startMs = push.clock.nowMs();
  const pumped = push.pump();
  await push.clock.advance(10 * SECOND_MS);
  const came = push.deliveries.filter(({ atMs }) => atMs - startMs < 8 * SECOND_MS).length;
  expect(came / 8).toBeGreaterThanOrEqual(280);
  await push.clock.advance(10 * SECOND_MS);
  await pumped;
  expect([push.done.length, push.mostAtOnce()]).toEqual([3_000, 32]);
});
