import { Conflict, StorageUnavailable } from "../../../lib/domain/errors.js";
import { delayMessages } from "../../../lib/operations/delay/delay-messages.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { findTopic } from "../../../lib/operations/lookup.js";
import { listScheduled } from "../../../lib/operations/manage/scheduled.js";
import { aText } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { withDelays } from "./with-delayed.js";

const scheduled = async (engine: Engine) => (await listScheduled(engine, "orders", { limit: 1_000 })).items;
const toDelay = (deliverAtMs: number, body = "x") => ({ content: aText(body), deliverAtMs });

it("GIVEN more than a transaction takes WHEN they are delayed THEN a timer leads to each", async () => {
  // GIVEN
  const { engine, clock, process } = await withDelays();
  const calls: number[] = [];
  const counting = process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      if (name === "delayed.put") calls.push((args[1] as unknown[]).length + (args[2] as unknown[]).length);
      return await carryOut();
    }),
  );
  const nowMs = clock.nowMs();
  // WHEN
  const topic = await findTopic(counting, "orders");
  const all = Array.from({ length: 250 }, (_, at) => toDelay(nowMs + 90_000 + (at % 5) * 1_000, `${at}`));
  const results = await delayMessages(counting, topic, all);
  // THEN
  expect(calls.every((items) => items <= 100)).toBe(true);
  expect(calls).toHaveLength(3);
  expect(new Set(results.map((result) => result.kind))).toEqual(new Set(["scheduled"]));
  const ids = results.map((result) => (result.kind === "scheduled" ? result.id : ""));
  expect((await scheduled(engine)).map(({ id }) => id).sort()).toEqual([...ids].sort());
  const timed = new Set((await engine.timers.due(Infinity, 100)).map(({ dueMs }) => dueMs));
  for (const { dueMs } of await scheduled(engine)) expect(timed).toContain(dueMs);
});

it("GIVEN messages with dedupIds WHEN some are known THEN the others are stored, and each is told", async () => {
  // GIVEN
  const { engine, clock, process } = await withDelays();
  const dueMs = clock.nowMs() + 90_000;
  const topic = await findTopic(engine, "orders");
  const one = (dedupId: string) => ({ content: aText(dedupId, { dedupId }), deliverAtMs: dueMs });
  const known = await delayMessages(process(), topic, ["a", "b"].map(one));
  // WHEN
  const results = await delayMessages(process(), topic, [one("x"), one("b"), toDelay(dueMs), one("a")]);
  // THEN
  const repeats = [...known].reverse().map((result) => ({ ...result, isRepeat: true }));
  expect([results[1], results[3]]).toEqual(repeats);
  expect([results[0], results[2]].map((result) => result && "isRepeat" in result)).toEqual([false, false]);
  expect(await scheduled(engine)).toHaveLength(4);
});

it("GIVEN as many dedupIds as messages WHEN they are delayed THEN no transaction is too large", async () => {
  const { engine, clock, process } = await withDelays();
  const items: number[] = [];
  const counting = process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const [, delayed, timers, beside] = args as [unknown, unknown[], unknown[], { claims: unknown[] }];
      if (name === "delayed.put") items.push(delayed.length + timers.length + beside.claims.length);
      return await carryOut();
    }),
  );
  const all = Array.from({ length: 120 }, (_, at) => ({
    content: aText(`${at}`, { dedupId: `${at}` }),
    deliverAtMs: clock.nowMs() + 90_000,
  }));
  const results = await delayMessages(counting, await findTopic(counting, "orders"), all);
  expect(results.every(({ kind }) => kind === "scheduled")).toBe(true);
  expect(Math.max(...items)).toBeLessThanOrEqual(100);
  expect(items).toHaveLength(3);
  expect(await scheduled(engine)).toHaveLength(120);
});

it.each([
  ["within the minute", 5_000, 1],
  ["later than that", 120_000, 0],
])(
  "GIVEN a message that is due %s WHEN it is stored THEN a clock runs, or none has to",
  async (_, ms, clocks) => {
    const { engine, clock, starter } = await withDelays();
    await delayMessages(engine, await findTopic(engine, "orders"), [toDelay(clock.nowMs() + ms)]);
    expect(starter.startedClocks).toHaveLength(clocks);
  },
);

it("GIVEN a clock that cannot be started WHEN a message is stored THEN it is stored all the same", async () => {
  const { engine, clock, process, telemetry } = await withDelays();
  const broken = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "starter.startClock") throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const topic = await findTopic(broken, "orders");
  const [result] = await delayMessages(broken, topic, [toDelay(clock.nowMs() + 5_000)]);
  expect(result?.kind).toBe("scheduled");
  expect(await scheduled(engine)).toHaveLength(1);
  expect(JSON.stringify(telemetry.events)).toContain("clock-not-started");
});

it("GIVEN others at work on the same timer WHEN a put collides THEN it is tried again", async () => {
  const { engine, clock, process } = await withDelays();
  let collisions = 0;
  const unlucky = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "delayed.put" && collisions++ < 3) throw new Conflict("the test");
      return await carryOut();
    }),
  );
  const topic = await findTopic(unlucky, "orders");
  const [result] = await delayMessages(unlucky, topic, [toDelay(clock.nowMs() + 90_000)]);
  expect(result?.kind).toBe("scheduled");
  expect(await scheduled(engine)).toHaveLength(1);
});

it("GIVEN a store that fails for some WHEN a batch is delayed THEN only those are refused", async () => {
  const { clock, process } = await withDelays();
  let puts = 0;
  const unlucky = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "delayed.put" && ++puts === 2) throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const topic = await findTopic(unlucky, "orders");
  const all = Array.from({ length: 150 }, () => toDelay(clock.nowMs() + 90_000));
  const kinds = (await delayMessages(unlucky, topic, all)).map(({ kind }) => kind);
  expect(kinds.slice(0, 99)).toEqual(Array(99).fill("scheduled"));
  expect(kinds.slice(99)).toEqual(Array(51).fill("failed"));
});
