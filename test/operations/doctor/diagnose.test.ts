import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Finding } from "../../../lib/domain/finding.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";
import { type Diagnosis, diagnose } from "../../../lib/operations/doctor/diagnose.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { type Deployment, aText, aTimedDeployment, publishTexts } from "../a-deployment.js";
import { portsAround, recording } from "../ports-around.js";
import type { MemoryClock } from "../../../lib/adapters/memory/clock.js";

const MAX_AGE_MS = 300_000;

/** Topics with a message for each of their subscriptions, of which none was received for six minutes. */
async function withTopics(subscriptions: Readonly<Record<string, number>>) {
  const deployment = aTimedDeployment();
  const engine = deployment.process();
  for (const [topic, count] of Object.entries(subscriptions)) {
    await putTopic(engine, topic, { partitions: 1 });
    for (let number = 0; number < count; number++)
      await putSubscription(engine, topic, `s${String(number).padStart(2, "0")}`, {});
    await publishTexts(engine, topic, aText("one"));
  }
  await deployment.clock.advance(MAX_AGE_MS + 60_000);
  await sweep(engine, { deadlineMs: deployment.clock.nowMs() + 60_000 });
  return { ...deployment, engine };
}

async function all(
  engine: Engine,
  request: { topic?: string; limit: number },
): Promise<readonly Diagnosis[]> {
  const pages: Diagnosis[] = [];
  let cursor: string | undefined;
  do {
    const page = await diagnose(engine, { maxAgeMs: MAX_AGE_MS, ...request, ...(cursor ? { cursor } : {}) });
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== undefined && pages.length < 100);
  return pages;
}

const names = (findings: readonly Finding[]) =>
  findings.map(({ topic, subscription }) => `${topic} ${subscription}`);
const expected = (subscriptions: Readonly<Record<string, number>>) =>
  Object.entries(subscriptions).flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, number) => `${topic} s${String(number).padStart(2, "0")}`),
  );

const TOPICS = { bills: 3, carts: 0, orders: 20, returns: 1 };

it.each([1, 2, 7, 100])("looks at each once, with answers of %i looks", async (limit) => {
  const { engine } = await withTopics(TOPICS);
  const pages = await all(engine, { limit });
  const found = pages.flatMap(({ findings }) => findings);
  expect(found.every(({ code }) => code === "not-received")).toBe(true);
  expect(names(found)).toEqual(expected(TOPICS));
  const sum = (of: "topics" | "subscriptions"): number =>
    pages.reduce((total, { looked }) => total + looked[of], 0);
  expect([sum("topics"), sum("subscriptions")]).toEqual([4, 24]);
  // A page of subscriptions is looked at together.
  for (const { looked } of pages) expect(looked.topics + looked.subscriptions).toBeLessThan(limit + 8);
});

it("GIVEN looks that take long THEN an answer ends in time, and the next one goes on", async () => {
  const deployment = await withTopics(TOPICS);
  const engine = slow(deployment, 4_000);
  const pages = await all(engine, { limit: 100 });
  expect(pages.length).toBeGreaterThan(1);
  expect(names(pages.flatMap(({ findings }) => findings))).toEqual(expected(TOPICS));
});

/** Each look at some subscriptions takes so long. */
const slow = ({ process, clock }: Deployment<MemoryClock>, tookMs: number): Engine =>
  process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "subscriptions.list") await clock.advance(tookMs);
      return await carryOut();
    }),
  );

it("GIVEN a topic that is deleted between two answers THEN the next one goes on behind it", async () => {
  const { engine } = await withTopics({ bills: 1, carts: 0, orders: 1 });
  const first = await diagnose(engine, { maxAgeMs: MAX_AGE_MS, limit: 3 });
  expect(first.looked).toEqual({ topics: 2, subscriptions: 1 });
  await deleteTopic(engine, "carts");
  const cursor = first.nextCursor as string;
  const second = await diagnose(engine, { maxAgeMs: MAX_AGE_MS, limit: 10, cursor });
  expect(names(second.findings)).toEqual(["orders s00"]);
  expect(second.nextCursor).toBeUndefined();
});

it("looks at the queue itself once, in the first answer", async () => {
  const { engine, clock } = await withTopics({ bills: 1, orders: 1 });
  await clock.advance(6 * 60_000);
  const pages = await all(engine, { limit: 1 });
  const silent = pages.map(({ findings }) => findings.filter(({ code }) => code === "clock-silent").length);
  expect(silent).toEqual([1, ...pages.slice(1).map(() => 0)]);
});

it("GIVEN what cannot be read THEN that is a finding, and hides nothing else", async () => {
  const { process } = await withTopics({ bills: 2, orders: 1 });
  const engine = process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const [about] = args as readonly [{ readonly name?: string } | undefined];
      if (name === "progress.totals" && about?.name === "s01") throw new StorageUnavailable("the test");
      if (name === "schedules.list" && about?.name === "orders") throw new Error("a bug");
      if (name === "timers.due") throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const [page] = await all(engine, { limit: 100 });
  expect(page?.findings.map(({ code, topic, subscription }) => [code, topic, subscription])).toEqual([
    ["not-looked-at", undefined, undefined],
    ["not-received", "bills", "s00"],
    ["not-looked-at", "bills", "s01"],
    ["not-looked-at", "orders", undefined],
    ["not-received", "orders", "s00"],
  ]);
});

it("GIVEN one topic THEN it looks at that alone, and goes on with its own cursors only", async () => {
  const { engine } = await withTopics(TOPICS);
  const pages = await all(engine, { topic: "orders", limit: 5 });
  expect(names(pages.flatMap(({ findings }) => findings))).toEqual(expected({ orders: 20 }));
  const cursor = pages[0]?.nextCursor as string;
  const other = diagnose(engine, { maxAgeMs: MAX_AGE_MS, limit: 5, topic: "bills", cursor });
  await expect(other).rejects.toMatchObject({ code: "invalid-request" });
  const none = diagnose(engine, { maxAgeMs: MAX_AGE_MS, limit: 5, topic: "none" });
  await expect(none).rejects.toMatchObject({ code: "topic-not-found" });
});

it.each([
  "nonsense",
  Buffer.from("k:{}x").toString("base64url"),
  Buffer.from('k:{"page":7}').toString("base64url"),
])("refuses a cursor that is none: %s", async (cursor) => {
  const { engine } = await withTopics({});
  const looking = diagnose(engine, { maxAgeMs: MAX_AGE_MS, limit: 5, cursor });
  await expect(looking).rejects.toMatchObject({ code: "invalid-request" });
});

it("GIVEN a topic that is idle THEN it costs the same few reads, however many partitions it has", async () => {
  const { process, engine } = await withTopics({ orders: 1 });
  for (const mark of (await engine.marks.list({ limit: 10 })).items) await engine.marks.remove(mark);
  const calls: string[] = [];
  const page = await diagnose(process(recording(calls)), { maxAgeMs: MAX_AGE_MS, limit: 100 });
  expect(page.findings).toEqual([]);
  expect(calls.filter((call) => call.startsWith("log."))).toEqual([]);
  expect(calls.length).toBeLessThan(20);
});
