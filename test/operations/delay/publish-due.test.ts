import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { parseGivenId } from "../../../lib/domain/message-id.js";
import { changeTopic, deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { deleteSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { cancelMessage, listScheduled } from "../../../lib/operations/manage/scheduled.js";
import { purgeGarbage } from "../../../lib/operations/clock/purge-garbage.js";
import { fire } from "../../../lib/operations/clock/fire.js";
import { publishDue } from "../../../lib/operations/delay/publish-due.js";
import type { SlotDraft } from "../../../lib/domain/slot.js";
import type { DelayedTimer } from "../../../lib/domain/timer.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { aText, publishTexts } from "../a-deployment.js";
import { ack, bodies, drained, receive } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";
import { clockRuns, delay, withDelays } from "./with-delayed.js";

const timersIn = (engine: Engine) => engine.timers.due(Infinity, 1_000);
const bodiesInLog = async (engine: Engine): Promise<unknown[]> => await drained(engine);

it("GIVEN delayed messages WHEN they are due THEN each comes once, in order, by its id", async () => {
  // GIVEN
  const { engine, clock, clockProcess } = await withDelays({ partitions: 1 });
  const nowMs = clock.nowMs();
  const ids = await delay(engine, ["c", nowMs + 30_000], ["a", nowMs + 10_000], ["b", nowMs + 20_000]);
  expect(await drained(engine)).toEqual([]);
  // WHEN
  await clockRuns(clockProcess);
  // THEN
  const handed = await receive(engine, 10);
  expect(handed.map(({ id, body }) => [id, body])).toEqual([
    [ids[1], "a"],
    [ids[2], "b"],
    [ids[0], "c"],
  ]);
  for (const { id, publishedAtMs } of handed)
    expect(publishedAtMs - (parseGivenId(id)?.timeMs ?? 0)).toBeGreaterThanOrEqual(0);
  expect(await timersIn(engine)).toEqual([]);
  expect((await listScheduled(engine, "orders", { limit: 10 })).items).toEqual([]);
});

it("GIVEN messages of a key, some delayed, WHEN they are due THEN each takes its place then", async () => {
  const { engine, clock, clockProcess } = await withDelays({ ordering: "key", partitions: 4 });
  const at = (seconds: number) => clock.nowMs() + seconds * 1_000;
  await delay(
    engine,
    ["k2", at(20), { key: "k" }],
    ["k1", at(10), { key: "k" }],
    ["l1", at(20), { key: "l" }],
  );
  await publishTexts(engine, "orders", aText("k0", { key: "k" }));
  await clockRuns(clockProcess);
  await publishTexts(engine, "orders", aText("k3", { key: "k" }));
  const seen = await drained(engine);
  expect(seen.filter((body) => String(body).startsWith("k"))).toEqual(["k0", "k1", "k2", "k3"]);
  expect(seen).toContain("l1");
});

it("GIVEN more than one slot takes WHEN they are due THEN few slots hold them, in order of their times", async () => {
  const { engine, clock, clockProcess, storage } = await withDelays({ partitions: 1 });
  const nowMs = clock.nowMs();
  const many = Array.from({ length: 300 }, (_, at) => [`${at}`, nowMs + 10_000 + (at % 3) * 200] as const);
  await delay(engine, ...many);
  await clockRuns(clockProcess);
  const seen = await bodiesInLog(engine);
  expect(seen).toHaveLength(300);
  const rank = (body: unknown) => (Number(body) % 3) * 1_000 + Number(body);
  expect(seen).toEqual([...seen].sort((one, other) => rank(one) - rank(other)));
  expect([...storage.logs.values()].flat().length).toBeLessThan(12);
});

it("GIVEN two clocks at once WHEN messages are due THEN each is published once", async () => {
  const { engine, clock, process } = await withDelays();
  const nowMs = clock.nowMs();
  const ids = await delay(
    engine,
    ...Array.from({ length: 40 }, (_, at) => [`${at}`, nowMs + 5_000] as const),
  );
  clock.advance(6_000);
  const timers = (await timersIn(engine)) as DelayedTimer[];
  await Promise.all(timers.flatMap((timer) => [process(), process()].map((one) => publishDue(one, timer))));
  const handed = await receive(engine, 100);
  expect(handed.map(({ id }) => id).sort()).toEqual([...ids].sort());
});

it("GIVEN a publish whose answer was lost WHEN the clock tries again THEN nothing is published twice", async () => {
  const { engine, clock, process } = await withDelays();
  await delay(engine, ["a", clock.nowMs() + 5_000], ["b", clock.nowMs() + 5_000]);
  let lost = 0;
  const unlucky = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      const answer = await carryOut();
      if (name === "log.append" && lost++ === 0) throw new StorageUnavailable("the test");
      return answer;
    }),
  );
  await clockRuns(unlucky);
  expect(lost).toBe(1);
  expect((await bodiesInLog(engine)).sort()).toEqual(["a", "b"]);
  expect(await timersIn(engine)).toEqual([]);
});

it("GIVEN a paused topic WHEN its messages are due THEN they wait for its end, without a clock", async () => {
  // GIVEN
  const { engine, clock, clockProcess } = await withDelays();
  await delay(engine, ["a", clock.nowMs() + 5_000]);
  await changeTopic(engine, "orders", { paused: "publish" });
  // WHEN
  await clockRuns(clockProcess);
  // THEN
  expect(await drained(engine)).toEqual([]);
  const [timer] = await timersIn(engine);
  expect((timer?.dueMs ?? 0) - clock.nowMs()).toBeGreaterThan(60_000);
  await changeTopic(engine, "orders", { paused: "none" });
  await clockRuns(clockProcess);
  expect(await drained(engine)).toEqual(["a"]);
});

it("GIVEN a topic that is deleted and made anew WHEN its messages are due THEN they are gone with it", async () => {
  const { engine, clock, clockProcess, storage } = await withDelays();
  const [id = ""] = await delay(engine, ["a", clock.nowMs() + 1_000_000]);
  await deleteSubscription(engine, "orders", "audit");
  await deleteTopic(engine, "orders");
  clock.advance(600_000);
  await putTopic(engine, "orders", {});
  await putSubscription(engine, "orders", "audit", { from: "earliest" });
  expect((await listScheduled(engine, "orders", { limit: 10 })).items).toEqual([]);
  await expect(cancelMessage(engine, id)).rejects.toMatchObject({ code: "message-not-found" });
  await purgeGarbage(clockProcess, Infinity);
  expect([...storage.delayed.values()].every(({ size }) => size === 0)).toBe(true);
  clock.advance(1_000_000);
  await clockRuns(clockProcess);
  expect(await drained(engine)).toEqual([]);
  expect(await timersIn(engine)).toEqual([]);
});

it("GIVEN an object that cannot be read now WHEN others are due THEN only its key waits for it", async () => {
  // GIVEN
  const { engine, clock, process } = await withDelays({ ordering: "key", partitions: 1 });
  const dueMs = clock.nowMs() + 5_000;
  const large = Array.from({ length: 3_000 }, (_, at) => Math.sin(at)).join();
  await delay(engine, [large, dueMs, { key: "a" }], ["a2", dueMs, { key: "a" }], ["b", dueMs, { key: "b" }]);
  let isBroken = true;
  const unlucky = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "segments.get" && isBroken) throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  // WHEN
  clock.advance(6_000);
  await expect(publishDue(unlucky, (await timersIn(engine))[0] as DelayedTimer)).rejects.toThrow("2 delayed");
  // THEN
  expect(await drained(engine)).toEqual(["b"]);
  isBroken = false;
  await publishDue(unlucky, (await timersIn(engine))[0] as DelayedTimer);
  expect((await drained(engine)).map((body) => String(body).length > 2)).toEqual([true, false]);
});

it("GIVEN an object that is gone WHEN its message is due THEN that is told, and holds up nobody", async () => {
  const { engine, clock, clockProcess, storage, telemetry } = await withDelays({ partitions: 1 });
  const large = Array.from({ length: 3_000 }, (_, at) => Math.sin(at)).join();
  const [id] = await delay(engine, [large, clock.nowMs() + 5_000], ["b", clock.nowMs() + 5_000]);
  storage.segments.clear();
  await clockRuns(clockProcess);
  expect(await drained(engine)).toEqual(["b"]);
  expect(telemetry.events).toContainEqual(
    expect.objectContaining({ name: "delayed-message-lost", level: "error" }),
  );
  expect(JSON.stringify(telemetry.events)).toContain(id);
});

it("GIVEN a large message WHEN it is scheduled THEN its object outlives its time by the retention", async () => {
  const { engine, clock, storage } = await withDelays({ retentionSeconds: 31_536_000 });
  const large = Array.from({ length: 3_000 }, (_, at) => Math.sin(at)).join();
  await delay(engine, [large, clock.nowMs() + 364 * 86_400_000]);
  expect([...storage.segments.keys()]).toEqual([expect.stringMatching(/^segments\/740d\//)]);
});

it("GIVEN a cancelled message WHEN it is due THEN it is not published", async () => {
  const { engine, clock, clockProcess } = await withDelays();
  const [id = ""] = await delay(engine, ["a", clock.nowMs() + 5_000], ["b", clock.nowMs() + 5_000]);
  await cancelMessage(engine, id);
  await clockRuns(clockProcess);
  const handed = await receive(engine);
  expect(bodies(handed)).toEqual(["b"]);
  await ack(engine, handed);
  await cancelMessage(engine, id);
  await expect(cancelMessage(engine, handed[0]?.id ?? "")).rejects.toMatchObject({
    code: "already-published",
  });
});

const noise = (length: number): string => Array.from({ length }, (_, at) => Math.sin(at)).join();
const firstTimer = async (engine: Engine) => (await timersIn(engine))[0] as DelayedTimer;

it("GIVEN many behind an object that cannot be read WHEN another key is due THEN it does not wait", async () => {
  const { engine, clock, process } = await withDelays({ ordering: "key", partitions: 1 });
  const dueMs = clock.nowMs() + 5_000;
  await delay(engine, [noise(3_000), dueMs, { key: "sick" }]);
  for (let sent = 0; sent < 600; sent += 100)
    await delay(engine, ...Array.from({ length: 100 }, () => ["s", dueMs + 200, { key: "sick" }] as const));
  await delay(engine, ["well", dueMs + 400, { key: "well" }]);
  const unlucky = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "segments.get") throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  clock.advance(6_000);
  await expect(publishDue(unlucky, await firstTimer(engine))).rejects.toThrow("601 delayed messages");
  expect(await drained(engine)).toEqual(["well"]);
});

it("GIVEN large messages of many keys WHEN they are due together THEN few are in memory at once", async () => {
  const { engine, clock, process } = await withDelays({ ordering: "key", partitions: 64 });
  const dueMs = clock.nowMs() + 5_000;
  const large = noise(3_000);
  await delay(engine, ...Array.from({ length: 40 }, (_, at) => [large, dueMs, { key: `${at}` }] as const));
  let [held, most] = [0, 0];
  const small = process(
    (ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        if (name === "segments.get") most = Math.max(most, ++held);
        const answer = await carryOut();
        if (name === "log.append") held -= (args[1] as SlotDraft).count;
        return answer;
      }),
    { decodedBytes: 3 * 4 * Buffer.byteLength(large) },
  );
  clock.advance(6_000);
  await publishDue(small, await firstTimer(engine));
  expect(await drained(engine)).toHaveLength(40);
  expect(most).toBeLessThanOrEqual(3);
});

it("GIVEN slow objects WHEN many are due THEN a run ends in time, and goes on at once", async () => {
  const { engine, clock, process } = await withDelays({ partitions: 1 });
  const large = noise(40_000);
  const dueMs = clock.nowMs() + 5_000;
  for (let sent = 0; sent < 6; sent++) await delay(engine, [large, dueMs]);
  const slow = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "segments.get") clock.advance(1_000);
      return await carryOut();
    }),
  );
  clock.advance(6_000);
  const timer = await firstTimer(engine);
  const again: (number | undefined)[] = [];
  do again.push(await publishDue(slow, timer));
  while (again.at(-1) !== undefined && again.length < 10);
  expect(again.length).toBeGreaterThan(1);
  expect(again.length).toBeLessThan(10);
  expect(await drained(engine)).toHaveLength(6);
});

it("GIVEN a long pause WHEN messages come due all the while THEN few timers are left", async () => {
  const { engine, clock, process } = await withDelays();
  const fromMs = clock.nowMs();
  await delay(engine, ...Array.from({ length: 90 }, (_, at) => ["m", fromMs + (at + 1) * 10_000] as const));
  await changeTopic(engine, "orders", { paused: "publish" });
  for (let minute = 0; minute < 30; minute++) {
    clock.advance(60_000);
    for (const timer of await engine.timers.due(clock.nowMs(), 100)) await fire(process(), timer);
  }
  const times = new Set((await timersIn(engine)).map((timer) => timer.dueMs));
  // Those of the next look, and of the one after that.
  expect(times.size).toBeLessThanOrEqual(2);
  expect((await timersIn(engine)).length).toBeLessThanOrEqual(16);
});

it("GIVEN a message that another clock has published WHEN its object is gone THEN nothing is lost", async () => {
  const { engine, clock, process, telemetry } = await withDelays({ partitions: 1 });
  await delay(engine, [noise(3_000), clock.nowMs() + 5_000]);
  clock.advance(6_000);
  const timer = await firstTimer(engine);
  const late = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name !== "segments.get") return await carryOut();
      await publishDue(process(), timer);
      return undefined;
    }),
  );
  await publishDue(late, timer);
  expect(await drained(engine)).toHaveLength(1);
  expect(telemetry.events.filter(({ name }) => name === "delayed-message-lost")).toEqual([]);
});
