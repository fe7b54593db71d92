import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { ack, bodies, receive, withAudit, withTimedAudit } from "../a-consumer.js";
import { WANTED, publishTags } from "../a-filter.js";
import { CostChecker } from "../../simulation/checkers/cost-checker.js";
import { billed, driven, recording } from "../ports-around.js";

const MINUTE_MS = 60_000;
const FILTERED = { topic: { partitions: 1 }, subscription: { filter: WANTED } };
const WRITES = /^progress\.(advance|move|settle)/;

const stateOf = async (engine: Awaited<ReturnType<typeof withAudit>>["engine"]) =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "audit"));

it("GIVEN a filter WHEN messages are received THEN those come that match, in full batches", async () => {
  const { engine } = await withAudit(FILTERED);
  for (let slot = 0; slot < 8; slot++) await publishTags(engine, "bab");
  const first = await receive(engine, 5);
  expect(bodies(first)).toEqual(Array(5).fill("a1"));
  const second = await receive(engine, 10);
  expect(second).toHaveLength(3);
  expect(await ack(engine, [...first, ...second])).toEqual(Array(8).fill("ok"));
  expect(await receive(engine)).toEqual([]);
  expect(await stateOf(engine)).toMatchObject({ backlog: 0, inFlight: 0, expired: 0, oldestUnackedAgeMs: 0 });
});

it("GIVEN nothing that matches WHEN it is looked for THEN nothing is written, nor read twice", async () => {
  const { engine, process } = await withAudit(FILTERED);
  for (let slot = 0; slot < 20; slot++) await publishTags(engine, "bbbbbbbbbb");
  const calls: string[] = [];
  const consumer = process(recording(calls));
  for (let look = 0; look < 5; look++) expect(await receive(consumer)).toEqual([]);
  expect(calls.filter((name) => WRITES.test(name))).toEqual([]);
  await publishTags(engine, "ba");
  calls.splice(0);
  expect(bodies(await receive(consumer))).toEqual(["a1"]);
  expect(calls.filter((name) => WRITES.test(name))).toHaveLength(1);
  // WHEN it is read from there by a process that knows nothing, THEN the head is behind all of it
  expect(await receive(process())).toEqual([]);
  expect((await stateOf(engine)).inFlight).toBe(1);
});

it("GIVEN thousands of messages nobody wants WHEN they are looked through THEN the head follows", async () => {
  const { engine, process } = await withAudit(FILTERED);
  for (let slot = 0; slot < 6; slot++) await publishTags(engine, "b".repeat(500));
  const calls: string[] = [];
  expect(await receive(process(recording(calls)))).toEqual([]);
  const writes = calls.filter((name) => WRITES.test(name));
  expect(writes.length).toBeGreaterThan(0);
  expect(writes.length).toBeLessThanOrEqual(3);
  const cursor = await engine.progress.cursor(
    (await findSubscription(engine, "orders", "audit")).subscription,
    0,
  );
  expect(cursor?.head).toBe(START_MS * 1_000 + 3_000);
});

it("GIVEN one in ten thousand that matches WHEN it is consumed THEN it takes no more than any other", async () => {
  const { engine, process } = await withAudit(FILTERED);
  for (let slot = 1; slot < 10; slot++) await publishTags(engine, "b".repeat(1_000));
  await publishTags(engine, `${"b".repeat(999)}a`);
  const cost = new CostChecker();
  const consumer = process(billed(cost));
  const handed = await receive(consumer);
  expect(bodies(handed)).toEqual(["a999"]);
  await ack(consumer, handed);
  expect(cost.total).toBe(2);
});

it("GIVEN a key of which some messages match WHEN it is consumed in order THEN the others hold up none", async () => {
  const { engine } = await withAudit({
    topic: { ordering: "key", partitions: 1 },
    subscription: { filter: WANTED },
  });
  for (const tag of ["b", "a", "b", "b", "a", "b"])
    await publishTexts(engine, "orders", aText(tag, { tag, key: "k" }));
  for (let round = 0; round < 2; round++) {
    const handed = await receive(engine, 1);
    expect(bodies(handed)).toEqual(["a"]);
    expect(await receive(engine)).toEqual([]);
    await ack(engine, handed);
  }
  expect(await stateOf(engine)).toMatchObject({ backlog: 0 });
});

it("GIVEN a filter WHEN its backlog is counted THEN only what matches is", async () => {
  const { engine, clock } = await withAudit(FILTERED);
  await publishTags(engine, "bbb");
  clock.advance(10_000);
  await publishTags(engine, "baba");
  clock.advance(5_000);
  expect(await stateOf(engine)).toMatchObject({ backlog: 2, oldestUnackedAgeMs: 5_000 });
  expect(await stateOf(engine)).not.toHaveProperty("isEstimate");
});

it("GIVEN a long backlog WHEN it is counted THEN what was not looked at is estimated, and it says so", async () => {
  const { engine } = await withAudit(FILTERED);
  for (let slot = 0; slot < 5; slot++) await publishTags(engine, "babb".repeat(100));
  expect(await stateOf(engine)).toMatchObject({ backlog: 500, isEstimate: true });
});

it("GIVEN messages that expire unread WHEN they are passed THEN those count that match", async () => {
  const { engine, clock } = await withAudit({
    ...FILTERED,
    topic: { partitions: 1, retentionSeconds: 3_600 },
  });
  const expiresAtMs = clock.nowMs() + 1_000;
  const texts = ["a", "b", "a", "b"].map((tag) => aText(tag, { tag, expiresAtMs }));
  await publishTexts(engine, "orders", ...texts, aText("last", { tag: "a" }));
  clock.advance(2_000);
  expect(await stateOf(engine)).toMatchObject({ backlog: 1, expired: 2 });
  expect(bodies(await receive(engine))).toEqual(["last"]);
  expect(await stateOf(engine)).toMatchObject({ expired: 2 });
  await publishTags(engine, "bab");
  clock.advance(3_601_000);
  expect(await stateOf(engine)).toMatchObject({ backlog: 0 });
  await receive(engine);
  expect((await stateOf(engine)).expired).toBe(4);
});

it("GIVEN a message that waits for a retry WHEN the filter leaves it out THEN it still comes", async () => {
  const { engine } = await withAudit(FILTERED);
  await publishTags(engine, "aa");
  const [first] = await receive(engine, 1);
  await changeSubscription(engine, "orders", "audit", { filter: '{"tag":["b"]}' });
  expect(await receive(engine)).toEqual([]);
  expect(await ack(engine, first ? [first] : [])).toEqual(["ok"]);
});

it("GIVEN messages that were passed over WHEN the filter changes THEN they stay so until a seek", async () => {
  const { engine, clock } = await withAudit(FILTERED);
  await publishTags(engine, "ba");
  await ack(engine, await receive(engine));
  await changeSubscription(engine, "orders", "audit", { filter: '{"tag":["b"]}' });
  expect(await receive(engine)).toEqual([]);
  await seek(engine, "orders", "audit", "earliest");
  clock.advance(10_000);
  expect(bodies(await receive(engine))).toEqual(["b0"]);
});

it("GIVEN messages that were looked at and not passed WHEN they match a new filter THEN they come", async () => {
  const { engine } = await withAudit(FILTERED);
  await publishTags(engine, "bb");
  expect(await receive(engine)).toEqual([]);
  await changeSubscription(engine, "orders", "audit", { filter: null });
  expect(bodies(await receive(engine))).toEqual(["b0", "b1"]);
});

it("GIVEN a process that stood still WHILE its filter changed THEN it passes over nothing", async () => {
  const { engine, process, clock } = await withAudit(FILTERED);
  const stale = process(({ log }) => ({
    log: {
      ...log,
      read: async (...args) => {
        // It has looked up the subscription, and stands still.
        if (clock.nowMs() < START_MS + MINUTE_MS) {
          await changeSubscription(engine, "orders", "audit", { filter: '{"tag":["b"]}' });
          await publishTags(engine, "ba");
          clock.advance(2 * MINUTE_MS);
        }
        return await log.read(...args);
      },
    },
  }));
  await publishTags(engine, "c");
  expect(bodies(await receive(stale))).toEqual(["b0"]);
});

it("GIVEN a topic in which nothing comes that matches WHEN it is quiet THEN it loses its mark", async () => {
  const { engine, process, clock } = await withTimedAudit(FILTERED);
  const { topic } = await findSubscription(engine, "orders", "audit");
  await publishTags(engine, "bcb");
  for (let minute = 0; minute < 25; minute++) {
    await clock.advance(MINUTE_MS);
    await driven(clock, sweep(process(), { deadlineMs: clock.nowMs() + MINUTE_MS }));
  }
  expect(await engine.marks.get(topic)).toBeUndefined();
  const calls: string[] = [];
  const consumer = process(recording(calls));
  const poll = { maxMessages: 10, waitSeconds: 20 };
  expect(await driven(clock, receiveWaiting(consumer, "orders", "audit", poll))).toEqual([]);
  expect(calls.filter((name) => name === "log.read").length).toBeLessThan(4);
  await publishTags(engine, "a");
  expect(bodies(await driven(clock, receiveWaiting(consumer, "orders", "audit", poll)))).toEqual(["a0"]);
});
