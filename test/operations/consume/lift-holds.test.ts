import { findSubscription } from "../../../lib/operations/lookup.js";
import { liftHolds } from "../../../lib/operations/consume/lift-holds.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { portsAround } from "../ports-around.js";
import { comesNow, holdsIn, publishOf, withHeld } from "../with-held.js";
import { receive, settleAs } from "../a-consumer.js";

const ALL = { pagesAtMost: Infinity, untilMs: Infinity };

const readerAs = async (engine: Engine, onDeadLetter: "release" | "hold" | undefined, epoch = 0) => {
  const { topic, subscription } = await findSubscription(engine, "orders", "audit");
  const deadLetter = { retentionSeconds: 3_600, ...(onDeadLetter ? { onDeadLetter } : {}) };
  return { topic, subscription: { ...subscription, deadLetter, epoch } };
};

it("GIVEN holds that somebody may still end, or none ever WHEN it looks THEN no record is read", async () => {
  const held = await withHeld();
  const calls: string[] = [];
  const engine = held.process((ports) =>
    portsAround(ports, ({ name }, carryOut) => {
      calls.push(name);
      return carryOut();
    }),
  );
  for (const setting of ["hold", undefined] as const) {
    const reader = await readerAs(engine, setting);
    calls.length = 0;
    expect(await liftHolds(engine, reader, ALL)).toBe(false);
    expect(calls).toEqual([]);
  }
});

it("GIVEN no pages, or no time WHEN it looks THEN it leaves them to the next look", async () => {
  const held = await withHeld();
  const reader = await readerAs(held.engine, "release");
  expect(await liftHolds(held.engine, reader, { ...ALL, pagesAtMost: 0 })).toBe(false);
  expect(await liftHolds(held.engine, reader, { ...ALL, untilMs: held.engine.clock.nowMs() })).toBe(false);
  expect(await holdsIn(held)).toHaveLength(1);
  expect(await liftHolds(held.engine, reader, ALL)).toBe(true);
  expect(await holdsIn(held)).toEqual([]);
});

it("GIVEN many held keys, on many pages WHEN they are let go THEN all of them go on", async () => {
  const held = await withHeld({ target: { type: "pull" } });
  const { engine } = held;
  const keys = "cdefghijklmnopqrstuvwxyz".split("");
  for (const key of keys) {
    await publishOf(engine, `${key}1`, `${key}2`);
    const [first] = await receive(engine, 1);
    await settleAs(engine, [first], { outcome: "reject" });
  }
  expect(await comesNow(engine)).toEqual([]);
  expect(await holdsIn(held)).toHaveLength(keys.length + 1);
  const paged = held.process(({ progress }) => ({
    progress: {
      ...progress,
      records: (subscription, page) => progress.records(subscription, { ...page, limit: 2 }),
    },
  }));
  await changeSubscription(paged, "orders", "audit", { deadLetter: { onDeadLetter: "release" } });
  expect(await holdsIn(held)).toEqual([]);
  expect((await comesNow(engine)).sort()).toEqual(["a2", "a3", ...keys.map((key) => `${key}2`)]);
});
