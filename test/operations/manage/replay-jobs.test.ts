import { tick } from "../../../lib/operations/clock/tick.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { eraseMessage } from "../../../lib/operations/erase/erase-message.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import {
  type StartReplay,
  cancelReplayJob,
  dryReplay,
  getReplayJob,
  listReplayJobs,
  startReplay,
} from "../../../lib/operations/manage/replay-jobs.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import type { HastyClock } from "../../lambdas/an-engine.js";
import { ack, bodies, drained, publishEach, receive, retry, settleAs, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { withDead } from "../redrive/with-dead.js";

const start = (engine: Engine, more: Partial<StartReplay> = {}) =>
  startReplay(engine, "orders", "audit", { from: "earliest", selection: {}, ...more });
const dry = (engine: Engine, more: Partial<StartReplay> = {}) =>
  dryReplay(engine, "orders", "audit", { from: "earliest", selection: {}, ...more });
const get = (engine: Engine, id: string) => getReplayJob(engine, "orders", "audit", id);
const cancel = (engine: Engine, id: string) => cancelReplayJob(engine, "orders", "audit", id, "arn:eve");
const texts = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${at}`);
const json = (value: unknown, more: object = {}) =>
  aText(JSON.stringify(value), { contentType: "application/json", ...more });
const errorAt = (path: string): object => ({ errors: [expect.objectContaining({ path })] });

async function ticked(engine: Engine, clock: HastyClock): Promise<void> {
  clock.advance(6_000);
  await tick(engine, { deadlineMs: clock.nowMs() + 60_000 });
}

/** All of these were delivered, and are done. */
async function withDone(...published: Parameters<typeof publishTexts>[2][]) {
  const audit = await withAudit({ topic: { partitions: 1 } });
  const ids = await publishTexts(audit.engine, "orders", ...published);
  expect(await drained(audit.engine)).toHaveLength(published.length);
  return { ...audit, ids };
}

describe("a replay", () => {
  it("GIVEN messages that are done WHEN all are replayed THEN they come again, and to nobody else", async () => {
    const { engine, storage, telemetry } = await withDone(...texts(5).map((one) => aText(one)));
    await putSubscription(engine, "orders", "other", { from: "earliest" });
    const job = await start(engine, { by: "arn:ada" });
    expect(job).toMatchObject({ state: "done", startedBy: "arn:ada", ranges: [] });
    expect(job.counts).toMatchObject({ read: 5, matched: 5, moved: 5, underWay: 0, dead: 0 });
    expect(await get(engine, job.id)).toEqual(job);
    expect(storage.timers.size).toBe(0);
    const handed = await receive(engine);
    expect(bodies(handed)).toEqual(texts(5));
    expect(handed.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1]);
    const events = telemetry.events.map(({ name }) => name);
    expect(events).toEqual(expect.arrayContaining(["replay-started", "messages-replayed", "replay-ended"]));
  });

  it("GIVEN one that fails after it came again THEN it says where it came from", async () => {
    const { engine } = await withDone(aText("a"));
    const { id, startedAtMs } = await start(engine);
    const [message] = await receive(engine);
    await settleAs(engine, [message], { outcome: "reject", error: "no" });
    await receive(engine);
    const { subscription } = await findSubscription(engine, "orders", "audit");
    const letter = await engine.deadLetters.get(subscription, message?.id ?? "");
    expect(letter?.failures?.[0]).toEqual({
      ...{ kind: "replayed", atMs: startedAtMs, attempt: 0 },
      error: `replay ${id}`,
    });
  });

  it("GIVEN bounds, a key and a filter WHEN it is replayed THEN what is in all of them comes again", async () => {
    const { engine, clock } = await withAudit({ topic: { partitions: 1 } });
    const ids: string[] = [];
    for (let n = 0; n < 8; n++) {
      const key = n % 2 === 0 ? "even" : "odd";
      ids.push(...(await publishTexts(engine, "orders", json({ n }, { key, businessKey: `b${n % 4}` }))));
      clock.advance(1_000);
    }
    await drained(engine);
    const moved = async (more: Partial<StartReplay>): Promise<unknown[]> => {
      expect(await start(engine, more)).toMatchObject({ state: "done" });
      return (await drained(engine)).map((body) => (JSON.parse(String(body)) as { n: number }).n);
    };
    expect(await moved({ from: { id: ids[2] ?? "" }, to: { id: ids[4] ?? "" } })).toEqual([2, 3, 4]);
    const fourthMs = clock.nowMs() - 4_000;
    expect(await moved({ from: { timeMs: fourthMs } })).toEqual([4, 5, 6, 7]);
    expect(await moved({ to: { timeMs: fourthMs } })).toEqual([0, 1, 2, 3, 4]);
    expect(await moved({ selection: { key: "odd" } })).toEqual([1, 3, 5, 7]);
    expect(await moved({ selection: { businessKey: "b1" } })).toEqual([1, 5]);
    const filter = JSON.stringify({ "body.n": [{ numeric: [">", 4] }] });
    expect(await moved({ selection: { key: "even", filter } })).toEqual([6]);
  });

  it("GIVEN a filter of the subscription WHEN it is replayed THEN what that leaves out stays out", async () => {
    const { engine } = await withDone(json({ n: 1 }), json({ n: 2 }));
    await changeSubscription(engine, "orders", "audit", { filter: '{"body.n":[2]}' });
    expect((await start(engine)).counts).toMatchObject({ read: 2, matched: 1, moved: 1 });
    expect(await drained(engine)).toEqual(['{"n":2}']);
  });

  it("GIVEN what is ahead, handed out, waits or died WHEN all is replayed THEN it comes once", async () => {
    const { engine, clock } = await withAudit({ topic: { partitions: 1 } });
    await publishEach(engine, "done", "leased", "retried", "dead");
    const [done, leased, retried, dead] = await receive(engine);
    await ack(engine, [done]);
    await retry(engine, [retried], 60);
    await settleAs(engine, [dead], { outcome: "reject" });
    clock.advance(1_000);
    expect(await receive(engine)).toEqual([]);
    await publishEach(engine, "ahead");
    const job = await start(engine);
    expect(job.counts).toMatchObject({ read: 4, matched: 4, moved: 1, underWay: 2, dead: 1 });
    expect(bodies(await receive(engine)).sort()).toEqual(["ahead", "done"]);
    expect(await ack(engine, [leased])).toEqual(["ok"]);
  });

  it("GIVEN erased and expired messages WHEN it is replayed THEN they are counted, and not delivered", async () => {
    const { engine, clock, ids } = await withDone(
      aText("a"),
      aText("b"),
      aText("c", { expiresAtMs: 1_790_000_000_000 + 60_000 }),
    );
    await eraseMessage(engine, ids[0] ?? "", "arn:ada");
    clock.advance(61_000);
    expect((await start(engine)).counts).toMatchObject({
      read: 3,
      matched: 1,
      moved: 1,
      erased: 1,
      expired: 1,
    });
    expect(await drained(engine)).toEqual(["b"]);
  });

  it("GIVEN a dry run THEN it tells the same, and nothing comes", async () => {
    const { engine } = await withDone(...texts(250).map((one) => aText(one)));
    const would = await dry(engine, { ratePerSecond: 0.1 });
    expect(would).toMatchObject({
      isAll: true,
      partitionsLeft: 0,
      counts: { read: 250, matched: 250, moved: 250 },
    });
    expect(await drained(engine)).toEqual([]);
    expect((await listReplayJobs(engine, "orders", "audit", { limit: 9 })).items).toEqual([]);
  });

  it("GIVEN a dry run whose time is over THEN it tells how far it came", async () => {
    // GIVEN messages of two partitions, each of which takes nine seconds to read
    const { engine, process, clock } = await withAudit({ topic: { ordering: "key", partitions: 2 } });
    for (const key of ["a", "b", "c", "d", "e", "f"]) {
      await publishTexts(engine, "orders", aText(key, { key }));
      clock.advance(1_000);
    }
    expect(await drained(engine)).toHaveLength(6);
    const slow = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "log.read") clock.advance(9_000);
        return await carryOut();
      }),
    );
    // WHEN
    const [part, all] = [await dry(slow), await dry(engine)];
    // THEN
    expect(all).toMatchObject({ isAll: true, partitionsLeft: 0, counts: { read: 6 } });
    expect(part).toMatchObject({ isAll: false, partitionsLeft: 1, reachedMs: expect.any(Number) as number });
    expect(part.counts.read).toBeGreaterThan(0);
    expect(part.counts.read).toBeLessThan(6);
  });

  it("GIVEN one that is running WHEN another is asked for THEN it is refused; a cancel makes room", async () => {
    const { engine } = await withDone(...texts(5).map((one) => aText(one)));
    const job = await start(engine, { ratePerSecond: 0.2 });
    expect(job).toMatchObject({ state: "running", counts: { moved: 1 } });
    await expect(start(engine)).rejects.toMatchObject({
      code: "replay-running",
      message: expect.stringContaining(job.id) as string,
    });
    expect(await cancel(engine, job.id)).toMatchObject({ state: "cancelled", endedBy: "arn:eve" });
    expect(await drained(engine)).toEqual(["0"]);
    expect((await start(engine)).counts.moved).toBe(5);
    const { items } = await listReplayJobs(engine, "orders", "audit", { limit: 9 });
    expect(items.map(({ state }) => state)).toEqual(["cancelled", "done"]);
    await expect(get(engine, "none")).rejects.toMatchObject({ code: "job-not-found" });
  });

  it("GIVEN a rate WHEN the clock goes on with it THEN all come, and no faster", async () => {
    const { engine, clock, storage } = await withDone(...texts(12).map((one) => aText(one)));
    const beganMs = clock.nowMs();
    const job = await start(engine, { ratePerSecond: 1 });
    expect(job.state).toBe("running");
    for (let time = 0; time < 3; time++) await ticked(engine, clock);
    const after = await get(engine, job.id);
    expect(after).toMatchObject({ state: "done", counts: { moved: 12 } });
    expect((after.endedAtMs ?? 0) - beganMs).toBeGreaterThanOrEqual(11_000);
    expect(storage.timers.size).toBe(0);
    expect((await drained(engine)).length).toBe(12);
  });

  it("GIVEN a seek meanwhile THEN it ends, and says so", async () => {
    const { engine, clock } = await withDone(...texts(5).map((one) => aText(one)));
    const job = await start(engine, { ratePerSecond: 0.2 });
    await seek(engine, "orders", "audit", "latest");
    await ticked(engine, clock);
    expect(await get(engine, job.id)).toMatchObject({
      state: "failed",
      error: expect.stringContaining("sought") as string,
    });
    expect(await drained(engine)).toEqual([]);
  });

  it("GIVEN a deleted subscription WHEN the clock meets its replay THEN nothing is left of it", async () => {
    const { engine, clock, storage } = await withDone(...texts(5).map((one) => aText(one)));
    await start(engine, { ratePerSecond: 0.2 });
    await deleteSubscription(engine, "orders", "audit");
    await ticked(engine, clock);
    expect([...storage.timers.values()].map(({ kind }) => kind)).not.toContain("replay");
  });

  it("GIVEN ordering WHEN more are replayed than wait of a key at once THEN all come, in order", async () => {
    const { engine, clock } = await withAudit({ topic: { partitions: 1, ordering: "key" } });
    const many = texts(1_100);
    await publishTexts(
      engine,
      "orders",
      ...many.map((one, at) => aText(one, { key: at % 5 ? "k" : `k${at}` })),
    );
    await drained(engine);
    const job = await start(engine);
    const seen = await drained(engine);
    for (let round = 0; round < 20; round++) {
      await ticked(engine, clock);
      seen.push(...(await drained(engine)));
    }
    expect(await get(engine, job.id)).toMatchObject({ state: "done", counts: { moved: 1_100 } });
    expect(seen).toHaveLength(1_100);
    const ofKey = seen.map(Number).filter((at) => at % 5 !== 0);
    expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
  });

  it("GIVEN wrong bounds WHEN it is asked for THEN the place of the mistake is told", async () => {
    const { engine, clock } = await withDone(aText("a"));
    const future = { timeMs: clock.nowMs() + 300_001 };
    await expect(start(engine, { from: future })).rejects.toMatchObject(errorAt("from.time"));
    await expect(start(engine, { to: future })).rejects.toMatchObject(errorAt("to.time"));
    await expect(start(engine, { from: { id: "none" } })).rejects.toMatchObject(errorAt("from.id"));
    await expect(start(engine, { to: { id: "none" } })).rejects.toMatchObject(errorAt("to.id"));
    const [to, from] = [{ timeMs: 1 }, { timeMs: 2 }];
    await expect(start(engine, { from, to })).rejects.toMatchObject(errorAt("from"));
    await expect(start(engine, { selection: { filter: '{"x":1}' } })).rejects.toMatchObject({
      code: "invalid-request",
    });
  });

  it("GIVEN dead letters of the whole log WHEN it is replayed THEN a redrive is left to send them", async () => {
    const { engine } = await withDead(["a", "b"]);
    expect((await start(engine)).counts).toMatchObject({ matched: 2, moved: 0, dead: 2 });
    expect(await receive(engine)).toEqual([]);
  });
});
