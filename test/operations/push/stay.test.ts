import { Stay, stayFor, stayOfOrdered } from "../../../lib/operations/push/stay.js";
import { laneName } from "../../../lib/domain/lane.js";
import type { Topic } from "../../../lib/domain/topic.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { dispatch } from "../../../lib/operations/push/dispatch.js";
import { pump } from "../../../lib/operations/push/pump.js";
import { type Push, aPush, partitionsOf, publishMany, refOf } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const STREAM_MS = 60;
const MINUTE_MS = 60_000;

describe("a pump that has caught up", () => {
  it.each([
    ["was not told of a doorbell before", undefined],
    ["was told of one that rang long before", 301],
  ])("does not stay if it %s", (_, gapMs) => {
    expect(new Stay(gapMs, 1_000).untilMs).toBe(0);
  });

  it.each([
    [10, 250],
    [100, 400],
    [200, 800],
    [300, 1_000],
  ])("stays for the next message of a trickle, one each %i ms, for %i ms", (gapMs, staysMs) => {
    expect(new Stay(gapMs, 1_000).untilMs).toBe(1_000 + staysMs);
  });

  it("does not stay for messages that would wait for a batch window, but for deliveries that come often", async () => {
    const { subscription } = await aPush({
      batch: { maxMessages: 10, maxBytes: 4_096, windowSeconds: 60 },
    });
    const topic = { ...subscription.topic, ordering: "none" } as Topic;
    const stay = stayFor({ topic, subscription }, 10, 0);
    expect(stay.untilMs).toBe(0);
    for (const atMs of [200, 400, 600, 800, 1_000]) stay.comes(atMs);
    expect(stay.untilMs).toBeGreaterThan(1_000);
    const ordered = stayOfOrdered({ topic: { ...topic, ordering: "key" }, subscription }, 10, 0);
    expect(ordered?.untilMs).toBe(0);
  });

  it("stays from the last message on, as long as they come as often", () => {
    const stay = new Stay(200, 0);
    for (const atMs of [200, 400, 600]) stay.comes(atMs);
    expect(stay.untilMs).toBe(600 + 800);
    for (const atMs of [1_400, 2_400]) stay.comes(atMs);
    expect(stay.untilMs).toBe(0);
  });

  it("learns how often they come where no doorbell told it, once that has gone on for a second", () => {
    const stay = new Stay(undefined, 0);
    for (const atMs of [200, 400, 600, 800]) stay.comes(atMs);
    expect(stay.untilMs).toBe(0);
    stay.comes(1_000);
    expect(stay.untilMs).toBe(1_000 + 800);
    stay.comes(1_300);
    expect(stay.untilMs).toBe(1_300 + 1_000);
  });

  it("learns that they do not come often", () => {
    const stay = new Stay(undefined, 0);
    for (const atMs of [100, 5_000]) stay.comes(atMs);
    expect(stay.untilMs).toBe(0);
  });

  it("hears from the owner of heads what has come, and tells it how soon to look", () => {
    let nowMs = 1_000;
    const stay = new Stay(50, nowMs, 100);
    const { came, looksWithinMs } = stay.heard(() => nowMs);
    nowMs = 1_150;
    came();
    expect([stay.untilMs, looksWithinMs()]).toEqual([1_150 + 400, 25]);
    nowMs = 1_350;
    expect(looksWithinMs()).toBe(50);
  });

  it("looks for the next one several times in a gap, within bounds", () => {
    expect([20, 200, 300].map((gapMs) => new Stay(gapMs, 0).pollUpToMs)).toEqual([25, 50, 75]);
  });
});

/** Publishes, rings and pumps as Lambda would; returns the number of pumps that took the lane, and of the calls. */
async function aTrickle(push: Push, messages: number, everyMs: number) {
  const calls: string[] = [];
  const counted = (): Engine =>
    push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        calls.push(name);
        return await carryOut();
      }),
    );
  push.starter.handlers = {
    pump: (start) => void pump(counted(), start, { deadlineMs: push.clock.nowMs() + 10 * MINUTE_MS }),
    clock: () => undefined,
  };
  const dispatcher = push.process();
  for (let number = 0; number < messages; number++) {
    await publishMany(push.engine, 1);
    await push.clock.advance(STREAM_MS);
    void dispatch(dispatcher, partitionsOf(push));
    await push.clock.advance(everyMs - STREAM_MS);
  }
  await push.clock.advance(2_000);
  return { holds: calls.filter((name) => name === "locks.acquire").length, calls };
}

describe("a trickle", () => {
  it("of five a second does not start a pump for each message, and commits once a second", async () => {
    const push = await aPush({}, { partitions: 1 });
    const { holds, calls } = await aTrickle(push, 50, 200);
    expect(push.done).toHaveLength(50);
    expect(holds).toBeLessThanOrEqual(3);
    expect(calls.filter((name) => name === "progress.move").length).toBeLessThanOrEqual(15);
    expect(await push.engine.locks.heldUntilMs(laneName(refOf(push.subscription)))).toBeUndefined();
  });

  it("of one a second does: to wait would cost more", async () => {
    const push = await aPush({}, { partitions: 1 });
    const { holds } = await aTrickle(push, 10, 1_000);
    expect(push.done).toHaveLength(10);
    expect(holds).toBeGreaterThanOrEqual(10);
  });

  it("is delivered well before the next message comes", async () => {
    const push = await aPush({}, { partitions: 1 });
    const startMs = push.clock.nowMs();
    await aTrickle(push, 30, 200);
    const tookMs = push.deliveries.map(({ atMs }, index) => atMs - (startMs + index * 200));
    expect(Math.max(...tookMs)).toBeLessThanOrEqual(150);
  });
});

it("GIVEN a pump that is kept by what is due WHEN nothing new comes THEN it looks for that less and less", () => {
  const gaps = new Stay(300, 0);
  for (const atMs of [100, 200, 300]) gaps.comes(atMs);
  expect(gaps.looksWithinMs(300)).toBeLessThan(40);
  expect(gaps.looksWithinMs(2_300)).toBe(500);
  gaps.comes(2_400);
  expect(gaps.looksWithinMs(2_400)).toBeGreaterThan(200);
});
