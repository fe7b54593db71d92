import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { PartitionRef } from "../../../lib/domain/topic.js";
import { dispatch } from "../../../lib/operations/push/dispatch.js";
import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { type Push, aPush, partitionsOf, publishMany, refOf, running } from "../a-push.js";
import { portsAround } from "../ports-around.js";
import { type LaneRef, laneName } from "../../../lib/domain/lane.js";

const MINUTE_MS = 60_000;
/** No doorbell counts on a pump any more that was started so long ago. */
const SURELY_BEGUN_MS = 2_000;

async function aBell(
  settings: Parameters<typeof aPush>[0] = {},
): Promise<{ push: Push; bells: readonly PartitionRef[] }> {
  const push = await aPush(settings);
  await publishMany(push.engine, 3);
  return { push, bells: partitionsOf(push) };
}
const started = ({ starter }: Push) =>
  starter.startedPumps.map(({ subscription, lane }) => [subscription.name, lane]);

describe("a doorbell", () => {
  it("starts the pump of each push subscription, and of no other", async () => {
    const { push, bells } = await aBell();
    const { target } = push.subscription;
    await putSubscription(push.engine, "orders", "bill", { target });
    await putSubscription(push.engine, "orders", "paused", { target, paused: true });
    await putSubscription(push.engine, "orders", "audit", {});
    expect(await dispatch(push.engine, bells)).toEqual([]);
    expect(started(push).sort()).toEqual([
      ["bill", 0],
      ["ship", 0],
    ]);
  });

  it.each(["none", "key"] as const)(
    "starts one pump of a wide subscription, which starts others if it needs them (ordering: %s)",
    async (ordering) => {
      const push = await aPush({ maxConcurrency: 70 }, { ordering });
      await publishMany(push.engine, 3);
      await dispatch(push.engine, partitionsOf(push));
      expect(started(push)).toEqual([["ship", 0]]);
    },
  );

  it("starts one pump, however many of them ring at once", async () => {
    const { push, bells } = await aBell();
    await dispatch(push.engine, [...bells, ...bells, ...bells]);
    expect(started(push)).toEqual([["ship", 0]]);
  });

  it("leaves a pump that is at work alone, and starts one where it died", async () => {
    const { push, bells } = await aBell();
    // The process knows of a doorbell before this one, so it asks whether a pump is at work.
    await dispatch(push.engine, bells);
    push.starter.startedPumps.length = 0;
    const nowMs = push.clock.nowMs();
    await push.engine.locks.acquire(laneName(refOf(push.subscription)), "somebody", nowMs, nowMs + MINUTE_MS);
    await dispatch(push.engine, bells);
    expect(started(push)).toEqual([]);
    await push.clock.advance(MINUTE_MS);
    await dispatch(push.engine, bells);
    expect(started(push)).toEqual([["ship", 0]]);
  });

  it("of a topic that is gone, made again or paused starts nothing", async () => {
    const { push, bells } = await aBell();
    const ofAnotherLife = bells.map((bell) => ({ ...bell, topic: { ...bell.topic, uid: "another" } }));
    expect(await dispatch(push.engine, ofAnotherLife)).toEqual([]);
    await putTopic(push.engine, "carts", {});
    await deleteTopic(push.engine, "carts");
    expect(await dispatch(push.engine, [{ topic: { name: "carts", uid: "gone" }, partition: 0 }])).toEqual(
      [],
    );
    await putTopic(push.engine, "orders", { paused: "delivery" });
    expect(await dispatch(push.engine, bells)).toEqual([]);
    expect(started(push)).toEqual([]);
  });

  it("that cannot be answered is to be rung again, and keeps no other topic's from it", async () => {
    const { push, bells } = await aBell();
    const other = (await putTopic(push.engine, "carts", {})).value;
    const broken = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        if (name === "topics.getCounted" && args[0] === "carts") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    const cartBell = { topic: { name: "carts", uid: other.uid }, partition: 0 };
    expect(await dispatch(broken, [cartBell, ...bells])).toEqual([cartBell]);
    expect(started(push)).toEqual([["ship", 0]]);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({ name: "doorbell-failed", level: "warn" }),
    );
  });

  it("that did not start all pumps starts only the others as it is rung again", async () => {
    // GIVEN
    const { push, bells } = await aBell();
    const { target } = push.subscription;
    for (const name of ["bill", "sick"]) await putSubscription(push.engine, "orders", name, { target });
    const tried: string[] = [];
    let isSick = true;
    const dispatcher = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        if (name !== "starter.startPump") return await carryOut();
        const [{ subscription }] = args as [LaneRef];
        tried.push(subscription.name);
        if (subscription.name === "sick" && isSick) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    // WHEN
    expect(await dispatch(dispatcher, bells)).toEqual(bells);
    expect(tried.splice(0).sort()).toEqual(["bill", "ship", "sick"]);
    isSick = false;
    expect(await dispatch(dispatcher, bells)).toEqual([]);
    // THEN
    expect(tried.splice(0)).toEqual(["sick"]);
    await push.clock.advance(SURELY_BEGUN_MS);
    await dispatch(
      dispatcher,
      bells.map((bell) => ({ ...bell })),
    );
    expect(tried.sort()).toEqual(["bill", "ship", "sick"]);
  });

  it("reads the list of subscriptions again only if one of them has changed", async () => {
    // GIVEN
    const { push, bells } = await aBell();
    const lists: string[] = [];
    const dispatcher = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "subscriptions.list") lists.push(name);
        return await carryOut();
      }),
    );
    const startedBy = async (): Promise<readonly string[]> => {
      push.starter.startedPumps.length = 0;
      await push.clock.advance(SURELY_BEGUN_MS);
      await dispatch(dispatcher, bells);
      return push.starter.startedPumps.map(({ subscription }) => subscription.name).sort();
    };
    // WHEN, THEN
    for (let time = 0; time < 5; time++) expect(await startedBy()).toEqual(["ship"]);
    expect(lists).toHaveLength(1);
    await putSubscription(push.engine, "orders", "bill", { target: push.subscription.target });
    expect(await startedBy()).toEqual(["bill", "ship"]);
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    expect(await startedBy()).toEqual(["bill"]);
    await deleteSubscription(push.engine, "orders", "bill");
    expect(await startedBy()).toEqual([]);
    expect(lists).toHaveLength(4);
    await putTopic(push.engine, "orders", { paused: "delivery" });
    expect(await startedBy()).toEqual([]);
    expect(lists).toHaveLength(4);
  });

  it("hands on what it read and each partition's end, and asks for a lane only if a pump may be at work", async () => {
    // GIVEN
    const { push, bells } = await aBell();
    const asked: string[] = [];
    const dispatcher = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "locks.knock") asked.push(name);
        return await carryOut();
      }),
    );
    const [bell] = bells;
    if (!bell) throw new Error("nothing rang");
    // WHEN
    const readAtMs = push.clock.nowMs();
    await dispatch(dispatcher, [
      { ...bell, end: 5 },
      { ...bell, end: 7 },
      { ...bell, end: 6 },
    ]);
    // THEN
    expect(asked).toEqual([]);
    expect(push.starter.startedPumps[0]?.hints).toEqual({
      news: [{ partition: bell.partition, end: 7 }],
      known: { topic: await push.engine.topics.get("orders"), subscription: push.subscription, readAtMs },
    });
    await push.clock.advance(SURELY_BEGUN_MS);
    await dispatch(dispatcher, [bell]);
    expect(asked).toHaveLength(1);
    expect(push.starter.startedPumps[1]?.hints).toMatchObject({ gapMs: SURELY_BEGUN_MS });
    expect(push.starter.startedPumps[1]?.hints?.news).toBeUndefined();
    await push.clock.advance(MINUTE_MS);
    await dispatch(dispatcher, [bell]);
    expect(asked).toHaveLength(1);
  });

  it("finds a subscription that was made this moment", async () => {
    const { push, bells } = await aBell();
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    await dispatch(push.process(), bells);
    expect(started(push)).toEqual([]);
    for (let count = 0; count < 120; count++) {
      await putSubscription(push.engine, "orders", `more-${count}`, { target: push.subscription.target });
    }
    await dispatch(push.process(), bells);
    expect(started(push)).toHaveLength(120);
  });
});

describe("a deployment at work", () => {
  it("delivers what is published within a second, and rests afterwards", async () => {
    const push = await aPush();
    const play = running(push);
    await publishMany(push.engine, 100, 10);
    await push.clock.advance(1_000);
    expect(push.done).toHaveLength(100);
    const deliveries = push.deliveries.length;
    await push.clock.advance(10 * MINUTE_MS);
    play.stop();
    expect(push.deliveries).toHaveLength(deliveries);
  });
});
