import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { aText, publishTexts } from "../a-deployment.js";
import { WANTED, publishTags } from "../a-filter.js";
import { aPush, allDone, running } from "../a-push.js";
import { CostChecker } from "../../simulation/checkers/cost-checker.js";
import { billed, recording } from "../ports-around.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const WIDE = { maxConcurrency: 100 };
const ORDERED: Partial<TopicSettings> = { ordering: "key", partitions: 1 };

const filtered = (settings: Partial<SubscriptionSettings> = {}, topic: Partial<TopicSettings> = {}) =>
  aPush({ filter: WANTED, ...settings }, { partitions: 1, ...topic });

it.each<[string, Partial<SubscriptionSettings>]>([
  ["one lane, which owns the head", {}],
  ["several lanes, which take blocks", WIDE],
])("GIVEN %s WHEN messages are pushed THEN those are that match", async (_, settings) => {
  const push = await filtered(settings);
  const platform = running(push);
  for (let slot = 0; slot < 20; slot++) await publishTags(push.engine, "bab");
  await push.clock.advance(30 * SECOND_MS);
  platform.stop();
  expect(push.done).toEqual(Array(20).fill("a1"));
  const state = await subscriptionState(push.engine, await findSubscription(push.engine, "orders", "ship"));
  expect(state).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0 });
});

it("GIVEN an ordered topic WHEN messages are pushed THEN what is left out holds up no key", async () => {
  const push = await filtered({}, ORDERED);
  const platform = running(push);
  const messages = ["b", "a", "b", "a", "b"].map((tag, at) => aText(`${tag}${at}`, { tag, key: "k" }));
  for (const message of messages) await publishTexts(push.engine, "orders", message);
  await push.clock.advance(30 * SECOND_MS);
  platform.stop();
  expect(push.done).toEqual(["a1", "a3"]);
});

it("GIVEN a pump that finds nothing that matches WHEN it ends THEN it wrote nothing but its lane", async () => {
  const push = await filtered();
  await publishTags(push.engine, "bbb");
  const calls: string[] = [];
  await Promise.all([push.pump({ replace: recording(calls) }), push.clock.advance(MINUTE_MS)]);
  expect(calls.filter((name) => /^progress\.(move|advance|settle)/.test(name))).toEqual([]);
  expect(calls.filter((name) => name === "locks.acquire")).toHaveLength(1);
  expect(push.starter.startedPumps).toEqual([]);
});

it("GIVEN one in ten thousand that matches WHEN it is pushed THEN it takes no more than any other", async () => {
  const push = await filtered();
  for (let slot = 1; slot < 10; slot++) await publishTags(push.engine, "b".repeat(1_000));
  await publishTags(push.engine, `${"b".repeat(999)}a`);
  const cost = new CostChecker();
  await Promise.all([push.pump({ replace: billed(cost) }), push.clock.advance(MINUTE_MS)]);
  expect(push.done).toEqual(["a999"]);
  expect(cost.total).toBe(3);
});

it("GIVEN thousands of messages nobody wants WHEN they are looked through THEN the head is behind them", async () => {
  const push = await filtered();
  for (let slot = 0; slot < 25; slot++) await publishTags(push.engine, "b".repeat(1_000));
  await publishTags(push.engine, "a");
  const calls: string[] = [];
  await Promise.all([push.pump({ replace: recording(calls) }), push.clock.advance(MINUTE_MS)]);
  expect(push.done).toEqual(["a0"]);
  expect(calls.filter((name) => name === "progress.move").length).toBeLessThan(6);
});

it("GIVEN a pump at work WHEN its filter changes THEN it delivers by the new one within ten seconds", async () => {
  const push = await filtered();
  const platform = running(push);
  push.answerWith(async () => {
    await push.clock.sleep(100);
    return allDone;
  });
  const publishing = new AbortController();
  const keepPublishing = async (): Promise<void> => {
    while (!publishing.signal.aborted) {
      await publishTags(push.engine, "ab");
      await push.clock.sleep(200);
    }
  };
  void keepPublishing();
  await push.clock.advance(10 * SECOND_MS);
  expect(push.done.length).toBeGreaterThan(10);
  await changeSubscription(push.engine, "orders", "ship", { filter: '{"tag":["b"]}' });
  await push.clock.advance(10 * SECOND_MS);
  const before = push.deliveries.length;
  await push.clock.advance(10 * SECOND_MS);
  publishing.abort();
  platform.stop();
  const bodies = push.deliveries.slice(before).flatMap(({ messages }) => messages.map(({ body }) => body));
  expect(new Set(bodies)).toEqual(new Set(["b1"]));
  expect(bodies.length).toBeGreaterThan(10);
});

it("GIVEN messages that nobody wanted WHEN the filter changes THEN the pump is started", async () => {
  const push = await filtered();
  const platform = running(push);
  await publishTags(push.engine, "bb");
  await push.clock.advance(2 * SECOND_MS);
  expect(push.done).toEqual([]);
  await changeSubscription(push.engine, "orders", "ship", { filter: null });
  await push.clock.advance(2 * SECOND_MS);
  platform.stop();
  expect(push.done).toEqual(["b0", "b1"]);
});
