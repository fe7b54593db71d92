import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { deleteSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { tick } from "../../../lib/operations/clock/tick.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { allDone, aPush, publishMany, refOf, running } from "../a-push.js";
import { driven, portsAround } from "../ports-around.js";
import { CLOCK } from "../../../lib/operations/push/wake-up-timer.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("the sweep", () => {
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

  it("starts nothing where all is done", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    await driven(push.clock, push.pump());
    await sweep(push.engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    expect(push.starter.startedPumps).toEqual([]);
  });

  it("of a topic that fails keeps no other from its own, and is told of", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    const bad = (await putTopic(push.engine, "a-bad-one", {})).value;
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [topic] = args as [{ uid?: string }?];
        if (name === "subscriptions.list" && topic?.uid === bad.uid) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await sweep(engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({
        name: "sweep-failed",
        level: "error",
        fields: expect.objectContaining({ topic: "a-bad-one" }),
      }),
    );
  });

  it("that runs out of time says where it stopped", async () => {
    const push = await aPush();
    await sweep(push.engine, { deadlineMs: push.clock.nowMs() });
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({ name: "sweep-unfinished", fields: { stoppedBefore: "orders" } }),
    );
  });
});

describe("a timer", () => {
  it("wakes the pump of a retry when it is due, to the second, though nobody rings", async () => {
    // GIVEN a handler that fails for 20 s, and a retry 10 s after each failure
    const push = await aPush({ ackDeadlineSeconds: 10 });
    const startMs = push.clock.nowMs();
    push.answerWith(async (messages) => {
      const isBroken = push.clock.nowMs() - startMs < 5_000;
      return { kind: "answered", failedIds: new Set(isBroken ? messages.map(({ id }) => id) : []) };
    });
    const play = running(push);
    await publishMany(push.engine, 3);
    await push.clock.advance(15_000);
    play.stop();
    // THEN
    expect(push.done).toHaveLength(3);
    const [first, second] = push.deliveries;
    const pauseMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
    expect(pauseMs).toBeGreaterThanOrEqual(10_000);
    expect(pauseMs).toBeLessThanOrEqual(11_500);
  });

  it("further off than a minute costs nothing until then", async () => {
    const push = await aPush({ ackDeadlineSeconds: 600 });
    let isBroken = true;
    push.answerWith(async (messages) => ({
      kind: "answered",
      failedIds: new Set(isBroken ? messages.map(({ id }) => id) : []),
    }));
    await publishMany(push.engine, 1);
    await driven(push.clock, push.pump());
    isBroken = false;
    expect(push.starter.startedClocks).toBe(0);
    const play = running(push);
    await push.clock.advance(10 * MINUTE_MS + 2_000);
    play.stop();
    expect(push.deliveries).toHaveLength(2);
    expect(push.storage.timers.size).toBe(0);
  });

  it("of a subscription that is gone is forgotten", async () => {
    const push = await aPush();
    const { subscription } = refOf(push.subscription);
    await push.engine.timers.set({ dueMs: push.clock.nowMs() + 1_000, subscription });
    await deleteSubscription(push.engine, "orders", "ship");
    await driven(push.clock, tick(push.engine, { deadlineMs: push.clock.nowMs() + 2 * MINUTE_MS }));
    expect(push.storage.timers.size).toBe(0);
    expect(push.starter.startedPumps).toEqual([]);
  });

  it("that fails is tried again, and is told of", async () => {
    const push = await aPush();
    const { subscription } = refOf(push.subscription);
    await push.engine.timers.set({ dueMs: push.clock.nowMs() + 1_000, subscription });
    let failures = 3;
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "starter.startPump" && failures-- > 0) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await driven(push.clock, tick(engine, { deadlineMs: push.clock.nowMs() + 2 * MINUTE_MS }));
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(push.telemetry.events.filter(({ name }) => name === "timer-failed")).toHaveLength(3);
  });
});

describe("the clock", () => {
  const aTimer = async (afterMs: number) => {
    const push = await aPush();
    const { subscription } = refOf(push.subscription);
    await push.engine.timers.set({ dueMs: push.clock.nowMs() + afterMs, subscription });
    return push;
  };
  const ticking = (push: Awaited<ReturnType<typeof aTimer>>) =>
    driven(push.clock, tick(push.process(), { deadlineMs: push.clock.nowMs() + 2 * MINUTE_MS }));

  it("ends at once where nothing is due within the minute", async () => {
    const push = await aTimer(HOUR_MS);
    const startMs = push.clock.nowMs();
    await ticking(push);
    expect(push.clock.nowMs() - startMs).toBeLessThan(1_000);
    expect(await push.engine.locks.heldUntilMs(CLOCK)).toBeUndefined();
  });

  it("is kept by one, however often it is started", async () => {
    const push = await aTimer(30_000);
    const startMs = push.clock.nowMs();
    const endsMs = await Promise.all(
      [1, 2, 3].map(() => ticking(push).then(() => push.clock.nowMs() - startMs)),
    );
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(endsMs.filter((endMs) => endMs < 1_000)).toHaveLength(2);
  });

  it("serves a timer that is set meanwhile, for sooner", async () => {
    const push = await aTimer(50_000);
    const startMs = push.clock.nowMs();
    const work = ticking(push);
    await push.clock.advance(10_000);
    await push.engine.timers.set({
      dueMs: startMs + 12_000,
      subscription: refOf(push.subscription).subscription,
    });
    await push.clock.advance(3_100);
    expect(push.starter.startedPumps).toHaveLength(1);
    await work;
    expect(push.starter.startedPumps).toHaveLength(2);
  });
});
