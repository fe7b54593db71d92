import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic, getTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { type Push, aPush, publishMany, running } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const SOON_MS = 1_000;

const started = ({ starter }: Push) =>
  starter.startedPumps.map(({ subscription, lane }) => [subscription.name, lane]).sort();

/** A process of which every call to a port of this name fails. */
const failingAt = (push: Push, failing: string, of = ""): Engine =>
  push.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      if (name.startsWith(failing) && JSON.stringify(args).includes(of))
        throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );

/** What could not be woken: subscriptions, or a topic. */
const wakeUpsThatFailed = ({ telemetry }: Push) =>
  telemetry.events
    .filter(({ name }) => name === "wake-up-failed")
    .map(({ fields: { subscription, topic } }) => subscription ?? topic);

describe("GIVEN a push subscription WHEN it is changed", () => {
  const change = (push: Push, to: Parameters<typeof changeSubscription>[3]) =>
    changeSubscription(push.engine, "orders", "ship", to);

  it.each([
    ["from paused to not THEN its pump is started", { paused: true }, {}, { paused: false }, [0]],
    ["and is wide THEN its first pump is", { paused: true, maxConcurrency: 70 }, {}, { paused: false }, [0]],
    ["and stays paused THEN none is", { paused: true }, {}, { maxConcurrency: 5 }, []],
    ["and was not paused THEN none is", {}, {}, { paused: false, maxConcurrency: 5 }, []],
    ["to paused THEN none is", {}, {}, { paused: true }, []],
    ["while its topic is THEN none is", { paused: true }, { paused: "all" }, { paused: false }, []],
    [
      "while its topic takes no publishes THEN it is",
      { paused: true },
      { paused: "publish" },
      { paused: false },
      [0],
    ],
  ] as const)("%s", async (_, settings, topic, to, lanes) => {
    const push = await aPush(settings, topic);
    await change(push, to);
    expect(started(push)).toEqual(lanes.map((lane) => ["ship", lane]));
  });

  it("by a PUT that says nothing of a pause THEN its pump is started as well", async () => {
    const push = await aPush({ paused: true });
    const { target } = push.subscription;
    await putSubscription(push.engine, "orders", "ship", { target });
    expect(started(push)).toEqual([["ship", 0]]);
  });

  it("just after its topic, by a process that knows the topic as paused THEN its pump is started", async () => {
    const push = await aPush({ paused: true }, { paused: "delivery" });
    const other = push.process();
    await changeSubscription(other, "orders", "ship", { maxConcurrency: 5 });
    await changeTopic(push.engine, "orders", { paused: "none" });
    await changeSubscription(other, "orders", "ship", { paused: false });
    expect(started(push)).toEqual([["ship", 0]]);
  });

  it.each(["starter.", "locks.", "topics.get"])(
    "from paused to not, and %s fails THEN it is changed, and that is told",
    async (failing) => {
      const push = await aPush({ paused: true });
      const engine = failingAt(push, failing);
      if (failing === "topics.get") engine.caches.topics.set("orders", await knownTopic(push));
      expect(await changeSubscription(engine, "orders", "ship", { paused: false })).toMatchObject({
        paused: false,
      });
      expect(wakeUpsThatFailed(push)).toEqual(["ship"]);
    },
  );

  const knownTopic = async ({ engine, clock }: Push) => ({
    value: await getTopic(engine, "orders"),
    atMs: clock.nowMs(),
  });

  it("from paused to not THEN what has waited is delivered at once", async () => {
    const push = await aPush({ paused: true });
    const { stop } = running(push);
    const all = await publishMany(push.engine, 5);
    await push.clock.advance(SOON_MS);
    expect(push.done).toEqual([]);
    await change(push, { paused: false });
    await push.clock.advance(SOON_MS);
    stop();
    expect([...push.done].sort()).toEqual([...all].sort());
  });
});

it("GIVEN a pull subscription WHEN it is not paused any more THEN there is no pump to start", async () => {
  const push = await aPush();
  await putSubscription(push.engine, "orders", "audit", { paused: true });
  await changeSubscription(push.engine, "orders", "audit", { paused: false });
  expect(started(push)).toEqual([]);
});

describe("GIVEN a topic with several subscriptions WHEN it is changed", () => {
  async function withSeveral(paused: "none" | "publish" | "delivery" | "all"): Promise<Push> {
    const push = await aPush({}, { paused });
    const { target } = push.subscription;
    await putSubscription(push.engine, "orders", "bill", { target, maxConcurrency: 40 });
    await putSubscription(push.engine, "orders", "rest", { target, paused: true });
    await putSubscription(push.engine, "orders", "audit", {});
    return push;
  }
  const ALL = [
    ["bill", 0],
    ["ship", 0],
  ];

  it.each([
    ["delivery", "none", ALL],
    ["delivery", "publish", ALL],
    ["all", "none", ALL],
    ["all", "publish", ALL],
    ["all", "delivery", []],
    ["publish", "none", []],
    ["none", "delivery", []],
    ["none", "publish", []],
  ] as const)(
    "from paused %s to %s THEN the pumps of those that may be delivered to now are started",
    async (from, to, expected) => {
      const push = await withSeveral(from);
      await changeTopic(push.engine, "orders", { paused: to });
      expect(started(push)).toEqual(expected);
    },
  );

  it("and stays paused, or is not THEN none is started", async () => {
    for (const paused of ["all", "none"] as const) {
      const push = await withSeveral(paused);
      await changeTopic(push.engine, "orders", { description: "new" });
      expect(started(push)).toEqual([]);
    }
  });

  it("by a PUT that says nothing of a pause THEN they are started as well", async () => {
    const push = await withSeveral("all");
    await putTopic(push.engine, "orders", {});
    expect(started(push)).toEqual(ALL);
  });

  it("and one pump cannot be started THEN that is told, and the others are", async () => {
    const push = await withSeveral("all");
    const engine = failingAt(push, "starter.startPump", "ship");
    expect(await changeTopic(engine, "orders", { paused: "none" })).toMatchObject({ paused: "none" });
    expect(wakeUpsThatFailed(push)).toEqual(["ship"]);
    expect(started(push)).toEqual(ALL.filter(([name]) => name !== "ship"));
  });

  it("and its subscriptions cannot be listed THEN it is changed, and that is told", async () => {
    const push = await withSeveral("all");
    const engine = failingAt(push, "subscriptions.list");
    expect(await changeTopic(engine, "orders", { paused: "none" })).toMatchObject({ paused: "none" });
    expect(wakeUpsThatFailed(push)).toEqual(["orders"]);
  });

  it("to deliver again THEN what has waited is delivered at once", async () => {
    const push = await aPush({}, { paused: "delivery" });
    const { stop } = running(push);
    const all = await publishMany(push.engine, 5);
    await push.clock.advance(SOON_MS);
    expect(push.done).toEqual([]);
    await changeTopic(push.engine, "orders", { paused: "none" });
    await push.clock.advance(SOON_MS);
    stop();
    expect([...push.done].sort()).toEqual([...all].sort());
  });
});
