import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { allDone, aPush, bodiesOf, failing, publishMany, retryAfter } from "../a-push.js";
import { aText, publishTexts } from "../a-deployment.js";
import { driven, portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
const sorted = (bodies: readonly string[]): string[] => [...bodies].sort();

describe("a pump", () => {
  it.each([
    ["one partition", {}, 1],
    ["all partitions", { ordering: "key" }, 40],
  ] as const)("delivers all that there is in %s, each once, and ends", async (_, topic, keys) => {
    const push = await aPush({}, topic);
    const all = await publishMany(push.engine, 500, 100, keys);
    await driven(push.clock, push.pump());
    expect(sorted(push.done)).toEqual(sorted(all));
    expect(push.deliveries.flatMap(({ messages }) => messages).every(({ attempt }) => attempt === 1)).toBe(
      true,
    );
  });

  it("delivers what comes while it is at work", async () => {
    const push = await aPush();
    push.answerWith(async () => {
      await push.clock.sleep(500);
      return allDone;
    });
    await publishMany(push.engine, 100, 10);
    const pumping = push.pump();
    await push.clock.advance(400);
    await publishMany(push.engine, 100, 10);
    await driven(push.clock, pumping);
    expect(push.done).toHaveLength(200);
  });

  it.each([
    [1, Array<number>(25).fill(1)],
    [10, [10, 10, 5]],
    [1_000, [25]],
  ])("puts at most %i messages into a delivery", async (maxMessages, sizes) => {
    const push = await aPush({ batch: { maxMessages, maxBytes: 262_144, windowSeconds: 0 } });
    await publishMany(push.engine, 25);
    await driven(push.clock, push.pump());
    expect(push.deliveries.map(({ messages }) => messages.length)).toEqual(sizes);
  });

  it.each([
    ["one pump", 10],
    ["several pumps", 40],
  ])("of %s counts all that its messages have against the bytes of a delivery", async (_, maxConcurrency) => {
    const push = await aPush({
      maxConcurrency,
      batch: { maxMessages: 10, maxBytes: 4_096, windowSeconds: 0 },
    });
    const large = [
      ...Array.from({ length: 3 }, () => aText("\u20ac".repeat(500))),
      ...Array.from({ length: 3 }, () => aText("", { attributes: { note: "x".repeat(1_500) } })),
    ];
    await publishTexts(push.engine, "orders", ...large, aText("x".repeat(9_000)));
    await driven(push.clock, push.pump());
    expect(push.deliveries.map(({ messages }) => messages.length)).toEqual([2, 2, 2, 1]);
  });

  it("hands nothing out while its subscription or its topic is paused", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    await driven(push.clock, push.pump());
    await changeSubscription(push.engine, "orders", "ship", { paused: false });
    await putTopic(push.engine, "orders", { paused: "delivery" });
    await driven(push.clock, push.pump());
    expect(push.deliveries).toEqual([]);
  });
});

describe("what fails", () => {
  it("alone is delivered again after its wait, with its attempt, and the others are not", async () => {
    const push = await aPush(retryAfter(30));
    let isBroken = true;
    push.answerWith(async (messages) => {
      const failed = messages.filter(({ body }) => isBroken && (body === "m3" || body === "m7"));
      return { kind: "answered", failedIds: new Set(failed.map(({ id }) => id)) };
    });
    await publishMany(push.engine, 10);
    await driven(push.clock, push.pump());
    isBroken = false;
    await push.clock.advance(29_000);
    await driven(push.clock, push.pump());
    expect(push.deliveries).toHaveLength(1);
    await push.clock.advance(2_000);
    await driven(push.clock, push.pump());
    expect(push.deliveries.slice(1).flatMap(({ messages }) => messages)).toMatchObject([
      { body: "m3", attempt: 2 },
      { body: "m7", attempt: 2 },
    ]);
    expect(sorted(push.done)).toEqual(sorted(bodiesOf(10)));
  });

  it.each([
    ["throws", () => Promise.reject(new Error("broken"))],
    ["says so of all", (messages: Parameters<typeof failing>[0]) => Promise.resolve(failing(messages))],
  ])("as a whole is delivered again: a handler that %s", async (_, broken) => {
    const push = await aPush({ ackDeadlineSeconds: 5 });
    push.answerWith(broken);
    await publishMany(push.engine, 30);
    await driven(push.clock, push.pump());
    expect(push.done).toEqual([]);
    push.answerWith(async () => allDone);
    await push.clock.advance(MINUTE_MS);
    await driven(push.clock, push.pump());
    expect(sorted(push.done)).toEqual(sorted(bodiesOf(30)));
  });

  it("in order keeps back what comes behind it of its key", async () => {
    const push = await aPush(
      { ackDeadlineSeconds: 5, batch: { maxMessages: 4, maxBytes: 262_144, windowSeconds: 0 } },
      { ordering: "key" },
    );
    let failures = 0;
    push.answerWith(async (messages) => {
      const bad = messages.filter(({ body }) => body === "m6" && failures++ < 2);
      return { kind: "answered", failedIds: new Set(bad.map(({ id }) => id)) };
    });
    await publishMany(push.engine, 20);
    for (let round = 0; round < 6; round++) {
      await driven(push.clock, push.pump());
      await push.clock.advance(6_000);
    }
    expect(new Set(push.done)).toEqual(new Set(bodiesOf(20)));
    const firstEnd = push.done.indexOf("m6");
    for (const later of bodiesOf(20).slice(7)) expect(push.done.lastIndexOf(later)).toBeGreaterThan(firstEnd);
  });
});

it("a pump that cannot renew its lane stops handing out, and leaves the rest to the next", async () => {
  const push = await aPush({
    maxConcurrency: 1,
    batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
  });
  push.answerWith(async () => {
    await push.clock.sleep(4_000);
    return allDone;
  });
  await publishMany(push.engine, 30);
  const losing = push.pump({
    replace: (ports) =>
      portsAround(ports, ({ name }, carryOut) =>
        name === "locks.renew" ? Promise.resolve("lost") : carryOut(),
      ),
  });
  await driven(push.clock, losing);
  expect(push.done.length).toBeLessThan(10);
  await driven(push.clock, push.pump());
  expect(new Set(push.done)).toEqual(new Set(bodiesOf(30)));
});
