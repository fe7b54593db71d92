import { DELAYED_TIMERS } from "../../../lib/domain/timer.js";
import {
  delayedTimer,
  publishWhatWaited,
  startClockFor,
} from "../../../lib/operations/delay/delayed-timer.js";
import { findTopic } from "../../../lib/operations/lookup.js";
import { delay, withDelays } from "./with-delayed.js";

it("is one of a few of its topic and time, and never the same as one that was set before", async () => {
  const { engine } = await withDelays();
  const topic = await findTopic(engine, "orders");
  const timers = Array.from({ length: 200 }, () => delayedTimer(engine, topic, 7));
  expect(new Set(timers.map(({ part }) => part)).size).toBe(DELAYED_TIMERS);
  expect(new Set(timers.map(({ nonce }) => nonce)).size).toBe(200);
  expect(timers[0]).toMatchObject({ kind: "delayed", dueMs: 7, topic: { name: "orders", uid: topic.uid } });
});

it("starts a clock for what is due before the rule's next one, and none for what is not, or for nothing", async () => {
  const { engine, clock, starter } = await withDelays();
  await startClockFor(engine, Infinity);
  await startClockFor(engine, clock.nowMs() + 60_001);
  expect(starter.startedClocks).toHaveLength(0);
  await startClockFor(engine, clock.nowMs() + 60_000);
  expect(starter.startedClocks).toHaveLength(1);
});

it("is set as a pause ends if something waits, and not otherwise", async () => {
  const { engine, clock } = await withDelays();
  const topic = await findTopic(engine, "orders");
  await publishWhatWaited(engine, topic);
  expect(await engine.timers.due(Infinity, 10)).toEqual([]);
  await delay(engine, ["a", clock.nowMs() + 100_000]);
  await publishWhatWaited(engine, topic);
  expect(await engine.timers.due(Infinity, 10)).toHaveLength(1);
  clock.advance(100_000);
  await publishWhatWaited(engine, topic);
  expect(await engine.timers.due(Infinity, 10)).toHaveLength(2);
});
