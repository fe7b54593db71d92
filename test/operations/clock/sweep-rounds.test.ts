import type { Rounds } from "../../../lib/domain/round.js";
import { setMark } from "../../../lib/operations/log/announce.js";
import { isWork } from "../../../lib/operations/clock/sweep-rounds.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";
import { tick } from "../../../lib/operations/clock/tick.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { aPush, publishMany, theMark } from "../a-push.js";
import { aTimedDeployment } from "../a-deployment.js";
import { driven, recording } from "../ports-around.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Rounds that began so long ago. */
const roundsAgo = (nowMs: number, { wakeMs = 0, expiredMs = 0, allMs = 0 }): Rounds => ({
  wake: { beganAtMs: nowMs - wakeMs },
  expired: { beganAtMs: nowMs - expiredMs },
  all: { beganAtMs: nowMs - allMs },
});

describe("the work of a sweep", () => {
  it.each([
    ["nothing, without a mark", { wakeMs: MINUTE_MS, expiredMs: HOUR_MS }, false, false],
    ["all topics once a day", { allMs: DAY_MS }, false, true],
    ["nothing within the minute", { wakeMs: 40_000, expiredMs: HOUR_MS - 1 }, true, false],
    ["the topics that have a mark", { wakeMs: MINUTE_MS }, true, true],
    ["what has expired there, once an hour", { expiredMs: HOUR_MS }, true, true],
  ])("is %s", async (_, ago, isMarked, expected) => {
    const { process, clock } = aTimedDeployment();
    const engine = process();
    const { value: topic } = await putTopic(engine, "orders", {});
    if (isMarked) await setMark(engine, topic);
    expect(await isWork(engine, roundsAgo(clock.nowMs(), ago))).toBe(expected);
  });

  it("is none where all marks are put off, unless more are than are looked at", async () => {
    const push = await aPush();
    const mark = await theMark(push);
    const nowMs = push.clock.nowMs();
    await push.engine.marks.putOff(mark, nowMs + 1);
    expect(await isWork(push.engine, roundsAgo(nowMs, { wakeMs: MINUTE_MS }))).toBe(false);
    await push.engine.marks.putOff(mark, nowMs);
    expect(await isWork(push.engine, roundsAgo(nowMs, { wakeMs: MINUTE_MS }))).toBe(true);
  });
});

describe("a clock of a deployment in which nothing happens", () => {
  it("makes five calls a minute, all of them reads, however many topics there are", async () => {
    // GIVEN
    const push = await aPush();
    for (let number = 0; number < 40; number++) await putTopic(push.engine, `idle-${number}`, {});
    await publishMany(push.engine, 5);
    await driven(push.clock, push.pump());
    for (let minute = 0; minute < 15; minute++) {
      await driven(push.clock, sweep(push.engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS }));
      await push.clock.advance(MINUTE_MS);
    }
    // WHEN
    const calls: string[] = [];
    for (let minute = 0; minute < 10; minute++) {
      await tick(push.process(recording(calls)), { deadlineMs: push.clock.nowMs() + MINUTE_MS });
      await push.clock.advance(MINUTE_MS);
    }
    // THEN
    const each = ["garbage.list", "locks.note", "marks.list", "outbox.scan", "timers.due"];
    expect([...new Set(calls)].sort()).toEqual(each);
    expect(calls).toHaveLength(10 * each.length);
  });
});
