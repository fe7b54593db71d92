import { InvalidRequest, StorageUnavailable } from "../../../lib/domain/errors.js";
import { isOutboxUsed, sweepOutbox } from "../../../lib/operations/clock/sweep-outbox.js";
import { tick } from "../../../lib/operations/clock/tick.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import type { Engine } from "../../../lib/operations/engine.js";
import type { Round } from "../../../lib/domain/round.js";
import { aDeployment } from "../a-deployment.js";
import { aService, textsIn, waitingIn } from "../an-outbox.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;

async function withOrders() {
  const deployment = aDeployment();
  const { storage, clock } = deployment;
  const engine = deployment.process();
  await putTopic(engine, "orders", { partitions: 1 });
  return { ...deployment, engine, write: aService(storage, () => clock.nowMs()) };
}

const sweepFrom = (engine: Engine, round?: Round) =>
  sweepOutbox(engine, {
    round,
    everyMs: MINUTE_MS,
    keep: () => Promise.resolve(true),
    untilMs: engine.clock.nowMs() + MINUTE_MS,
  });

describe("the sweep of the outbox", () => {
  it("moves what was stranded there, of all topics", async () => {
    const { engine, storage, write, clock } = await withOrders();
    await putTopic(engine, "bills", {});
    write("orders", "one");
    write("bills", "two");
    await clock.sleep(MINUTE_MS);
    const round = await sweepFrom(engine);
    expect([...textsIn(storage)].sort()).toEqual(["one", "two"]);
    expect(round).toEqual({ beganAtMs: expect.any(Number) as number });
  });

  it("leaves to the stream what is young", async () => {
    const { engine, storage, write, clock } = await withOrders();
    write("orders", "one");
    await clock.sleep(20_000);
    await sweepFrom(engine);
    expect(waitingIn(storage)).toBe(1);
    await clock.sleep(20_000);
    await sweepFrom(engine);
    expect(waitingIn(storage)).toBe(0);
  });

  it("does not believe a clock that is far ahead", async () => {
    const { engine, storage, clock } = await withOrders();
    aService(storage, () => clock.nowMs() + 24 * 60 * MINUTE_MS)("orders", "one");
    await sweepFrom(engine);
    expect(textsIn(storage)).toEqual(["one"]);
  });

  it("tells of what waits, with its age; a pause is an operator's own word", async () => {
    // GIVEN
    const { engine, write, clock, telemetry } = await withOrders();
    await putTopic(engine, "paused", { paused: "publish" });
    for (const topic of ["gone", "paused", "orders"]) write(topic, topic);
    await clock.sleep(5 * MINUTE_MS);
    // WHEN
    await sweepFrom(engine);
    // THEN
    const told = telemetry.events.filter(({ name }) => /^outbox-(stranded|paused)$/.test(name));
    expect(told.map(({ name, level, fields }) => [name, level, fields])).toEqual([
      ["outbox-stranded", "error", { topic: "gone", waiting: "topic-not-found", oldestSeconds: 300 }],
      ["outbox-paused", "info", { topic: "paused", waiting: "topic-paused", oldestSeconds: 300 }],
    ]);
  });

  it("looks at so many at a time, and goes on from there the next time", async () => {
    // GIVEN
    const { process, storage, write, clock } = await withOrders();
    const scans: unknown[] = [];
    const engine = process((ports) => ({
      outbox: {
        ...ports.outbox,
        scan: (page) => {
          scans.push(page.cursor);
          return ports.outbox.scan({ ...page, limit: 2 });
        },
      },
    }));
    for (let number = 0; number < 10; number++) write(`gone-${number}`, "x");
    write("orders", "one");
    await clock.sleep(MINUTE_MS);
    // WHEN
    const kept: Round[] = [];
    const keep = (round: Round) => Promise.resolve(kept.push(round) > 0);
    const untilMs = clock.nowMs() + MINUTE_MS;
    const first = await sweepOutbox(engine, { round: undefined, everyMs: MINUTE_MS, keep, untilMs });
    const second = await sweepOutbox(engine, { round: first, everyMs: MINUTE_MS, keep, untilMs });
    // THEN
    expect(first?.place).toBeDefined();
    expect(second?.place).toBeUndefined();
    expect(scans).toHaveLength(6);
    expect(new Set(scans).size).toBe(6);
    expect(kept.length).toBe(5);
    expect(textsIn(storage)).toEqual(["one"]);
  });

  it("begins anew only when it is time", async () => {
    const { engine, clock, storage, write } = await withOrders();
    write("orders", "one");
    await clock.sleep(MINUTE_MS);
    const round = { beganAtMs: clock.nowMs() - 1_000 };
    expect(await sweepFrom(engine, round)).toBe(round);
    expect(waitingIn(storage)).toBe(1);
  });

  it("reports a look that fails, and keeps its place", async () => {
    const { process, telemetry, clock } = await withOrders();
    const engine = process((ports) =>
      portsAround(ports, async (call, carryOut) => {
        if (call.name === "outbox.scan") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    const place = { cursor: "k", after: "" };
    expect(await sweepFrom(engine, { beganAtMs: clock.nowMs(), place })).toMatchObject({ place });
    expect(telemetry.events.map(({ name }) => name)).toContain("sweep-failed");
  });

  it("starts from the beginning where its place cannot be read, as one of another version", async () => {
    const { process, storage, write, clock, telemetry } = await withOrders();
    const engine = process((ports) =>
      portsAround(ports, async (call, carryOut) => {
        const { cursor } = (call.args[0] ?? {}) as { readonly cursor?: string };
        if (call.name === "outbox.scan" && cursor === "of another version")
          throw new InvalidRequest([{ path: "cursor", detail: "is not one of this list" }]);
        return await carryOut();
      }),
    );
    write("orders", "one");
    await clock.sleep(MINUTE_MS);
    const place = { cursor: "of another version", after: "" };
    const round = await sweepFrom(engine, { beganAtMs: clock.nowMs() - 1_000, place });
    expect(textsIn(storage)).toEqual(["one"]);
    expect(round?.place).toBeUndefined();
    expect(telemetry.events.map(({ name }) => name)).not.toContain("sweep-failed");
  });

  it("is work as long as anything is there", async () => {
    const { engine, write } = await withOrders();
    expect(await isOutboxUsed(engine)).toBe(false);
    write("orders", "one");
    expect(await isOutboxUsed(engine)).toBe(true);
  });

  it("is what a clock does that has nothing else to do", async () => {
    const { engine, storage, write, clock } = await withOrders();
    write("orders", "one");
    await clock.sleep(MINUTE_MS);
    await tick(engine, { deadlineMs: clock.nowMs() + MINUTE_MS });
    expect(textsIn(storage)).toEqual(["one"]);
  });
});
