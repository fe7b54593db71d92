import { InvalidRequest, StorageUnavailable } from "../../../lib/domain/errors.js";
import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { tick } from "../../../lib/operations/clock/tick.js";
import {
  type StartRedrive,
  cancelRedriveJob,
  getRedriveJob,
  listRedriveJobs,
  startRedrive,
} from "../../../lib/operations/manage/redrive-jobs.js";
import { redrive } from "../../../lib/operations/manage/redrive.js";
import { changeSubscription, deleteSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { bodies, receive } from "../a-consumer.js";
import { aText } from "../a-deployment.js";
import type { HastyClock } from "../../lambdas/an-engine.js";
import { portsAround } from "../ports-around.js";
import { idsOf, withDead } from "../redrive/with-dead.js";

const texts = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`);
const start = (engine: Engine, more: Partial<StartRedrive> = {}) =>
  startRedrive(engine, "orders", "audit", { selection: { kind: "all" }, ...more });
const get = (engine: Engine, id: string) => getRedriveJob(engine, "orders", "audit", id);
const cancel = (engine: Engine, id: string, by?: string) =>
  cancelRedriveJob(engine, "orders", "audit", id, by);
const filter = (pattern: object) =>
  ({ selection: { kind: "filter", filter: JSON.stringify(pattern) } }) as const;

/** A run of the clock that the rule starts: any that was started for the job has come to nothing. */
async function ticked(engine: Engine, clock: HastyClock): Promise<void> {
  clock.advance(6_000);
  await tick(engine, { deadlineMs: clock.nowMs() + 60_000 });
}

describe("a redrive job", () => {
  it("GIVEN few dead letters WHEN all are redriven THEN it is done with the response", async () => {
    const { engine, storage, clock, telemetry } = await withDead(["a", "b"]);
    const job = await start(engine, { by: "arn:ada" });
    expect(job).toMatchObject({
      state: "done",
      total: 2,
      examined: 2,
      moved: 2,
      refused: 0,
      startedBy: "arn:ada",
    });
    expect(job.expiresAtMs).toBe(clock.nowMs() + SUBSCRIPTION_DEFAULTS.deadLetter.retentionSeconds * 1_000);
    expect(await get(engine, job.id)).toEqual(job);
    expect(storage.timers.size).toBe(0);
    expect(bodies(await receive(engine)).sort()).toEqual(["a", "b"]);
    expect(telemetry.events.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["redrive-started", "redrive-ended"]),
    );
  });

  it("GIVEN a filter WHEN it is redriven THEN what matches goes, and the rest stays", async () => {
    const json = { contentType: "application/json" };
    const { engine, ids } = await withDead([
      aText('{"total":5}', { ...json, attributes: { region: "eu" } }),
      aText('{"total":50}', { ...json, attributes: { region: "eu" } }),
      aText('{"total":50}', { ...json, attributes: { region: "us" } }),
      "no json",
    ]);
    const job = await start(
      engine,
      filter({ "attributes.region": ["eu"], "body.total": [{ numeric: [">", 9] }] }),
    );
    expect(job).toMatchObject({ state: "done", total: 4, examined: 4, moved: 1, refused: 0 });
    expect((await receive(engine)).map(({ id }) => id)).toEqual([ids[1]]);
    expect(await idsOf(engine)).toEqual([ids[0], ids[2], ids[3]]);
  });

  it("GIVEN a filter that is wrong WHEN it is asked for THEN its place is told, and no job starts", async () => {
    const { engine } = await withDead(["a"]);
    const wrong = start(engine, filter({ "attributes.x": [{ numeric: ["<"] }] }));
    await expect(wrong).rejects.toThrow(InvalidRequest);
    await expect(wrong).rejects.toMatchObject({
      errors: [{ path: expect.stringMatching(/^filter\./) as string }],
    });
    expect((await listRedriveJobs(engine, "orders", "audit", { limit: 9 })).items).toEqual([]);
  });

  it("GIVEN one that is running WHEN another is asked for THEN it is refused, and the first one named", async () => {
    const { engine } = await withDead(texts(5));
    const job = await start(engine, { ratePerSecond: 0.2 });
    expect(job).toMatchObject({ state: "running", moved: 1 });
    await expect(start(engine)).rejects.toMatchObject({
      code: "redrive-running",
      message: expect.stringContaining(job.id) as string,
    });
    await cancel(engine, job.id);
    expect(await start(engine)).toMatchObject({ state: "done", moved: 4 });
  });

  it("GIVEN a rate WHEN the clock goes on with it THEN all are sent, and no faster", async () => {
    const { engine, clock, storage } = await withDead(texts(12));
    const beganMs = clock.nowMs();
    const job = await start(engine, { ratePerSecond: 1 });
    expect(job.state).toBe("running");
    expect(job.moved).toBeLessThanOrEqual(3);
    // One clock may end a step before the job does.
    await ticked(engine, clock);
    await ticked(engine, clock);
    const after = await get(engine, job.id);
    expect(after).toMatchObject({ state: "done", moved: 12, examined: 12 });
    expect((after.endedAtMs ?? 0) - beganMs).toBeGreaterThanOrEqual(11_000);
    expect(storage.timers.size).toBe(0);
  });

  it("GIVEN ids and a rate WHEN some are none THEN these are refused, and the others sent at that rate", async () => {
    const { engine, clock, ids } = await withDead(texts(3));
    const job = await start(engine, {
      selection: { kind: "ids", ids: [...ids, "none"] },
      ratePerSecond: 0.5,
    });
    await ticked(engine, clock);
    expect(await get(engine, job.id)).toMatchObject({
      ...{ state: "done", total: 4, examined: 4, moved: 3, refused: 1 },
      refusals: [{ id: "none", code: "dead-letter-not-found" }],
    });
  });

  it("GIVEN one that died as it started WHEN the clock comes THEN it goes on with it", async () => {
    const { engine, process, clock } = await withDead(texts(40));
    let moves = 0;
    const dying = process((ports) =>
      portsAround(ports, ({ name }, carryOut) =>
        name === "progress.move" && ++moves > 1 ? new Promise(() => undefined) : carryOut(),
      ),
    );
    void start(dying).catch(() => undefined);
    while (moves < 2) await clock.sleep(10);
    const [job] = (await listRedriveJobs(engine, "orders", "audit", { limit: 1 })).items;
    expect(job).toMatchObject({ state: "running", moved: 12 });
    clock.advance(61_000);
    await ticked(engine, clock);
    expect(await get(engine, job?.id ?? "")).toMatchObject({ state: "done", moved: 40, examined: 40 });
    expect(new Set((await receive(engine, 100)).map(({ id }) => id)).size).toBe(40);
  });

  it("GIVEN a store that fails WHEN it starts THEN the job is there, and the clock goes on with it", async () => {
    const { engine, process, clock, telemetry } = await withDead(["a"]);
    const failing = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "progress.move") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    const job = await start(failing);
    expect(job).toMatchObject({ state: "running", moved: 0 });
    expect(telemetry.events.map(({ name }) => name)).toContain("redrive-left-to-clock");
    clock.advance(61_000);
    await ticked(engine, clock);
    expect(await get(engine, job.id)).toMatchObject({ state: "done", moved: 1 });
  });

  it("GIVEN a letter that is redriven by hand WHEN it goes on THEN it is not moved twice", async () => {
    const { engine, clock, ids } = await withDead(texts(3));
    const job = await start(engine, { ratePerSecond: 0.1 });
    await redrive(engine, "orders", "audit", { kind: "ids", ids: [ids[1] ?? ""] });
    await ticked(engine, clock);
    expect(await get(engine, job.id)).toMatchObject({ state: "done", moved: 2, refused: 0 });
    expect((await receive(engine, 10)).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });
});

describe("a redrive job that is cancelled", () => {
  it("moves no more, keeps what it has moved, and tells who did it", async () => {
    const { engine, clock, storage } = await withDead(texts(3));
    const job = await start(engine, { ratePerSecond: 0.1 });
    expect(await cancel(engine, job.id, "arn:bob")).toMatchObject({
      state: "cancelled",
      moved: 1,
      endedBy: "arn:bob",
    });
    await ticked(engine, clock);
    expect(await get(engine, job.id)).toMatchObject({ state: "cancelled", moved: 1 });
    expect(await idsOf(engine)).toHaveLength(2);
    expect(storage.timers.size).toBe(0);
  });

  it("GIVEN a step that is under way WHEN it is cancelled THEN one of them wins, and the count is right", async () => {
    const { engine, process } = await withDead(texts(40));
    let steps = 0;
    let cancelled: Promise<unknown> | undefined;
    const racing = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "progress.move" && ++steps === 2) {
          const [job] = (await listRedriveJobs(engine, "orders", "audit", { limit: 1 })).items;
          cancelled = cancel(engine, job?.id ?? "");
          await cancelled;
        }
        return await carryOut();
      }),
    );
    const job = await start(racing);
    expect(job).toMatchObject({ state: "cancelled", moved: 12 });
    expect(await idsOf(engine)).toHaveLength(28);
  });

  it("GIVEN one that is over WHEN it is cancelled THEN it stays as it is", async () => {
    const { engine } = await withDead(["a"]);
    const job = await start(engine);
    expect(await cancel(engine, job.id)).toEqual(job);
  });

  it("GIVEN an id that is none WHEN it is asked for THEN that is told", async () => {
    const { engine } = await withDead([]);
    await expect(get(engine, "none")).rejects.toMatchObject({ code: "job-not-found" });
    await expect(cancel(engine, "none")).rejects.toMatchObject({ code: "job-not-found" });
  });
});

describe("a redrive job whose subscription", () => {
  it("is deleted ends with it, and leaves no timer", async () => {
    const { engine, clock, storage } = await withDead(texts(3));
    await start(engine, { ratePerSecond: 0.1 });
    await deleteSubscription(engine, "orders", "audit");
    await ticked(engine, clock);
    expect([storage.timers.size, storage.progress.size]).toEqual([0, 0]);
  });

  it("is paused moves on: what it moves waits for the end of the pause", async () => {
    const { engine } = await withDead(["a"]);
    await changeSubscription(engine, "orders", "audit", { paused: true });
    expect(await start(engine)).toMatchObject({ state: "done", moved: 1 });
  });
});
