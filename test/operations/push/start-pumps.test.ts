import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { laneName } from "../../../lib/domain/lane.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic, getTopic } from "../../../lib/operations/manage/topics.js";
import {
  pushSubscriptions,
  startIdlePump,
  wakeUp,
  wakeUpAll,
} from "../../../lib/operations/push/start-pumps.js";
import { type Push, aPush, refOf } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const lanesOf = ({ starter }: Push): readonly number[] => starter.startedPumps.map(({ lane }) => lane);
const namesOf = ({ starter }: Push): readonly string[] =>
  starter.startedPumps.map(({ subscription }) => subscription.name);

async function fresh(settings: Parameters<typeof aPush>[0] = {}): Promise<Push> {
  const push = await aPush(settings);
  push.starter.startedPumps.length = 0;
  return push;
}

async function addPush({ engine, subscription: { target } }: Push, name: string): Promise<void> {
  await putSubscription(engine, "orders", name, { target, from: "earliest" });
}

describe("the pump of a subscription", () => {
  it("is started unless it is at work, and where the time of the one that was is over", async () => {
    // GIVEN two lanes, of which one is held, and one was
    const push = await fresh({ maxConcurrency: 96 });
    const nowMs = push.clock.nowMs();
    const hold = (lane: number, untilMs: number) =>
      push.engine.locks.acquire(laneName(refOf(push.subscription, lane)), "somebody", nowMs, untilMs);
    await hold(0, nowMs + 45_000);
    await hold(1, nowMs + 1_000);
    await push.clock.advance(1_000);
    // WHEN
    for (const lane of [0, 1, 2]) await startIdlePump(push.engine, push.subscription, { lane });
    // THEN
    expect(lanesOf(push)).toEqual([1, 2]);
  });

  it("is the first one, if it is wanted", async () => {
    const push = await fresh({ maxConcurrency: 96 });
    await startIdlePump(push.engine, push.subscription, { isWanted: () => Promise.resolve(false) });
    expect(lanesOf(push)).toEqual([]);
    await startIdlePump(push.engine, push.subscription);
    expect(lanesOf(push)).toEqual([0]);
  });
});

describe("the subscriptions that are pushed to", () => {
  it("are those that may be delivered to now, on all pages of the list", async () => {
    const push = await fresh();
    for (let made = 0; made < 120; made++) await addPush(push, `more-${made}`);
    await putSubscription(push.engine, "orders", "pulls", {});
    await changeSubscription(push.engine, "orders", "more-7", { paused: true });
    const found = await pushSubscriptions(push.engine, await getTopic(push.engine, "orders"));
    const names = new Set(found.map(({ name }) => name));
    expect([found.length, names.size]).toEqual([120, 120]);
    expect([names.has("ship"), names.has("pulls"), names.has("more-7")]).toEqual([true, false, false]);
  });

  it("are none while the topic's delivery is paused", async () => {
    const push = await fresh();
    await changeTopic(push.engine, "orders", { paused: "delivery" });
    expect(await pushSubscriptions(push.engine, await getTopic(push.engine, "orders"))).toEqual([]);
  });
});

describe("a change that gave a subscription something to deliver", () => {
  it("starts nothing of one that pulls, or is paused, itself or by its topic", async () => {
    const push = await fresh();
    const { value: pulls } = await putSubscription(push.engine, "orders", "pulls", {});
    await wakeUp(push.engine, pulls);
    await wakeUp(push.engine, { ...push.subscription, paused: true });
    await changeTopic(push.engine, "orders", { paused: "all" });
    push.starter.startedPumps.length = 0;
    await wakeUp(push.engine, push.subscription);
    expect(lanesOf(push)).toEqual([]);
  });

  it("is done though its pumps do not start: that is told of, and keeps no other from starting", async () => {
    // GIVEN
    const push = await fresh();
    await addPush(push, "sick");
    await addPush(push, "well");
    push.starter.startedPumps.length = 0;
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [ref] = args as [{ subscription?: { name: string } }];
        if (name === "starter.startPump" && ref.subscription?.name === "sick")
          throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    // WHEN
    await wakeUpAll(engine, await getTopic(engine, "orders"));
    // THEN
    expect([...namesOf(push)].sort()).toEqual(["ship", "well"]);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({
        name: "wake-up-failed",
        fields: expect.objectContaining({ topic: "orders", subscription: "sick" }),
      }),
    );
  });
});
