import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { SWEEP_LOCK } from "../../../lib/operations/clock/sweep.js";
import { tick } from "../../../lib/operations/clock/tick.js";
import { TIMERS_LOCK } from "../../../lib/operations/push/start-clock.js";
import { type Push, allDone, aPush, publishMany, refOf, running } from "../a-push.js";
import { driven, portsAround, slow } from "../ports-around.js";

const MINUTE_MS = 60_000;
/** Of the real clock: 400 topics are many calls. */
const PATIENCE_MS = 30_000;
const aTimer = (push: Push, dueMs: number) =>
  ({ kind: "wake-up", dueMs, ...refOf(push.subscription) }) as const;

describe("the clock", () => {
  it("makes up for doorbells that never rang: within a minute and a moment", async () => {
    const push = await aPush();
    const play = running(push, { rings: false });
    const all = await publishMany(push.engine, 50, 10);
    await push.clock.advance(MINUTE_MS + 1_000);
    play.stop();
    expect(push.done).toHaveLength(all.length);
  });

  it("makes up for a pump that died at work: within two minutes", async () => {
    // GIVEN a pump that is never heard of again, with messages handed out
    const push = await aPush({ ackDeadlineSeconds: 30 });
    await publishMany(push.engine, 50, 10);
    let calls = 0;
    push.answerWith(() => new Promise(() => undefined));
    void push.pump({
      replace: (ports) =>
        portsAround(ports, (_, carryOut) => (++calls > 12 ? new Promise(() => undefined) : carryOut())),
    });
    await push.clock.advance(1_000);
    expect(push.deliveries.length).toBeGreaterThan(0);
    push.answerWith(async () => allDone);
    // WHEN
    const play = running(push);
    await push.clock.advance(2 * MINUTE_MS);
    play.stop();
    // THEN
    expect(new Set(push.done).size).toBe(50);
  });

  it("makes up for a timer that was lost: what is due again is delivered within a minute and a moment", async () => {
    const push = await aPush({ ackDeadlineSeconds: 5 });
    push.answerWith(() => Promise.reject(new Error("broken")));
    await publishMany(push.engine, 5);
    await driven(push.clock, push.pump());
    for (const key of push.storage.timers.firstKeys(10)) push.storage.timers.delete(key);
    push.answerWith(async () => allDone);
    await push.clock.advance(10_000);
    const play = running(push);
    await push.clock.advance(MINUTE_MS + 1_000);
    play.stop();
    expect(push.done).toHaveLength(5);
  });
});

describe("a clock", () => {
  it(
    "of twenty failing subscriptions among 400 topics is one at a time, beside the rule's",
    async () => {
      // GIVEN
      const push = await aPush();
      for (let topic = 0; topic < 400; topic++) await putTopic(push.engine, `t${topic}`, {});
      const { target } = push.subscription;
      for (let number = 1; number < 20; number++)
        await putSubscription(push.engine, "orders", `ship-${number}`, { target, from: "earliest" });
      push.answerWith(() => Promise.reject(new Error("broken")));
      await publishMany(push.engine, 20, 1);
      const times = { fromMs: 20, belowMs: 60 };
      const play = running(push, { replace: slow(push.clock, seededRandom(1), times) });
      let started = 0;
      const handlers = push.starter.handlers;
      if (handlers) {
        push.starter.handlers = {
          ...handlers,
          clock: (owner) => {
            started++;
            handlers.clock(owner);
          },
        };
      }
      // WHEN
      await push.clock.advance(2 * MINUTE_MS);
      play.stop();
      // THEN
      expect(push.deliveries.length).toBeGreaterThan(2);
      expect(started).toBeGreaterThan(0);
      expect(started).toBeLessThanOrEqual(2);
    },
    PATIENCE_MS,
  );

  it("does nothing where others hold both locks", async () => {
    // GIVEN
    const push = await aPush();
    await publishMany(push.engine, 5);
    const nowMs = push.clock.nowMs();
    await push.engine.timers.set(aTimer(push, nowMs));
    for (const lock of [TIMERS_LOCK, SWEEP_LOCK])
      await push.engine.locks.acquire(lock, "another", nowMs, nowMs + MINUTE_MS);
    const calls: string[] = [];
    const engine = push.process((ports) =>
      portsAround(ports, ({ name }, carryOut) => {
        calls.push(name);
        return carryOut();
      }),
    );
    // WHEN
    await driven(push.clock, tick(engine, { deadlineMs: nowMs + 2 * MINUTE_MS }));
    // THEN
    const looks = ["timers.due", "locks.note", "garbage.list", "marks.list", "outbox.scan"];
    expect(calls.filter((name) => !looks.includes(name))).toEqual(["locks.acquire", "locks.acquire"]);
  });

  it("serves timers while a sweep takes long", async () => {
    // GIVEN topics that take ten seconds each
    const push = await aPush();
    for (let number = 0; number < 5; number++) await putTopic(push.engine, `a${number}`, {});
    const startMs = push.clock.nowMs();
    await push.engine.timers.set(aTimer(push, startMs + 2_000));
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "subscriptions.list") await push.clock.sleep(10_000);
        return await carryOut();
      }),
    );
    // WHEN
    const work = tick(engine, { deadlineMs: startMs + 2 * MINUTE_MS });
    await push.clock.advance(3_100);
    // THEN
    expect(push.starter.startedPumps).toHaveLength(1);
    await driven(push.clock, work);
  });

  it("sweeps while timers keep it busy", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    const startMs = push.clock.nowMs();
    for (let at = 0; at < 60; at++) await push.engine.timers.set(aTimer(push, startMs + at * 1_000));
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "timers.remove") await push.clock.sleep(20_000);
        return await carryOut();
      }),
    );
    void tick(engine, { deadlineMs: startMs + 2 * MINUTE_MS });
    await push.clock.advance(1_000);
    expect(await push.engine.locks.heldUntilMs(SWEEP_LOCK)).toBeUndefined();
    expect(push.starter.startedPumps.length).toBeGreaterThan(0);
  });

  it("serves the timers where the sweep fails, and says that it failed", async () => {
    const push = await aPush();
    const startMs = push.clock.nowMs();
    await push.engine.timers.set(aTimer(push, startMs));
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "topics.list") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    const work = driven(push.clock, tick(engine, { deadlineMs: startMs + 2 * MINUTE_MS }));
    await expect(work).rejects.toMatchObject({ code: "storage-unavailable" });
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(await push.engine.locks.heldUntilMs(SWEEP_LOCK)).toBeUndefined();
  });
});
