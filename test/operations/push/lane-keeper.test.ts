import { laneName } from "../../../lib/domain/lane.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { LANE_LEASE_MS, LaneKeeper } from "../../../lib/operations/push/lane-keeper.js";
import { Signal } from "../../../lib/operations/push/signal.js";
import type { Lease } from "../../../lib/domain/progress/records.js";
import { aLease } from "../../contract/builders.js";
import { LANE_WIDTH } from "../a-deployment.js";
import { type Push, aPush, refOf } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const LOOK_MS = 3 * SECOND_MS;
const OWNER = "this session";

interface Keeping {
  readonly replace?: (ports: Ports, push: Push) => Partial<Ports>;
  /** Deliveries of an earlier pump: the leases that they have, and how long they may still run. */
  readonly left?: { readonly leases: readonly Lease[]; readonly forMs: number };
  readonly isProven?: () => boolean;
  /** Earlier owners that died with the lane. */
  readonly deaths?: number;
  /** Settings that the subscription has had before. */
  readonly before?: { readonly maxConcurrency: number };
}

/** A keeper at work on a lane that it has just taken. */
async function keeping(options: Keeping = {}) {
  const push = await aPush(options.before ?? {});
  const { clock } = push;
  if (options.before) await changeSubscription(push.engine, "orders", "ship", { maxConcurrency: 10 });
  const reader = await findSubscription(push.engine, "orders", "ship");
  const ref = refOf(push.subscription);
  const name = laneName(ref);
  const engine = push.process((ports) => options.replace?.(ports, push) ?? {});
  for (let death = 0; death < (options.deaths ?? 0); death++)
    await push.engine.locks.acquire(name, `dead ${death}`, clock.nowMs(), clock.nowMs());
  const untilMs = clock.nowMs() + LANE_LEASE_MS;
  await push.engine.locks.acquire(name, OWNER, clock.nowMs(), untilMs);
  const signal = new Signal(clock);
  let raised = 0;
  signal.raise = () => raised++;
  const { leases, forMs } = options.left ?? { leases: [], forMs: 0 };
  await push.engine.progress.move(push.subscription, { put: leases });
  const stragglers = leases.map(({ id }) => ({ leaseId: id, untilMs: clock.nowMs() + forMs }));
  const isProven = options.isProven ?? (() => true);
  const keeper = new LaneKeeper(engine, reader, { ref, owner: OWNER }, stragglers, untilMs, signal, isProven);
  void keeper.keep();
  const isHeld = async (): Promise<boolean> =>
    ((await push.engine.locks.heldUntilMs(name)) ?? 0) > clock.nowMs();
  return { ...push, keeper, name, isHeld, raised: () => raised };
}

/** Fails the calls that are named, from one time on until another. */
const failing =
  (names: readonly string[], fromMs: number, toMs: number) =>
  (ports: Ports, { clock }: Push): Partial<Ports> => {
    const startMs = clock.nowMs();
    return portsAround(ports, async ({ name }, carryOut) => {
      const sinceMs = clock.nowMs() - startMs;
      if (names.includes(name) && sinceMs >= fromMs && sinceMs < toMs)
        throw new StorageUnavailable("the test");
      return await carryOut();
    });
  };

describe("a lane that is kept", () => {
  it("GIVEN a session of minutes THEN its lock is held all along, and nothing ends it", async () => {
    const { clock, isHeld, keeper, raised } = await keeping();
    for (let second = 0; second < 180; second += 5) {
      await clock.advance(5 * SECOND_MS);
      expect(await isHeld()).toBe(true);
    }
    expect([keeper.ended, raised()]).toEqual([undefined, 0]);
  });

  it("GIVEN renewals that fail for less than a lease THEN it is kept, and each failure is told of", async () => {
    const { clock, isHeld, keeper, telemetry } = await keeping({
      replace: failing(["locks.renew"], 0, 40 * SECOND_MS),
    });
    await clock.advance(MINUTE_MS);
    expect([await isHeld(), keeper.ended]).toEqual([true, undefined]);
    const told = telemetry.events.filter(({ name }) => name === "pump-call-failed");
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told[0]).toMatchObject({ level: "warn", fields: { what: "renewing a lane" } });
  });

  it("GIVEN renewals that fail for a whole lease THEN the session ends when another may take the lane", async () => {
    const { clock, isHeld, keeper, raised } = await keeping({
      replace: failing(["locks.renew"], 0, Infinity),
    });
    await clock.advance(LANE_LEASE_MS - 1);
    expect([await isHeld(), keeper.ended]).toEqual([true, undefined]);
    await clock.advance(LOOK_MS);
    expect([await isHeld(), keeper.ended, raised() > 0]).toEqual([false, "lane-lost", true]);
  });

  it("GIVEN another has the lane by now THEN the session ends at the next renewal", async () => {
    const { clock, name, storage, keeper, raised } = await keeping();
    storage.locks.set(name, { owner: "another", untilMs: clock.nowMs() + MINUTE_MS, deaths: 0 });
    await clock.advance(15 * SECOND_MS);
    expect([keeper.ended, raised() > 0]).toEqual(["lane-lost", true]);
    expect(storage.locks.get(name)).toMatchObject({ owner: "another" });
  });

  it.each([
    ["has not committed yet", false, 2],
    ["has", true, 0],
  ])("GIVEN two owners died WHEN the session %s THEN the lock counts so many", async (_, proven, deaths) => {
    const { clock, name, storage } = await keeping({ deaths: 2, isProven: () => proven });
    await clock.advance(20 * SECOND_MS);
    expect(storage.locks.get(name)).toMatchObject({ owner: OWNER, deaths });
  });

  it.each(["topics.get", "subscriptions.get", "progress.get"])(
    "GIVEN %s never answers THEN it is renewed all the same",
    async (stuck) => {
      const { clock, isHeld, keeper } = await keeping({
        replace: (ports) =>
          portsAround(ports, ({ name }, carryOut) =>
            name === stuck ? new Promise(() => undefined) : carryOut(),
          ),
        left: { leases: [aLease()], forMs: MINUTE_MS },
      });
      await clock.advance(3 * MINUTE_MS);
      expect([await isHeld(), keeper.ended]).toEqual([true, undefined]);
    },
  );

  it("GIVEN it was stopped THEN it neither calls nor ends anything any more", async () => {
    const calls: string[] = [];
    const { clock, keeper, engine, raised } = await keeping({
      replace: (ports) =>
        portsAround(ports, ({ name }, carryOut) => {
          calls.push(name);
          return carryOut();
        }),
    });
    await clock.advance(4 * SECOND_MS);
    expect(calls).toContain("subscriptions.get");
    keeper.stop();
    calls.length = 0;
    await deleteSubscription(engine, "orders", "ship");
    await clock.advance(MINUTE_MS);
    expect([calls, keeper.ended, raised()]).toEqual([[], undefined, 0]);
  });
});

describe("settings under which a session began", () => {
  const target = {
    type: "lambda",
    functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:ship",
  } as const;
  const CHANGES: readonly [what: string, change: (push: Push) => Promise<unknown>][] = [
    ["it is paused", ({ engine }) => changeSubscription(engine, "orders", "ship", { paused: true })],
    ["its topic is paused", ({ engine }) => putTopic(engine, "orders", { paused: "delivery" })],
    [
      "it is made wider",
      ({ engine }) => changeSubscription(engine, "orders", "ship", { maxConcurrency: 50 }),
    ],
    ["it is deleted", ({ engine }) => deleteSubscription(engine, "orders", "ship")],
    [
      "it is deleted and made again",
      async ({ engine }) => {
        await deleteSubscription(engine, "orders", "ship");
        await putSubscription(engine, "orders", "ship", { target });
      },
    ],
  ];

  it.each(CHANGES)("hold no longer WHEN %s: the session ends within a look", async (_, change) => {
    const push = await keeping();
    await change(push);
    await push.clock.advance(LOOK_MS);
    expect([push.keeper.ended, push.raised()]).toEqual(["settings-changed", 1]);
  });

  it("hold on WHEN the topic changes in what has nothing to do with it", async () => {
    const { engine, clock, keeper } = await keeping();
    await putTopic(engine, "orders", { retentionSeconds: 7_200, paused: "publish" });
    await clock.advance(MINUTE_MS);
    expect(keeper.ended).toBeUndefined();
  });

  it("are looked at again WHEN a look failed", async () => {
    const push = await keeping({ replace: failing(["subscriptions.get"], 0, 10 * SECOND_MS) });
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    await push.clock.advance(9 * SECOND_MS);
    expect(push.keeper.ended).toBeUndefined();
    await push.clock.advance(LOOK_MS);
    expect(push.keeper.ended).toBe("settings-changed");
  });

  it.each(["before", "after"])(
    "that changed %s the lane was lost do not hide that it was lost",
    async (when) => {
      const push = await keeping();
      const change = () => changeSubscription(push.engine, "orders", "ship", { paused: true });
      const lose = () => push.storage.locks.delete(push.name);
      await (when === "before" ? change() : lose());
      await push.clock.advance(16 * SECOND_MS);
      await (when === "before" ? lose() : change());
      await push.clock.advance(16 * SECOND_MS);
      expect(push.keeper.ended).toBe("lane-lost");
    },
  );
});

describe("deliveries that an earlier pump left", () => {
  it("count until their lease is gone, which the session hears of", async () => {
    // GIVEN
    const [first, second] = [aLease(), aLease()];
    const left = { leases: [first, second], forMs: 10 * MINUTE_MS };
    const { engine, clock, keeper, raised, subscription } = await keeping({ left });
    await clock.advance(LOOK_MS);
    expect(keeper.others).toHaveLength(2);
    // WHEN
    await engine.progress.move(subscription, { remove: [first] });
    await clock.advance(LOOK_MS);
    // THEN
    expect(keeper.others.map(({ leaseId }) => leaseId)).toEqual([second.id]);
    expect(raised()).toBe(1);
  });

  it("count no longer than they can run, though their lease is there", async () => {
    const { clock, keeper } = await keeping({ left: { leases: [aLease()], forMs: MINUTE_MS } });
    await clock.advance(MINUTE_MS - 1);
    expect(keeper.others).toHaveLength(1);
    await clock.advance(1);
    expect(keeper.others).toEqual([]);
  });
});

describe("GIVEN a subscription that was narrowed to one lane", () => {
  const wide = { before: { maxConcurrency: 2 * LANE_WIDTH } };

  it("THEN nothing may begin until the second lane is let go, and then what that has left counts", async () => {
    // GIVEN the second lane at work
    const left = [aLease(), aLease()];
    const second = (push: Push) => laneName(refOf(push.subscription, 1));
    const note = JSON.stringify(left.map(({ id }) => ({ leaseId: id, untilMs: Number.MAX_SAFE_INTEGER })));
    const made = await keeping({
      ...wide,
      replace: (_, push) => {
        void push.engine.locks.acquire(
          second(push),
          "its pump",
          push.clock.nowMs(),
          push.clock.nowMs() + MINUTE_MS,
        );
        return {};
      },
    });
    const { keeper, clock, engine, subscription } = made;
    await engine.progress.move(subscription, { put: left });
    await clock.advance(2 * LOOK_MS);
    expect(keeper.taken).toBe(Infinity);
    // WHEN
    await engine.locks.release(second(made), "its pump", note);
    await clock.advance(LOOK_MS);
    expect([keeper.taken, made.raised() > 0]).toEqual([2, true]);
    // THEN
    await engine.progress.move(subscription, { remove: left.slice(0, 1) });
    await clock.advance(LOOK_MS);
    expect(keeper.taken).toBe(1);
  });

  it("THEN a second lane that is over, or whose pump died, leaves the whole width", async () => {
    const { keeper, clock } = await keeping(wide);
    await clock.advance(0);
    expect(keeper.taken).toBe(0);
  });

  it("GIVEN its lock cannot be read THEN nothing may begin until it can", async () => {
    const { keeper, clock } = await keeping({
      ...wide,
      replace: failing(["locks.heldUntilMs"], 0, LOOK_MS),
    });
    await clock.advance(LOOK_MS - 1);
    expect(keeper.taken).toBe(Infinity);
    await clock.advance(LOOK_MS);
    expect(keeper.taken).toBe(0);
  });
});
