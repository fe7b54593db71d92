import { listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { listOpenMessages } from "../../../lib/operations/manage/open-messages.js";
import { settleMessage } from "../../../lib/operations/manage/settle-message.js";
import { allDone, aPush, failing, retryAfter, running } from "../a-push.js";
import { aText, publishTexts } from "../a-deployment.js";

const SINGLE = { maxConcurrency: 1, batch: { maxMessages: 1, maxBytes: 262_144, windowSeconds: 0 } };
const TEN_MINUTES_MS = 600_000;

it("GIVEN a pump at work on a message WHEN an operator ends the next one THEN it is not delivered", async () => {
  const push = await aPush(SINGLE, { partitions: 1 });
  const platform = running(push);
  push.answerWith(async () => {
    await push.clock.sleep(5_000);
    return allDone;
  });
  const [, b, c] = await publishTexts(
    push.engine,
    "orders",
    ...["a", "b", "c", "d"].map((body) => aText(body)),
  );
  await push.clock.advance(1_000);
  await settleMessage(push.engine, "orders", "ship", c ?? "", { outcome: "ack" });
  await push.clock.advance(120_000);
  platform.stop();
  expect([...new Set(push.done)].sort()).toEqual(["a", "b", "d"]);
  expect(push.done.filter((body) => body === "b")).toHaveLength(1);
  expect(b).toBeDefined();
});

it("GIVEN a message in its handler WHEN an operator rejects it THEN it is dead, whatever that says", async () => {
  const push = await aPush(SINGLE, { partitions: 1 });
  const platform = running(push);
  push.answerWith(async () => {
    await push.clock.sleep(5_000);
    return allDone;
  });
  const [a] = await publishTexts(push.engine, "orders", aText("a"), aText("b"));
  await push.clock.advance(1_000);
  const { items } = await listOpenMessages(push.engine, "orders", "ship", "waiting", { limit: 10 });
  expect(items.map(({ id }) => id)).toContain(a);
  await settleMessage(push.engine, "orders", "ship", a ?? "", { outcome: "reject", error: "stop" });
  await push.clock.advance(120_000);
  platform.stop();
  expect(push.done.filter((body) => body === "b")).toHaveLength(1);
  expect(push.done.filter((body) => body === "a").length).toBeLessThanOrEqual(1);
  const letters = await listDeadLetters(push.engine, "orders", "ship", {}, { limit: 10 });
  expect(letters.items).toMatchObject([{ id: a, isRejected: true, lastError: "stop" }]);
});

it("GIVEN a poison message that waits for an hour WHEN it is sent again, then ended THEN so it is", async () => {
  const push = await aPush({ ...SINGLE, ...retryAfter(3_600) }, { partitions: 1 });
  const platform = running(push);
  push.answerWith((messages) => Promise.resolve(failing(messages)));
  const [a] = await publishTexts(push.engine, "orders", aText("a"));
  await push.clock.advance(5_000);
  expect(push.deliveries).toHaveLength(1);
  await settleMessage(push.engine, "orders", "ship", a ?? "", { outcome: "retry" });
  await push.clock.advance(5_000);
  expect(push.deliveries.map(({ messages }) => messages[0]?.attempt)).toEqual([1, 2]);
  await settleMessage(push.engine, "orders", "ship", a ?? "", { outcome: "ack" });
  await push.clock.advance(2 * 3_600_000);
  platform.stop();
  expect(push.deliveries).toHaveLength(2);
});

it("GIVEN a retry with a delay of an idle subscription WHEN it is due THEN a timer wakes its pump", async () => {
  const push = await aPush({ ...SINGLE, ...retryAfter(3_600) }, { partitions: 1 });
  const platform = running(push);
  push.answerWith((messages) => Promise.resolve(failing(messages)));
  const [a] = await publishTexts(push.engine, "orders", aText("a"));
  await push.clock.advance(TEN_MINUTES_MS);
  push.answerWith(() => Promise.resolve(allDone));
  const saidAtMs = push.clock.nowMs();
  await settleMessage(push.engine, "orders", "ship", a ?? "", { outcome: "retry", delaySeconds: 90 });
  await push.clock.advance(TEN_MINUTES_MS);
  platform.stop();
  expect(push.done).toEqual(["a"]);
  const waitedMs = (push.deliveries[1]?.atMs ?? 0) - saidAtMs;
  expect(waitedMs).toBeGreaterThanOrEqual(90_000);
  expect(waitedMs).toBeLessThan(95_000);
});

it("GIVEN a target that takes nothing WHEN what is stuck is listed THEN all of it waits for the breaker", async () => {
  const push = await aPush(SINGLE, { partitions: 1 });
  const platform = running(push);
  push.answerWith(() => Promise.resolve({ kind: "unavailable", reason: "throttled", error: "429" }));
  await publishTexts(push.engine, "orders", aText("a"), aText("b"));
  await push.clock.advance(20_000);
  platform.stop();
  const states = ["waiting", "retrying"] as const;
  const lists = states.map((state) => listOpenMessages(push.engine, "orders", "ship", state, { limit: 10 }));
  const items = (await Promise.all(lists)).flatMap((list) => list.items);
  expect(items).toHaveLength(2);
  const waits = items.map(({ waitsFor, untilMs = 0 }) => [waitsFor, untilMs > push.clock.nowMs() - 20_000]);
  expect(waits.every(([waitsFor, isKnown]) => waitsFor !== "turn" && isKnown)).toBe(true);
  expect(waits.map(([waitsFor]) => waitsFor)).toContain("breaker");
});
