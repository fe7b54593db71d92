import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { TIMERS_AT_ONCE, serveTimers } from "../../../lib/operations/clock/timers.js";
import { TIMERS_LOCK } from "../../../lib/operations/push/start-clock.js";
import { aPush, publishMany, type Push, refOf, retryAfter, running } from "../a-push.js";
import { driven, portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("a timer", () => {
  it("wakes the pump of a retry when it is due, to the second, though nobody rings", async () => {
    // GIVEN a handler that fails for 20 s, and a retry 10 s after each failure
    const push = await aPush(retryAfter(10));
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
    const push = await aPush(retryAfter(600));
    let isBroken = true;
    push.answerWith(async (messages) => ({
      kind: "answered",
      failedIds: new Set(isBroken ? messages.map(({ id }) => id) : []),
    }));
    await publishMany(push.engine, 1);
    await driven(push.clock, push.pump());
    isBroken = false;
    expect(push.starter.startedClocks).toEqual([]);
    const play = running(push);
    await push.clock.advance(10 * MINUTE_MS + 2_000);
    play.stop();
    expect(push.deliveries).toHaveLength(2);
    expect(push.storage.timers.size).toBe(0);
  });
});

/** A timer of the push subscription, or of another subscription that is not there. */
const timerOf = (push: Push, dueMs: number, name = "ship") => {
  const { subscription } = refOf(push.subscription);
  return { kind: "wake-up", dueMs, subscription: { ...subscription, name } } as const;
};
const withTimer = async (afterMs: number) => {
  const push = await aPush();
  await push.engine.timers.set(timerOf(push, push.clock.nowMs() + afterMs));
  return push;
};
const serving = (push: Push, engine = push.process(), forMs = 2 * MINUTE_MS) =>
  driven(push.clock, serveTimers(engine, { deadlineMs: push.clock.nowMs() + forMs }));

/** A process whose calls of one method fail as long as `isFailing` says so. */
const failing = (push: Push, method: string, isFailing: (args: readonly unknown[]) => boolean) =>
  push.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      if (name === method && isFailing(args)) throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );

describe("who serves the timers", () => {
  it("ends at once where nothing is due within the minute", async () => {
    const push = await withTimer(HOUR_MS);
    const startMs = push.clock.nowMs();
    await serving(push);
    expect(push.clock.nowMs() - startMs).toBeLessThan(1_000);
    expect(await push.engine.locks.heldUntilMs(TIMERS_LOCK)).toBeUndefined();
    expect(push.starter.startedClocks).toEqual([]);
  });

  it("is one, however many are started", async () => {
    const push = await withTimer(30_000);
    const startMs = push.clock.nowMs();
    const endsMs = await Promise.all(
      [1, 2, 3].map(() => serving(push).then(() => push.clock.nowMs() - startMs)),
    );
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(endsMs.filter((endMs) => endMs < 1_000)).toHaveLength(2);
  });

  it("serves a timer that is set meanwhile, for sooner", async () => {
    const push = await withTimer(50_000);
    const startMs = push.clock.nowMs();
    const work = serving(push);
    await push.clock.advance(10_000);
    await push.engine.timers.set(timerOf(push, startMs + 12_000));
    await push.clock.advance(3_100);
    expect(push.starter.startedPumps).toHaveLength(1);
    await work;
    expect(push.starter.startedPumps).toHaveLength(2);
  });

  it("starts its successor where its time is over and something is due soon", async () => {
    const push = await withTimer(50_000);
    const startMs = push.clock.nowMs();
    for (const afterMs of [100_000, 130_000]) await push.engine.timers.set(timerOf(push, startMs + afterMs));
    await serving(push);
    expect(push.starter.startedPumps).toHaveLength(2);
    expect(push.starter.startedClocks).toHaveLength(1);
    expect(await push.engine.locks.heldUntilMs(TIMERS_LOCK)).toBeGreaterThan(push.clock.nowMs());
  });

  it("goes on where its lock cannot be renewed for a while, or the timers cannot be read", async () => {
    // GIVEN
    const push = await withTimer(20_000);
    const startMs = push.clock.nowMs();
    const fails = (): boolean => push.clock.nowMs() - startMs < 9_000;
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        const isHit = name === "locks.renew" || (name === "timers.due" && push.clock.nowMs() > startMs);
        if (isHit && fails()) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    // WHEN
    await serving(push, engine);
    // THEN
    expect(push.starter.startedPumps).toHaveLength(1);
    const told = new Set(push.telemetry.events.map(({ name }) => name));
    expect([told.has("lock-not-renewed"), told.has("timers-unread")]).toEqual([true, true]);
  });

  it("ends where another one took its lock", async () => {
    const push = await withTimer(50_000);
    const startMs = push.clock.nowMs();
    const work = serving(push).then(() => push.clock.nowMs() - startMs);
    await push.clock.advance(100);
    push.storage.locks.set(TIMERS_LOCK, { owner: "another", untilMs: startMs + HOUR_MS, deaths: 1 });
    expect(await work).toBeLessThan(8_000);
    expect(await push.engine.locks.heldUntilMs(TIMERS_LOCK)).toBe(startMs + HOUR_MS);
  });
});

describe("one timer", () => {
  it("that fails is put off longer each time, and told of by name", async () => {
    const push = await withTimer(0);
    const times: number[] = [];
    const startMs = push.clock.nowMs();
    const engine = failing(push, "starter.startPump", () => {
      times.push(Math.round((push.clock.nowMs() - startMs) / 1_000));
      return times.length <= 4;
    });
    await serving(push, engine);
    expect(times).toEqual([0, 1, 3, 7, 15]);
    expect(push.storage.timers.size).toBe(0);
    expect(push.telemetry.events.filter(({ name }) => name === "timer-failed")).toHaveLength(4);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({
        name: "timer-failed",
        fields: expect.objectContaining({ kind: "wake-up", topic: "orders", subscription: "ship" }),
      }),
    );
  });

  it("is not held up by more failing ones than are served at once", async () => {
    // GIVEN
    const push = await aPush();
    const startMs = push.clock.nowMs();
    for (let number = 0; number < 3 * TIMERS_AT_ONCE; number++)
      await push.engine.timers.set(timerOf(push, startMs, `bad-${number}`));
    await push.engine.timers.set(timerOf(push, startMs + 1));
    const engine = failing(push, "subscriptions.get", ([, name]) => String(name).startsWith("bad"));
    // WHEN
    void serveTimers(engine, { deadlineMs: startMs + 2 * MINUTE_MS });
    await push.clock.advance(1_000);
    // THEN
    expect(push.starter.startedPumps).toHaveLength(1);
  });

  it("is not held up by one whose work takes long", async () => {
    // GIVEN
    const push = await aPush();
    const startMs = push.clock.nowMs();
    await push.engine.timers.set(timerOf(push, startMs, "slow"));
    await push.engine.timers.set(timerOf(push, startMs + 2_000));
    let isSlow = 0;
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        if (name === "subscriptions.get" && args[1] === "slow") {
          isSlow++;
          await push.clock.sleep(30_000);
        }
        return await carryOut();
      }),
    );
    // WHEN
    const work = serving(push, engine);
    await push.clock.advance(3_000);
    // THEN
    expect(push.starter.startedPumps).toHaveLength(1);
    await work;
    expect(isSlow).toBe(1);
    expect(push.storage.timers.size).toBe(0);
  });

  it("of a kind that a newer version set stays, and keeps no other from its turn", async () => {
    const push = await aPush();
    const startMs = push.clock.nowMs();
    for (let number = 0; number < 2 * TIMERS_AT_ONCE; number++) {
      const newer = { ...timerOf(push, startMs, `n${number}`), kind: "of-a-newer-version" };
      await push.engine.timers.set(newer as unknown as ReturnType<typeof timerOf>);
    }
    await push.engine.timers.set(timerOf(push, startMs + 5_000));
    await serving(push);
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(push.storage.timers.size).toBe(2 * TIMERS_AT_ONCE);
  });

  it("that cannot even be put off is tried again, at most once a step", async () => {
    const push = await withTimer(0);
    const startMs = push.clock.nowMs();
    let tries = 0;
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "starter.startPump") tries++;
        const isBroken = push.clock.nowMs() - startMs < 5_000;
        if (isBroken && ["starter.startPump", "timers.set"].includes(name))
          throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await serving(push, engine);
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThanOrEqual(7);
    expect(push.storage.timers.size).toBe(0);
  });
});
