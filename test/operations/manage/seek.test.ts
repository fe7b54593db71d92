import type { StartFrom } from "../../../lib/domain/subscription.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import {
  changeSubscription,
  listSubscriptions,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import {
  ack,
  bodies,
  drained,
  publishEach,
  publishTogether,
  receive,
  retry,
  withAudit,
} from "../a-consumer.js";
import { IDLE } from "../an-idle-state.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { portsAround, recording } from "../ports-around.js";

const HOUR_MS = 3_600_000;
const ONE_PARTITION = { topic: { partitions: 1 } } as const;

const seekTo = (engine: Engine, to: StartFrom) => seek(engine, "orders", "audit", to);

/** a, b and c, published an hour apart from the start on, the last an hour ago. */
async function withThree(settings: Parameters<typeof withAudit>[0] = ONE_PARTITION) {
  const audit = await withAudit(settings);
  const ids: string[] = [];
  for (const body of ["a", "b", "c"]) {
    ids.push(...(await publishEach(audit.engine, body)));
    audit.clock.advance(HOUR_MS);
  }
  return { ...audit, ids };
}

describe("a seek after everything was acknowledged", () => {
  it.each<[string, (ids: readonly string[]) => StartFrom, readonly string[]]>([
    ["the earliest", () => "earliest", ["a", "b", "c"]],
    ["the latest", () => "latest", []],
    ["a time", () => ({ timeMs: START_MS + 1 }), ["b", "c"]],
    ["the time of a publish", () => ({ timeMs: START_MS }), ["a", "b", "c"]],
    ["a time that a caller's clock is ahead", () => ({ timeMs: START_MS + 3 * HOUR_MS + 300_000 }), []],
    ["a message", ([, b = ""]) => ({ id: b }), ["b", "c"]],
  ])("to %s hands out what is there from then on, and what is published later", async (_, to, expected) => {
    // GIVEN
    const { engine, process, ids } = await withThree();
    expect(await drained(engine)).toEqual(["a", "b", "c"]);
    // WHEN
    await seekTo(process(), to(ids));
    // THEN a process that remembers where it was and one that does not see the same
    const replayed = await receive(engine);
    expect(bodies(replayed)).toEqual(expected);
    expect(replayed.every(({ attempt }) => attempt === 1)).toBe(true);
    await ack(process(), replayed);
    await publishEach(engine, "later");
    expect(await drained(process())).toEqual(["later"]);
    expect(await drained(engine)).toEqual([]);
  });
});

it("to a time in the future is refused, and changes nothing", async () => {
  const { engine, clock } = await withThree();
  const refused = seekTo(engine, { timeMs: clock.nowMs() + 300_001 });
  await expect(refused).rejects.toMatchObject({
    code: "invalid-request",
    errors: [{ path: "to.time", detail: expect.stringContaining("lies 301 s in the future") as string }],
  });
  expect(await drained(engine)).toEqual(["a", "b", "c"]);
});

it("skips a backlog that was never handed out", async () => {
  const { engine } = await withThree();
  await seekTo(engine, "latest");
  await publishEach(engine, "d");
  expect(await drained(engine)).toEqual(["d"]);
});

it("changes all partitions at once, those of a process that knows them included", async () => {
  // GIVEN
  const { engine, process } = await withAudit({ topic: { ordering: "key", partitions: 16 } });
  const all = Array.from({ length: 60 }, (_, n) => `${n}`);
  await publishTexts(engine, "orders", ...all.map((body) => aText(body, { key: body })));
  expect((await drained(engine)).sort()).toEqual([...all].sort());
  // WHEN
  await seekTo(process(), "earliest");
  // THEN
  expect((await drained(engine)).sort()).toEqual([...all].sort());
  await seekTo(process(), "earliest");
  await seekTo(process(), "latest");
  expect(await drained(engine)).toEqual([]);
});

it("costs a process that knows the cursors one look at them, and none at each partition", async () => {
  // GIVEN
  const { engine, process, clock } = await withAudit({ topic: { ordering: "key", partitions: 16 } });
  const calls: string[] = [];
  const consumer = process(recording(calls));
  const all = Array.from({ length: 60 }, (_, n) => aText(`${n}`, { key: `${n}` }));
  await publishTexts(engine, "orders", ...all);
  await drained(consumer);
  await seekTo(engine, "latest");
  for (let look = 1; look <= 2; look++) {
    // WHEN
    calls.length = 0;
    expect(await receive(consumer)).toEqual([]);
    // THEN
    expect(calls.filter((name) => name.startsWith("progress.cursor"))).toEqual(["progress.cursors"]);
    clock.advance(10_000);
  }
});

it("moves no other subscription", async () => {
  const { engine } = await withThree();
  await putSubscription(engine, "orders", "other", { from: "earliest" });
  const [first] = await receiveWaiting(engine, "orders", "other", { maxMessages: 1, waitSeconds: 0 });
  await seekTo(engine, "latest");
  const rest = await receiveWaiting(engine, "orders", "other", { maxMessages: 10, waitSeconds: 0 });
  expect(bodies([...(first ? [first] : []), ...rest])).toEqual(["a", "b", "c"]);
});

it("leaves the settings as they are, and is counted as a change", async () => {
  const { engine, clock } = await withAudit({ subscription: { ackDeadlineSeconds: 60, paused: true } });
  clock.advance(1_000);
  const sought = await seekTo(engine, "earliest");
  expect(sought).toMatchObject({
    ackDeadlineSeconds: 60,
    paused: true,
    createdAtMs: START_MS,
    updatedAtMs: START_MS + 1_000,
    version: 2,
  });
  expect((await listSubscriptions(engine, "orders", { limit: 10 })).items).toEqual([sought]);
});

it("outlives a change of the settings", async () => {
  const { engine } = await withThree();
  await drained(engine);
  await seekTo(engine, "earliest");
  await changeSubscription(engine, "orders", "audit", { ackDeadlineSeconds: 60 });
  await putSubscription(engine, "orders", "audit", {});
  expect(await drained(engine)).toEqual(["a", "b", "c"]);
});

describe("a seek", () => {
  it("to a message of another topic is refused by its field, and moves nothing", async () => {
    const { engine } = await withThree();
    await putTopic(engine, "carts", {});
    const [elsewhere = ""] = await publishTexts(engine, "carts", aText("x"));
    await drained(engine);
    for (const id of [elsewhere, "7"]) {
      await expect(seekTo(engine, { id })).rejects.toMatchObject({
        code: "invalid-request",
        errors: [{ path: "to.id" }],
      });
    }
    expect(await drained(engine)).toEqual([]);
  });

  it.each([
    ["nowhere", "audit", "topic-not-found"],
    ["orders", "nobody", "subscription-not-found"],
  ])("in %s/%s finds nothing to move", async (topic, name, code) => {
    const { engine } = await withAudit();
    await expect(seek(engine, topic, name, "earliest")).rejects.toMatchObject({ code });
  });

  it("sent again, since its answer was lost, has the same done once more", async () => {
    const { engine } = await withThree();
    await drained(engine);
    await seekTo(engine, "earliest");
    const handed = await receive(engine, 2);
    await seekTo(engine, "earliest");
    await ack(engine, handed);
    expect(await drained(engine)).toEqual(["a", "b", "c"]);
  });

  it("that dies at any of its calls is done in all partitions, or in none", async () => {
    for (let fatal = 1; fatal <= 12; fatal++) {
      // GIVEN
      const { engine, process } = await withAudit({ topic: { ordering: "key", partitions: 4 } });
      const all = Array.from({ length: 20 }, (_, n) => `${n}`);
      await publishTexts(engine, "orders", ...all.map((body) => aText(body, { key: body })));
      await drained(engine);
      // WHEN
      let calls = 0;
      const dying = process((ports) =>
        portsAround(ports, async (_, carryOut) => {
          if (++calls >= fatal) throw new Error("dead");
          return await carryOut();
        }),
      );
      const done = await seekTo(dying, "earliest").then(
        () => true,
        () => false,
      );
      // THEN
      const replayed = await drained(process());
      expect([fatal, replayed.length]).toEqual([fatal, done ? 20 : 0]);
    }
  });
});

describe("at the same time", () => {
  it("seeks and changes of the settings all take effect", async () => {
    const { engine, process } = await withThree();
    await drained(engine);
    await Promise.all([
      seekTo(process(), "earliest"),
      changeSubscription(process(), "orders", "audit", { ackDeadlineSeconds: 7 }),
      seekTo(process(), "earliest"),
    ]);
    const { subscription } = await findSubscription(engine, "orders", "audit");
    expect(subscription).toMatchObject({ ackDeadlineSeconds: 7, version: 4 });
    expect(await drained(engine)).toEqual(["a", "b", "c"]);
  });

  it("a publish that comes after a seek to the latest is seen, whatever came meanwhile", async () => {
    for (let delay = 0; delay < 12; delay++) {
      const { engine, process } = await withThree();
      const seeking = seekTo(engine, "latest");
      for (let step = 0; step < delay; step++) await Promise.resolve();
      const meanwhile = publishEach(process(), "meanwhile");
      await seeking;
      await publishEach(process(), "afterwards");
      await meanwhile;
      const seen = await drained(engine);
      expect(seen).toContain("afterwards");
      expect(seen).not.toContain("a");
    }
  });

  it("one that loses every race says so", async () => {
    const { process } = await withAudit();
    const engine = process(({ subscriptions }) => ({
      subscriptions: { ...subscriptions, update: () => Promise.resolve("conflict") },
    }));
    await expect(seekTo(engine, "earliest")).rejects.toMatchObject({ code: "conflict" });
  });
});

it("shows its state from the new place on: what was handed out before counts nowhere", async () => {
  // GIVEN a message that is done, one that waits and one that is in flight
  const { engine, clock } = await withAudit(ONE_PARTITION);
  await publishTogether(engine, "a", "b", "c", "d");
  const [a, b] = await receive(engine, 3);
  await ack(engine, [a]);
  await retry(engine, [b], 600);
  clock.advance(1_000);
  const state = async () => {
    const { topic, subscription } = await findSubscription(engine, "orders", "audit");
    return await subscriptionState(engine, { topic, subscription });
  };
  expect(await state()).toMatchObject({ backlog: 1, inFlight: 1, retrying: 1 });
  // WHEN
  await seekTo(engine, "earliest");
  // THEN
  expect(await state()).toEqual({
    backlog: 4,
    inFlight: 0,
    retrying: 0,
    expired: 0,
    deadLetters: 0,
    setAside: 0,
    busyKeys: 0,
    heldKeys: 0,
    oldestUnackedAgeMs: 1_000,
  });
  await receive(engine, 1);
  expect(await state()).toMatchObject({ backlog: 3, inFlight: 1, retrying: 0 });
  await seekTo(engine, "latest");
  expect(await state()).toEqual(IDLE);
});
