import { type Straggler, laneName } from "../../../lib/domain/lane.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { Flights } from "../../../lib/operations/push/flights.js";
import { LaneKeeper } from "../../../lib/operations/push/lane-keeper.js";
import { UNPACED } from "../../../lib/operations/push/pacing.js";
import { Session } from "../../../lib/operations/push/session.js";
import { aLease } from "../../contract/builders.js";
import { type Push, aPush, allDone, failing, publishMany, refOf, retryAfter } from "../a-push.js";
import { driven, portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const ONE_EACH = { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 };
const sorted = (bodies: readonly string[]): string[] => [...bodies].sort();

interface Options {
  readonly settings?: Partial<SubscriptionSettings>;
  readonly topic?: Partial<TopicSettings>;
  readonly handlerMs?: number;
  readonly drainAfterMs?: number;
  readonly deaths?: number;
  /** Deliveries of an earlier pump that may still run. */
  readonly stragglers?: number;
  readonly replace?: (ports: Ports, push: Push) => Partial<Ports>;
}

/** A session of a pump that has ten minutes, and that its keeper never ends unless the test says so. */
async function aSession({ handlerMs = SECOND_MS, ...options }: Options = {}) {
  const push = await aPush({ ackDeadlineSeconds: 30, batch: ONE_EACH, ...options.settings }, options.topic);
  const { clock, subscription } = push;
  push.answerWith(async () => {
    await clock.sleep(handlerMs);
    return allDone;
  });
  const startMs = clock.nowMs();
  const deadlineMs = startMs + 10 * MINUTE_MS;
  const engine = push.process((ports) => options.replace?.(ports, push) ?? {});
  const reader = await findSubscription(push.engine, "orders", "ship");
  const flights = new Flights(engine, deadlineMs);
  const others = Array.from({ length: options.stragglers ?? 0 }, (): Straggler => ({
    leaseId: aLease().id,
    untilMs: deadlineMs,
  }));
  const lane = { ref: refOf(subscription), owner: "this session" };
  const keeper = new LaneKeeper(engine, reader, lane, others, deadlineMs, flights.signal, () => true);
  const session = new Session({
    engine,
    reader,
    lane: 0,
    hints: {},
    flights,
    keeper,
    pacing: UNPACED,
    drainAtMs: startMs + (options.drainAfterMs ?? 9 * MINUTE_MS),
    deadlineMs,
    deaths: options.deaths ?? 0,
  });
  const endAs = (why: NonNullable<LaneKeeper["ended"]>): void => {
    keeper.ended = why;
    flights.signal.raise();
  };
  const due = () => [...push.storage.progress.values()].flatMap((progress) => [...progress.due.values()]);
  return { ...push, session, flights, endAs, due, startMs };
}

const SUPPLIES = [
  ["its own heads", {}],
  ["blocks", { maxConcurrency: 40 }],
] as const;

describe.each(SUPPLIES)("a session that takes %s", (_, settings) => {
  it("ends caught up once all is delivered, written and looked at again", async () => {
    const { session, clock, engine, done, due, flights } = await aSession({ settings });
    const all = await publishMany(engine, 25);
    expect(await driven(clock, session.run())).toBe("caught-up");
    expect(sorted(done)).toEqual(sorted(all));
    expect([session.started, flights.count, due()]).toEqual([25, 0, []]);
  });

  it("delivers what comes while the last handler is at work", async () => {
    const { session, clock, engine, done } = await aSession({ settings, handlerMs: 3 * SECOND_MS });
    await publishMany(engine, 1);
    const running = session.run();
    await clock.advance(2 * SECOND_MS);
    await publishMany(engine, 1);
    expect(await driven(clock, running)).toBe("caught-up");
    expect(done).toHaveLength(2);
  });

  it.each(["settings-changed", "lane-lost"] as const)(
    "ends with what its keeper found, %s, and starts nothing more",
    async (why) => {
      const { session, clock, engine, deliveries, endAs, flights } = await aSession({
        settings: { ...settings, maxConcurrency: "maxConcurrency" in settings ? 40 : 2 },
      });
      await publishMany(engine, 400);
      const running = session.run();
      await clock.advance(2_500);
      const before = deliveries.length;
      expect(before).toBeGreaterThan(3);
      endAs(why);
      expect(await driven(clock, running)).toBe(why);
      await driven(clock, flights.over());
      expect(deliveries).toHaveLength(before);
    },
  );

  it("ends out of time when it has to drain, and leaves what still runs under leases", async () => {
    // GIVEN
    const { session, clock, engine, due, startMs, deliveries } = await aSession({
      settings,
      handlerMs: 20 * SECOND_MS,
      drainAfterMs: 5 * SECOND_MS,
    });
    await publishMany(engine, 3);
    // WHEN
    expect(await driven(clock, session.run())).toBe("out-of-time");
    // THEN
    expect(clock.nowMs() - startMs).toBeLessThan(6 * SECOND_MS);
    expect(deliveries).toHaveLength(3);
    expect(due().map(({ kind }) => kind)).toEqual(["lease", "lease", "lease"]);
    await clock.advance(20 * SECOND_MS);
    expect(due()).toEqual([]);
  });

  it("goes on where a call fails in the store, and ends where it fails by a bug", async () => {
    let error: Error | undefined = new StorageUnavailable("the test");
    const { session, clock, engine, deliveries, telemetry } = await aSession({
      settings,
      handlerMs: 5 * SECOND_MS,
      replace: (ports) =>
        portsAround(ports, async ({ name }, carryOut) => {
          if (error && name === "progress.due") throw error;
          return await carryOut();
        }),
    });
    await publishMany(engine, 5);
    const running = session.run();
    await clock.advance(4 * SECOND_MS);
    expect(deliveries).toHaveLength(5);
    expect(telemetry.events).toContainEqual(
      expect.objectContaining({ name: "pump-call-failed", level: "warn" }),
    );
    error = new TypeError("a bug");
    await expect(driven(clock, running)).rejects.toThrow("a bug");
  });
});

describe("a look that is under way when the session ends", () => {
  /** A session whose takes are answered after so long. */
  const withSlowTake = (answerMs: number, options: Options = {}) =>
    aSession({
      settings: retryAfter(1),
      replace: (ports, { clock }) =>
        portsAround(ports, async ({ name }, carryOut) => {
          const outcome = await carryOut();
          if (name === "progress.move") await clock.sleep(answerMs);
          return outcome;
        }),
      ...options,
    });

  it.each([
    ["soon, is delivered: it would count an attempt otherwise", "settings-changed", 1_000, 1],
    ["late, is handed back: a pause is obeyed", "settings-changed", 3_000, 0],
    ["soon, is handed back: another has the lane", "lane-lost", 1_000, 0],
    ["soon, is handed back: another has got the lane since", "settings-changed", 1_000, 0, "lane-lost"],
  ] as const)("and brings something %s", async (...[, why, answerMs, deliveries, then]) => {
    // GIVEN
    const made = await withSlowTake(answerMs);
    await publishMany(made.engine, 1);
    made.answerWith(async (messages) => failing(messages));
    await made.pump();
    made.answerWith(async () => allDone);
    await made.clock.advance(SECOND_MS);
    made.deliveries.length = 0;
    const running = made.session.run();
    await made.clock.advance(500);
    // WHEN
    made.endAs(why);
    await made.clock.advance(100);
    if (then) made.endAs(then);
    expect(await driven(made.clock, running)).toBe(why);
    await driven(made.clock, made.flights.over());
    // THEN
    expect(made.deliveries).toHaveLength(deliveries);
    expect(made.due().map(({ kind }) => kind)).toEqual(deliveries === 1 ? [] : ["retry"]);
  });

  it("and brings a block, gives it back, as if nobody had had it", async () => {
    // GIVEN
    const made = await withSlowTake(1_000, { settings: { maxConcurrency: 40 }, topic: {} });
    await publishMany(made.engine, 3);
    const running = made.session.run();
    await made.clock.advance(500);
    // WHEN
    made.endAs("settings-changed");
    await driven(made.clock, running);
    await driven(made.clock, made.flights.over());
    // THEN
    expect(made.deliveries).toEqual([]);
    expect(made.due().flatMap(({ kind, spans }) => spans.map(({ attempt }) => [kind, attempt]))).toEqual([
      ["retry", 0],
      ["retry", 0],
      ["retry", 0],
    ]);
  });
});

describe("GIVEN owners that died before it", () => {
  it("WHEN it begins THEN it delivers one at a time, until it has committed", async () => {
    const { session, clock, engine, mostAtOnce, done } = await aSession({
      settings: { maxConcurrency: 4 },
      deaths: 1,
    });
    await publishMany(engine, 40);
    const running = session.run();
    await clock.advance(500);
    expect([session.isProven, mostAtOnce(), done.length]).toEqual([false, 1, 0]);
    await driven(clock, running);
    expect([session.isProven, mostAtOnce(), done.length]).toEqual([true, 4, 40]);
  });

  it("WHEN there are none THEN it begins with all that it may", async () => {
    const { session, clock, engine, mostAtOnce } = await aSession({ settings: { maxConcurrency: 4 } });
    await publishMany(engine, 40);
    const running = session.run();
    await clock.advance(500);
    expect([session.isProven, mostAtOnce()]).toEqual([true, 4]);
    await driven(clock, running);
  });
});

it.each(SUPPLIES)(
  "GIVEN %s WHEN an earlier pump's handlers still run THEN these count",
  async (_, settings) => {
    const { session, clock, engine, mostAtOnce, done } = await aSession({
      settings: { maxConcurrency: 3, ...settings },
      stragglers: 2,
    });
    await publishMany(engine, 60);
    await driven(clock, session.run());
    expect([mostAtOnce(), done.length]).toEqual(["maxConcurrency" in settings ? 30 : 1, 60]);
  },
);

it("commits once a second however many deliveries end, and at once when none is left", async () => {
  let moves = 0;
  const { session, clock, engine, due, done } = await aSession({
    settings: { maxConcurrency: 8 },
    handlerMs: 200,
    replace: (ports) =>
      portsAround(ports, ({ name }, carryOut) => {
        if (name === "progress.move") moves++;
        return carryOut();
      }),
  });
  await publishMany(engine, 400);
  const startMs = clock.nowMs();
  await driven(clock, session.run());
  const seconds = (clock.nowMs() - startMs) / SECOND_MS;
  expect([done.length, due()]).toEqual([400, []]);
  expect(moves).toBeGreaterThan(1);
  expect(moves).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
});

describe("a lane of several", () => {
  const WIDE = { settings: { maxConcurrency: 70 } };
  const lanesOf = ({ starter }: Pick<Push, "starter">): number[] =>
    starter.startedPumps.map(({ lane }) => lane);

  it("starts no other for what it can deliver itself", async () => {
    const { session, clock, engine, starter } = await aSession(WIDE);
    await publishMany(engine, 20);
    await driven(clock, session.run());
    expect(lanesOf({ starter })).toEqual([]);
  });

  it("starts the next one while it has more, again and again until that runs, and never one behind it", async () => {
    const { session, clock, engine, starter, subscription } = await aSession(WIDE);
    await publishMany(engine, 2_000);
    void session.run();
    await clock.advance(3_500);
    expect(lanesOf({ starter })).toEqual([1, 1, 1, 1]);
    const nowMs = clock.nowMs();
    await engine.locks.acquire(laneName(refOf(subscription, 1)), "it", nowMs, nowMs + MINUTE_MS);
    await clock.advance(3_000);
    expect(lanesOf({ starter })).toEqual([1, 1, 1, 1]);
  });
});
