import { cursorIn } from "../../../lib/operations/consume/known-cursors.js";
import { mayWantAhead } from "../../../lib/operations/consume/may-want-ahead.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import { receive, withAudit } from "../a-consumer.js";
import { WANTED, publishTags } from "../a-filter.js";
import { START_MS } from "../a-deployment.js";
import { recording } from "../ports-around.js";

/** Where a new log begins. */
const BASE = START_MS * 1_000;

/** A subscription that nobody consumes, behind slots with these tags. */
async function behind(slots: readonly string[], subscription: Partial<SubscriptionSettings> = {}) {
  const audit = await withAudit({
    topic: { partitions: 1 },
    subscription: { filter: WANTED, ...subscription },
  });
  const calls: string[] = [];
  const engine = audit.process(recording(calls));
  for (const tags of slots) await publishTags(engine, tags);
  const end = BASE + slots.join("").length;
  const head = async () =>
    (await engine.progress.cursor((await findSubscription(engine, "orders", "audit")).subscription, 0))?.head;
  const look = async (process = engine) => {
    const reader = await findSubscription(process, "orders", "audit");
    const stored = await process.progress.cursor(reader.subscription, 0);
    const cursor = cursorIn(reader.subscription, 0, stored);
    calls.splice(0);
    return await mayWantAhead(process, reader, 0, cursor, end);
  };
  return { ...audit, engine, look, head, calls };
}

it("is sure that nothing matches, and remembers it", async () => {
  const { look, calls, head } = await behind(["bb", "cc"]);
  expect(await look()).toBe(false);
  expect(calls).toContain("log.read");
  expect(await look()).toBe(false);
  expect(calls).toEqual([]);
  expect(await head()).toBeUndefined();
});

it.each([["bb", "ca"], ["abbb"]])("finds a match in %s", async (...slots) => {
  const { look } = await behind(slots);
  expect(await look()).toBe(true);
});

it("opens what headers do not tell", async () => {
  const body = '{"body":["x"]}';
  const { look, engine } = await behind(["bb"], { filter: body });
  expect(await look()).toBe(false);
  await changeSubscription(engine, "orders", "audit", { filter: '{"body":[{"exists":false}]}' });
  expect(await look()).toBe(true);
});

it("looks again once the filter has changed", async () => {
  const { look, engine } = await behind(["bb"]);
  expect(await look()).toBe(false);
  await changeSubscription(engine, "orders", "audit", { filter: '{"tag":["b"]}' });
  expect(await look()).toBe(true);
});

it("has everything wanted without a filter", async () => {
  const { look, engine } = await behind(["bb"]);
  await changeSubscription(engine, "orders", "audit", { filter: null });
  expect(await look()).toBe(true);
});

it("moves a head that nobody else moves past much that is left out, so that others need not read it", async () => {
  const { look, head, calls, process } = await behind(Array.from({ length: 12 }, () => "b".repeat(1_000)));
  expect(await look()).toBe(false);
  expect(await head()).toBe(BASE + 12_000);
  calls.splice(0);
  expect(await look(process())).toBe(false);
  expect(calls).toEqual([]);
});

it("leaves what has expired to who counts it", async () => {
  const { look, clock } = await behind(["ab"]);
  clock.advance(4 * 86_400_000);
  expect(await look()).toBe(true);
});

it("GIVEN a consumer that found nothing WHEN the same process looks THEN it knows that", async () => {
  const { look, engine, calls } = await behind(["bb", "cc"]);
  expect(await receive(engine)).toEqual([]);
  expect(await look()).toBe(false);
  expect(calls).toEqual([]);
});
