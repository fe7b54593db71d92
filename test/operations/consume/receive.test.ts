import { partitionOfKey } from "../../../lib/domain/topic.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import {
  ack,
  bodies,
  publishEach,
  publishTogether,
  receive,
  retry,
  settleAs,
  withAudit,
  withTimedAudit,
} from "../a-consumer.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { driven, recording } from "../ports-around.js";

const HOUR_MS = 3_600_000;

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

describe("receive", () => {
  it("hands out what was published, in order, whole", async () => {
    const { engine } = await withAudit();
    const more = {
      key: "k",
      tag: "created",
      attributes: { region: "eu", amount: 12.5, paid: true },
      businessKey: "7",
    };
    const [id] = await publishTexts(engine, "orders", aText("text", more), aText("second"));
    const received = await receive(engine);
    expect(received).toEqual([
      {
        ...aText("text", more),
        id,
        partition: 0,
        offset: START_MS * 1_000,
        publishedAtMs: START_MS,
        attempt: 1,
        firstReceivedAtMs: START_MS,
        receipt: expect.any(String) as string,
      },
      expect.objectContaining({ body: "second", offset: START_MS * 1_000 + 1 }),
    ]);
  });

  it("goes on in the midst of a slot, and over several", async () => {
    const { engine } = await withAudit();
    await publishTogether(engine, "a", "b", "c", "d");
    await publishTogether(engine, "e", "f");
    expect(bodies(await receive(engine, 3))).toEqual(["a", "b", "c"]);
    expect(bodies(await receive(engine, 2))).toEqual(["d", "e"]);
    expect(bodies(await receive(engine, 10))).toEqual(["f"]);
    expect(await receive(engine)).toEqual([]);
  });

  it("takes no more bytes than it may, attributes included, but a first message however large", async () => {
    const { engine } = await withAudit();
    const large = aText("x".repeat(600), { attributes: { note: "y".repeat(600) } });
    await publishTexts(engine, "orders", ...Array.from({ length: 5 }, () => large));
    expect(await receive(engine, 10, { maxBytes: 1_300 * 2 })).toHaveLength(2);
    expect(await receive(engine, 10, { maxBytes: 10 })).toHaveLength(1);
  });

  it("hands out again no more bytes than it may", async () => {
    const { engine } = await withAudit();
    const large = aText("x".repeat(600), { attributes: { note: "y".repeat(600) } });
    await publishTexts(engine, "orders", ...Array.from({ length: 5 }, () => large));
    await retry(engine, await receive(engine));
    expect(await receive(engine, 10, { maxBytes: 1_300 * 2 })).toHaveLength(2);
    expect(await receive(engine, 10, { maxBytes: 10 })).toHaveLength(1);
    expect(await receive(engine)).toHaveLength(2);
  });

  it("finds what lies in every partition", async () => {
    const { engine } = await withAudit({ topic: { ordering: "key", partitions: 16 } });
    const texts = names(100).map((body) => aText(body, { key: body }));
    await publishTexts(engine, "orders", ...texts);
    const found = new Set<unknown>();
    for (let look = 0; look < 16; look++) {
      for (const body of bodies(await receive(engine, 100))) found.add(body);
    }
    expect(found.size).toBe(100);
  });

  it("lets no partition starve beside one that always has something", async () => {
    const { engine, process, clock } = await withAudit({ topic: { ordering: "key", partitions: 2 } });
    const keyOf = (partition: number) => names(9).find((key) => partitionOfKey(key, 2) === partition);
    const [hot, cold] = [keyOf(0), keyOf(1)];
    const publishTo = (key = "", body = "") => publishTexts(engine, "orders", aText(body, { key }));
    await publishTo(hot, "busy");
    await ack(engine, await receive(engine));
    await publishTo(cold, "quiet");
    const seen: unknown[] = [];
    const calls: string[] = [];
    const consumer = process(recording(calls));
    for (let look = 0; look < 150; look++) {
      await publishTo(hot, "busy");
      clock.advance(20);
      const handed = await receive(consumer, 1);
      seen.push(...bodies(handed));
      await ack(consumer, handed);
    }
    expect(seen).toHaveLength(150);
    expect(seen.slice(0, 60)).toContain("quiet");
    // Staying is what keeps it cheap: the others are looked at now and then only.
    expect(calls.filter((name) => name === "log.read").length).toBeLessThan(160);
  });

  it("sees a partition that has just come into use", async () => {
    const { engine, process } = await withAudit({ topic: { ordering: "key" } });
    expect(await receive(engine)).toEqual([]);
    await publishTexts(process(), "orders", aText("x", { key: "k" }));
    expect(await receive(engine)).toHaveLength(1);
  });

  it("hands out nothing while the topic's deliveries are paused", async () => {
    const { engine } = await withAudit();
    await publishEach(engine, "a");
    await putTopic(engine, "orders", { paused: "delivery" });
    expect(await receive(engine)).toEqual([]);
    await putTopic(engine, "orders", { paused: "none" });
    expect(await receive(engine)).toHaveLength(1);
  });

  it("is refused of a subscription that is pushed, and of one that is not there", async () => {
    const { engine } = await withAudit();
    const functionArn = "arn:aws:lambda:eu-central-1:123456789012:function:ship";
    await putSubscription(engine, "orders", "ship", { target: { type: "lambda", functionArn } });
    const receiveOf = (subscription: string) =>
      receiveWaiting(engine, "orders", subscription, { maxMessages: 1, waitSeconds: 0 });
    await expect(receiveOf("ship")).rejects.toMatchObject({ code: "not-a-pull-subscription" });
    await expect(receiveOf("nobody")).rejects.toMatchObject({ code: "subscription-not-found" });
  });

  it("costs a fixed number of calls, whatever the backlog", async () => {
    const { engine, process } = await withAudit();
    for (let slot = 0; slot < 100; slot++) await publishTogether(engine, ...names(10));
    const calls: string[] = [];
    const consumer = process(recording(calls));
    await receive(consumer);
    calls.length = 0;
    await receive(consumer);
    expect(calls).toEqual(["subscriptions.get", "log.read", "progress.advance"]);
  });

  it("reads a slot once, however many receives share it", async () => {
    const { engine, process } = await withAudit();
    await publishTogether(engine, ...names(1_000));
    const calls: string[] = [];
    const consumer = process(recording(calls));
    await receive(consumer);
    calls.length = 0;
    for (let part = 1; part < 100; part++) expect(await receive(consumer)).toHaveLength(10);
    expect(calls).not.toContain("log.read");
  });
});

describe("a lease", () => {
  it("keeps its messages from others until its deadline; then they are handed out again, and counted", async () => {
    const { engine, process, clock } = await withAudit({ subscription: { ackDeadlineSeconds: 30 } });
    const ids = await publishTogether(engine, "a", "b");
    await receive(engine);
    clock.advance(29_999);
    expect(await receive(process())).toEqual([]);
    clock.advance(1);
    expect(await receive(process())).toMatchObject(
      ids.map((id) => ({ id, attempt: 2, firstReceivedAtMs: START_MS, publishedAtMs: START_MS })),
    );
    clock.advance(30_000);
    // Together again once; then one of them may be why their consumer never answered.
    for (const id of ids) expect(await receive(process())).toMatchObject([{ id, attempt: 3 }]);
  });

  it("lasts as long as its consumer asks for", async () => {
    const { engine, clock } = await withAudit();
    await publishEach(engine, "a");
    await receive(engine, 1, { ackDeadlineSeconds: 300 });
    clock.advance(299_999);
    expect(await receive(engine)).toEqual([]);
    clock.advance(1);
    expect(await receive(engine)).toHaveLength(1);
  });

  it("that expired is handed out again in smaller ones, each message once", async () => {
    const { engine, clock } = await withAudit();
    await publishTogether(engine, ...names(10));
    await receive(engine);
    clock.advance(30_000);
    const again = [await receive(engine, 4), await receive(engine, 4), await receive(engine, 4)];
    expect(again.map((handed) => handed.length)).toEqual([4, 4, 2]);
    expect(new Set(again.flatMap(bodies)).size).toBe(10);
    expect(again.flat().every(({ attempt }) => attempt === 2)).toBe(true);
  });

  it("that expired takes turns with what is new", async () => {
    const { engine, clock } = await withAudit();
    await publishEach(engine, "old", "new");
    await receive(engine, 1);
    clock.advance(30_000);
    const both = [await receive(engine, 1), await receive(engine, 1)];
    expect(both.flatMap(bodies).sort()).toEqual(["new", "old"]);
  });

  it("hands out again what is left of it, once the others are settled", async () => {
    const { engine, clock } = await withAudit();
    await publishTogether(engine, ...names(6));
    const handed = await receive(engine);
    await ack(engine, [handed[0], handed[2], handed[3]]);
    clock.advance(30_000);
    const again = await receive(engine);
    expect(bodies(again)).toEqual(["m1", "m4", "m5"]);
    expect(again.map(({ attempt }) => attempt)).toEqual([2, 2, 2]);
    expect(await ack(engine, again)).toEqual(["ok", "ok", "ok"]);
    clock.advance(HOUR_MS);
    expect(await receive(engine)).toEqual([]);
  });

  it("that is extended ends at its new deadline, later or sooner than it was", async () => {
    const { engine, clock } = await withAudit();
    await publishEach(engine, "a");
    const handed = await receive(engine);
    clock.advance(20_000);
    expect(await settleAs(engine, handed, { outcome: "extend", ackDeadlineSeconds: 60 })).toEqual(["ok"]);
    clock.advance(20_000);
    expect(await receive(engine)).toEqual([]);
    expect(await settleAs(engine, handed, { outcome: "extend", ackDeadlineSeconds: 5 })).toEqual(["ok"]);
    clock.advance(4_999);
    expect(await receive(engine)).toEqual([]);
    clock.advance(1);
    expect(await receive(engine)).toMatchObject([{ attempt: 2 }]);
  });
});

describe("a long poll", () => {
  it("waits for what is published meanwhile, and answers within a second of it", async () => {
    const { engine, process, clock } = await withTimedAudit();
    const polling = receive(engine, 10, { waitSeconds: 20 }).then((handed) => [handed, clock.nowMs()]);
    await clock.advance(12_345);
    await publishEach(process(), "late");
    const [handed, atMs] = await driven(clock, polling);
    expect(handed).toMatchObject([{ body: "late" }]);
    expect((atMs as number) - START_MS).toBeLessThanOrEqual(13_345);
  });

  it("waits for a lease to expire", async () => {
    const { engine, process, clock } = await withTimedAudit({ subscription: { ackDeadlineSeconds: 5 } });
    await publishEach(engine, "a");
    await receive(process());
    const again = await driven(clock, receive(engine, 10, { waitSeconds: 20 }));
    expect(again).toMatchObject([{ attempt: 2 }]);
  });

  it("ends empty after its time, and no later", async () => {
    const { engine, clock } = await withTimedAudit();
    const polling = receive(engine, 10, { waitSeconds: 20 }).then(() => clock.nowMs());
    expect(await driven(clock, polling)).toBe(START_MS + 20_000);
  });

  it("ends at once when it is called off", async () => {
    const { engine, clock } = await withTimedAudit();
    const stop = new AbortController();
    const polling = receiveWaiting(
      engine,
      "orders",
      "audit",
      { maxMessages: 1, waitSeconds: 20 },
      stop.signal,
    );
    await clock.advance(3_000);
    stop.abort();
    expect(await polling).toEqual([]);
    expect(clock.nowMs()).toBe(START_MS + 3_000);
  });
});

it("changes of the subscription count for the next receive", async () => {
  const { engine, clock } = await withAudit();
  await publishEach(engine, "a");
  await changeSubscription(engine, "orders", "audit", { ackDeadlineSeconds: 5 });
  await receive(engine);
  clock.advance(5_000);
  expect(await receive(engine)).toHaveLength(1);
});
