import { laneName } from "../../../lib/domain/lane.js";
import type { PumpHints } from "../../../lib/domain/pump-start.js";
import { nextOffset } from "../../../lib/domain/slot.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { pump } from "../../../lib/operations/push/pump.js";
import { startIdlePump } from "../../../lib/operations/push/start-pumps.js";
import { type Push, aPush, failing, publishMany, refOf } from "../a-push.js";
import { driven, portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;

/** A push that has consumed one message, and what a doorbell for more of them tells a pump. */
async function aRungPush(messages: number): Promise<{ push: Push; hints: PumpHints }> {
  const push = await aPush({}, { partitions: 1 });
  await publishMany(push.engine, 1);
  await driven(push.clock, push.pump());
  push.done.length = 0;
  await publishMany(push.engine, messages);
  return { push, hints: await newsIn(push) };
}

async function newsIn(push: Push): Promise<PumpHints> {
  const tail = await push.engine.log.tail({ topic: push.subscription.topic, partition: 0 });
  return { news: [{ partition: 0, end: tail ? nextOffset(tail) : 0 }] };
}

/** Runs a pump, and gives the names of its calls. */
async function callsOf(
  push: Push,
  hints: PumpHints,
  before: (name: string, engine: Engine) => Promise<void> = async () => undefined,
  replace: (ports: Ports) => Partial<Ports> = () => ({}),
): Promise<readonly string[]> {
  const calls: string[] = [];
  const engine: Engine = push.process((ports) =>
    portsAround({ ...ports, ...replace(ports) }, async ({ name }, carryOut) => {
      calls.push(name);
      await before(name, push.engine);
      return await carryOut();
    }),
  );
  const deadlineMs = push.clock.nowMs() + 15 * MINUTE_MS;
  await driven(push.clock, pump(engine, { ...refOf(push.subscription), hints }, { deadlineMs }));
  return calls;
}

const LOOKS = ["log.anchors", "log.tail", "subscriptions.get", "topics.get"];
const looksIn = (calls: readonly string[]): readonly string[] => calls.filter((name) => LOOKS.includes(name));

describe("a pump that was started for what a doorbell told of", () => {
  it("takes its lane, reads where it stands and what is new, delivers, commits, lets go, and that is all", async () => {
    const { push, hints } = await aRungPush(3);
    const known = {
      topic: await topicOf(push),
      subscription: push.subscription,
      readAtMs: push.clock.nowMs(),
    };
    const calls = await callsOf(push, { ...hints, known });
    expect(calls).toEqual([
      "locks.acquire",
      "progress.standing",
      "log.read",
      "subscriber.deliver",
      "progress.move",
      "locks.release",
    ]);
    expect(push.done).toHaveLength(3);
  });

  it("delivers nothing if all of it was delivered before, and reads no log", async () => {
    const { push, hints } = await aRungPush(3);
    await callsOf(push, hints);
    const calls = await callsOf(push, hints);
    expect(calls.filter((name) => name === "log.read" || name === "subscriber.deliver")).toEqual([]);
    expect(push.done).toHaveLength(3);
  });

  it("looks again as it ends if somebody knocked, and delivers what came meanwhile", async () => {
    const { push, hints } = await aRungPush(3);
    let hasCome = false;
    const calls = await callsOf(push, hints, async (name, engine) => {
      if (name !== "progress.move" || hasCome) return;
      hasCome = true;
      await publishMany(engine, 2);
      const found = await engine.locks.knock(laneName(refOf(push.subscription)), push.clock.nowMs());
      expect(found.kind).toBe("held");
    });
    expect(looksIn(calls)).toEqual(expect.arrayContaining(["log.anchors", "log.tail"]));
    expect(push.done).toHaveLength(5);
  });

  it("looks again if it could not see all of that: an eventually consistent read was behind", async () => {
    const { push, hints } = await aRungPush(3);
    let isBehind = true;
    const calls = await callsOf(push, hints, undefined, ({ log }) => ({
      log: {
        ...log,
        read: async (...args) => {
          if (!isBehind) return await log.read(...args);
          isBehind = false;
          return { slots: [], more: false };
        },
      },
    }));
    expect(looksIn(calls)).toEqual(expect.arrayContaining(["log.anchors", "log.tail"]));
    expect(push.done).toHaveLength(3);
  });

  it("looks again, and sets a wake-up, if a message failed", async () => {
    const { push, hints } = await aRungPush(3);
    push.answerWith(async (messages) => failing(messages));
    const calls = await callsOf(push, hints);
    expect(calls).toContain("timers.set");
  });

  it("takes what is due as well, and looks again", async () => {
    const { push, hints } = await aRungPush(3);
    push.answerWith(async (messages) => failing(messages.slice(0, 1)));
    await callsOf(push, hints);
    await push.clock.advance(MINUTE_MS);
    push.answerWith(async () => ({ kind: "answered", failedIds: new Set() }));
    await publishMany(push.engine, 1);
    await callsOf(push, await newsIn(push));
    expect(push.done).toHaveLength(4);
  });

  it("looks again if the answer to its release got lost: whether somebody knocked is not known", async () => {
    const { push, hints } = await aRungPush(3);
    const calls = await callsOf(push, hints, undefined, ({ locks }) => ({
      locks: {
        ...locks,
        release: async (...args) => ((await locks.release(...args)) === "released" ? "knocked" : "lost"),
      },
    }));
    expect(looksIn(calls)).toEqual(expect.arrayContaining(["log.anchors", "log.tail"]));
  });
});

describe("settings that came with the start of a pump", () => {
  it.each([
    ["older than a second", 1_001],
    ["from a clock that is ahead", -1],
  ])("are looked up if they are %s", async (_, ageMs) => {
    const { push, hints } = await aRungPush(1);
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    const readAtMs = push.clock.nowMs() - ageMs;
    const known = { topic: await topicOf(push), subscription: push.subscription, readAtMs };
    await callsOf(push, { ...hints, known });
    expect(push.done).toEqual([]);
  });

  it("of another life of the subscription are of no use", async () => {
    const { push, hints } = await aRungPush(1);
    const subscription = { ...push.subscription, uid: "another" };
    const known = { topic: await topicOf(push), subscription, readAtMs: push.clock.nowMs() };
    await callsOf(push, { ...hints, known });
    expect(push.done).toHaveLength(1);
  });
});

describe("whoever finds a lane held", () => {
  it.each([
    ["a seek", async ({ engine }: Push) => void (await seek(engine, "orders", "ship", "earliest"))],
    ["a wake-up", async ({ engine, subscription }: Push) => await startIdlePump(engine, subscription)],
    ["another pump", async ({ pump: another }: Push) => await another()],
  ])("leaves word with its pump: %s", async (_, find) => {
    const { push } = await aRungPush(1);
    const name = laneName(refOf(push.subscription));
    const nowMs = push.clock.nowMs();
    await push.engine.locks.acquire(name, "somebody", nowMs, nowMs + MINUTE_MS);
    await find(push);
    expect(push.starter.startedPumps).toEqual([]);
    expect(await push.engine.locks.release(name, "somebody")).toBe("knocked");
  });

  it("and then free takes it", async () => {
    const { push, hints } = await aRungPush(2);
    const name = laneName(refOf(push.subscription));
    const nowMs = push.clock.nowMs();
    await push.engine.locks.acquire(name, "somebody", nowMs, nowMs + MINUTE_MS);
    await callsOf(push, hints, async (call, { locks }) => {
      if (call === "locks.knock") await locks.release(name, "somebody");
    });
    expect(push.done).toHaveLength(2);
  });
});

async function topicOf({ engine }: Push) {
  const topic = await engine.topics.get("orders");
  if (!topic) throw new Error("there is no topic");
  return topic;
}
