import { nextOffset } from "../../../lib/domain/slot.js";
import { append } from "../../../lib/operations/log/append.js";
import { setMark } from "../../../lib/operations/log/announce.js";
import { aText } from "../a-deployment.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { lookAfter, lookOver } from "../../../lib/operations/clock/look-after.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";
import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { deleteTopic, getTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { aPush, failing, publishMany, type Push, retryAfter, theMark } from "../a-push.js";
import { driven, portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;

describe("a sweep", () => {
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

  it("of a subscription that fails keeps no other of its topic from its own, and is told of by name", async () => {
    // GIVEN
    const push = await aPush();
    const { target } = push.subscription;
    for (const name of ["a-bad-one", "z-good-one"])
      await putSubscription(push.engine, "orders", name, { target, from: "earliest" });
    await publishMany(push.engine, 5);
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [subscription] = args as [{ name?: string }?];
        if (name === "progress.standing" && subscription?.name === "a-bad-one")
          throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    // WHEN
    await lookAfter(engine, await theMark(push));
    // THEN
    expect(push.starter.startedPumps.map(({ subscription }) => subscription.name).sort()).toEqual([
      "ship",
      "z-good-one",
    ]);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({
        name: "sweep-failed",
        fields: expect.objectContaining({ topic: "orders", subscription: "a-bad-one" }),
      }),
    );
  });

  it("leaves a paused subscription alone", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    await sweep(push.engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    expect(push.starter.startedPumps).toEqual([]);
  });
});

/** A topic whose push subscription has done all that there was, twelve minutes ago; another one pulls, if asked for. */
async function withColdTopic({ isPulled = false } = {}) {
  const push = await aPush();
  if (isPulled) await putSubscription(push.engine, "orders", "audit", { from: "earliest" });
  await publishMany(push.engine, 5);
  await driven(push.clock, push.pump());
  await push.clock.advance(12 * MINUTE_MS);
  return push;
}

const look = async (push: Push): Promise<void> => await lookAfter(push.engine, await theMark(push));
const isMarked = async ({ engine }: Push): Promise<boolean> =>
  (await engine.marks.list({ limit: 1 })).items.length > 0;

describe("the mark of a topic", () => {
  it("goes once all is cold and done, and its tails are noted", async () => {
    const push = await withColdTopic();
    await look(push);
    expect(await isMarked(push)).toBe(false);
    const anchors = [...(await push.engine.log.anchors(push.subscription.topic)).values()];
    expect(anchors).toEqual([expect.objectContaining({ tail: expect.anything() as unknown })]);
  });

  it("stays while a tail is warm, or it is young itself", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    await driven(push.clock, push.pump());
    await push.clock.advance(9 * MINUTE_MS);
    await look(push);
    expect(await isMarked(push)).toBe(true);
    await push.clock.advance(3 * MINUTE_MS);
    await setMark(push.engine, push.subscription.topic);
    await look(push);
    expect(await isMarked(push)).toBe(true);
  });

  it("stays while a subscription that pulls has a backlog, and is looked at less and less often", async () => {
    // GIVEN
    const push = await withColdTopic({ isPulled: true });
    const looks: number[] = [];
    const engine = push.process((ports) =>
      portsAround(ports, ({ name }, carryOut) => {
        if (name === "subscriptions.list") looks.push(push.clock.nowMs());
        return carryOut();
      }),
    );
    // WHEN
    for (let minute = 0; minute < 120; minute++) {
      await lookAfter(engine, await theMark(push));
      await push.clock.advance(MINUTE_MS);
    }
    // THEN
    const pauses = looks.slice(1).map((atMs, index) => (atMs - (looks[index] ?? 0)) / MINUTE_MS);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.at(-1)).toBe(10);
    expect(looks.length).toBeLessThan(20);
  });

  it("stays for what waits for another attempt, which is looked at when it is due", async () => {
    // GIVEN
    const push = await aPush(retryAfter(900));
    push.answerWith((messages) => Promise.resolve(failing(messages)));
    await publishMany(push.engine, 1);
    await driven(push.clock, push.pump());
    await push.clock.advance(12 * MINUTE_MS);
    // WHEN
    await look(push);
    // THEN it is due 15 minutes after it failed
    const { nextLookMs = 0 } = await theMark(push);
    expect((nextLookMs - push.clock.nowMs()) / MINUTE_MS).toBeCloseTo(3, 1);
  });

  it("goes with a topic that was deleted", async () => {
    const push = await withColdTopic();
    await deleteSubscription(push.engine, "orders", "ship");
    await deleteTopic(push.engine, "orders");
    await push.clock.advance(6 * MINUTE_MS);
    await look(push);
    expect(await isMarked(push)).toBe(false);
  });
});

describe("a look after a topic", () => {
  it("that takes long does not go by the age that the mark has as it ends: its news landed meanwhile", async () => {
    // GIVEN a writer whose append lands while the clock, which has read the ends, stands still for minutes
    const push = await withColdTopic();
    const topic = await getTopic(push.engine, "orders");
    let [land, announced] = [(): void => undefined, (): void => undefined];
    const hasMark = new Promise<void>((resolve) => (announced = resolve));
    const isRead = new Promise<void>((resolve) => (land = resolve));
    const writer = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "log.append") {
          announced();
          await isRead;
        }
        return await carryOut();
      }),
    );
    const news = append(writer, topic, [aText("m")], () => 0);
    await hasMark;
    const slow = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "subscriptions.list") {
          land();
          await news;
          await push.clock.advance(6 * MINUTE_MS);
        }
        return await carryOut();
      }),
    );
    // WHEN
    await lookAfter(slow, await theMark(push));
    // THEN
    expect(await isMarked(push)).toBe(true);
  });

  it.each(["log.noteTail", "log.tail"])("wakes its pumps though %s fails", async (failing) => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    await push.clock.advance(12 * MINUTE_MS);
    const topic = await getTopic(push.engine, "orders");
    await append(push.engine, topic, [aText("m")], () => 9);
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [ref] = args as [{ partition?: number }?];
        if (name === failing && ref?.partition !== 9) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await lookAfter(engine, await theMark(push));
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(await isMarked(push)).toBe(true);
  });
});

describe("a look at a topic whether it has a mark or not", () => {
  it("finds what came without one, and marks it", async () => {
    // GIVEN a publisher whose write came so late that its mark was gone
    const push = await withColdTopic();
    await look(push);
    const late = push.process(({ marks }) => ({ marks: { ...marks, set: () => Promise.resolve() } }));
    await publishMany(late, 1);
    expect(await isMarked(push)).toBe(false);
    // WHEN
    await lookOver(push.engine, await getTopic(push.engine, "orders"));
    // THEN
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(await isMarked(push)).toBe(true);
  });

  it("finds a plain put that landed when its caller had long given up, which no anchor tells of", async () => {
    // GIVEN
    const push = await withColdTopic();
    const { topic } = push.subscription;
    const [[partition] = []] = [...(await push.engine.log.anchors(topic))];
    const ref = { topic, partition: partition ?? 0 };
    const tail = await push.engine.log.tail(ref);
    await look(push);
    const [last] = (await push.engine.log.read(ref, tail?.base ?? 0, 1)).slots;
    if (!tail || !last) throw new Error("there is a tail");
    await push.engine.log.append(ref, { ...last, base: nextOffset(tail), nonce: "late" });
    // WHEN
    await lookOver(push.engine, await getTopic(push.engine, "orders"));
    // THEN
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(await isMarked(push)).toBe(true);
    const done = push.done.length;
    await driven(push.clock, push.pump());
    expect(push.done.length).toBe(done + last.count);
  });

  it("looks at the others where one partition cannot be read", async () => {
    const push = await withColdTopic();
    const topic = await getTopic(push.engine, "orders");
    await look(push);
    const mine = (await append(push.engine, topic, [aText("m")], () => 9)).partition;
    const mark = await theMark(push);
    await push.engine.marks.remove(mark);
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [ref] = args as [{ partition?: number }?];
        if (name === "log.tail" && ref?.partition !== mine) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await lookOver(engine, topic);
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(await isMarked(push)).toBe(true);
  });

  it("leaves one without anything to do without a mark", async () => {
    const push = await withColdTopic();
    await look(push);
    await lookOver(push.engine, await getTopic(push.engine, "orders"));
    expect(await isMarked(push)).toBe(false);
  });

  it("retires the anchors of partitions that hold nothing any more, and of no others", async () => {
    // GIVEN
    const push = await aPush({}, { retentionSeconds: 3_600 });
    const topic = await getTopic(push.engine, "orders");
    for (const partition of [1, 2]) await append(push.engine, topic, [aText("m")], () => partition);
    await push.clock.advance(4 * 60 * MINUTE_MS);
    const [slot] = (await push.engine.log.read({ topic, partition: 1 }, 0, 1)).slots;
    push.storage.removeSlot({ topic, partition: 1 }, slot?.base ?? 0);
    // WHEN
    await lookOver(push.engine, topic);
    // THEN
    expect([...(await push.engine.log.anchors(topic)).keys()]).toEqual([2]);
    const again = await append(push.engine, topic, [aText("m")], () => 1);
    expect(again.slot.base).toBeGreaterThan(slot?.base ?? 0);
  });
});
