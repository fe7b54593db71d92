import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { type Rounds, roundsOf } from "../../../lib/domain/round.js";
import { deleteSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { setMark } from "../../../lib/operations/log/announce.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { NOTHING_IN_FLIGHT_AFTER_MS } from "../../../lib/operations/clock/purge-garbage.js";
import { SWEEP_LOCK, sweep } from "../../../lib/operations/clock/sweep.js";
import { type Push, aPush, publishMany } from "../a-push.js";
import { driven, portsAround, recording } from "../ports-around.js";

const MINUTE_MS = 60_000;
const TICK_MS = 12_000;

/** A process that notes which topics it visits; each visit takes a while. */
function visiting(push: Push, { takesMs = 0, hitAt = "" } = {}) {
  const visited: string[] = [];
  const engine = push.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const [topic] = args as [{ name?: string }?];
      if (name !== "subscriptions.list") return await carryOut();
      visited.push(topic?.name ?? "");
      if (takesMs > 0) await push.clock.sleep(takesMs);
      if (topic?.name === hitAt) return await new Promise(() => undefined);
      return await carryOut();
    }),
  );
  return { engine, visited };
}

/** Topics that have marks, in the order in which they are visited. The other rounds have just been. */
async function withTopics(count: number): Promise<Push & { readonly names: readonly string[] }> {
  const push = await aPush();
  notedLast(push, {});
  for (let number = 1; number < count; number++)
    await setMark(push.engine, (await putTopic(push.engine, `topic-${number}`, {})).value);
  const { items } = await push.engine.marks.list({ limit: count });
  return { ...push, names: items.map(({ topic }) => topic.name) };
}

function notedLast({ storage, clock }: Push, more: Rounds): void {
  const now = { beganAtMs: clock.nowMs() };
  const note = JSON.stringify({ expired: now, all: now, ...more });
  storage.locks.set(SWEEP_LOCK, { owner: undefined, untilMs: 0, deaths: 0, note });
}

const noteOf = ({ storage }: Push) => roundsOf(storage.locks.get(SWEEP_LOCK)?.note);

describe("the sweep", () => {
  it("starts nothing where all is done", async () => {
    const push = await aPush();
    await publishMany(push.engine, 5);
    await driven(push.clock, push.pump());
    await sweep(push.engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    expect(push.starter.startedPumps).toEqual([]);
  });

  it("is one, however many clocks are started", async () => {
    const push = await withTopics(3);
    const { engine, visited } = visiting(push, { takesMs: 100 });
    const deadlineMs = push.clock.nowMs() + MINUTE_MS;
    await driven(push.clock, Promise.all([1, 2, 3].map(() => sweep(engine, { deadlineMs }))));
    expect(visited).toEqual(push.names);
  });

  it("is not done again by a clock that is started within the same minute", async () => {
    // GIVEN
    const push = await withTopics(1);
    const { engine, visited } = visiting(push);
    const sweepOnce = () => sweep(engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    await sweepOnce();
    // WHEN
    await push.clock.advance(30_000);
    await sweepOnce();
    expect(visited).toEqual(["orders"]);
    // THEN
    await push.clock.advance(29_900);
    await sweepOnce();
    expect(visited).toEqual(["orders", "orders"]);
  });

  it("that runs out of time says where it stopped, goes on there, and comes round again", async () => {
    // GIVEN time for three of five topics
    const push = await withTopics(5);
    const { engine, visited } = visiting(push, { takesMs: 3_500 });
    const sweepOnce = async (): Promise<string[]> => {
      visited.length = 0;
      await driven(push.clock, sweep(engine, { deadlineMs: push.clock.nowMs() + TICK_MS }));
      return [...visited];
    };
    // WHEN
    const first = await sweepOnce();
    await push.clock.advance(MINUTE_MS);
    const second = await sweepOnce();
    await push.clock.advance(MINUTE_MS);
    const third = await sweepOnce();
    // THEN
    const [a, b, c, d, e] = push.names;
    expect([first, second, third]).toEqual([
      [a, b, c],
      [d, e, a],
      [b, c, d],
    ]);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({
        name: "sweep-unfinished",
        fields: { round: "wake", stoppedBefore: expect.stringContaining(`#${d}#`) },
      }),
    );
  });

  it("goes on behind a topic at which its sweeper dies, from the second time on", async () => {
    // GIVEN
    const push = await withTopics(4);
    const all: string[][] = [];
    const [first, second, third, fourth] = push.names;
    // WHEN a process that comes to the second topic is never heard of again
    for (let round = 0; round < 3; round++) {
      const { engine, visited } = visiting(push, { hitAt: second ?? "" });
      void sweep(engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
      await push.clock.advance(MINUTE_MS);
      all.push(visited);
    }
    // THEN
    expect(all[0]).toEqual([first, second]);
    expect(all[1]).toEqual([first, second]);
    expect(all[2]).toEqual([third, fourth, first, second]);
  });

  it("stores how far it is while it goes on", async () => {
    const push = await withTopics(8);
    const { engine } = visiting(push, { takesMs: 4_000 });
    void sweep(engine, { deadlineMs: push.clock.nowMs() + 10 * MINUTE_MS });
    await push.clock.advance(20_000);
    expect(noteOf(push)["wake"]?.place?.after).toContain(`#${push.names[4]}#`);
    expect(await push.engine.locks.heldUntilMs(SWEEP_LOCK)).toBeGreaterThan(push.clock.nowMs() + 30_000);
    await push.clock.advance(MINUTE_MS);
    expect(noteOf(push)["wake"]?.place).toBeUndefined();
  });

  it("ends where another one took its lock", async () => {
    const push = await withTopics(20);
    const { engine, visited } = visiting(push, { takesMs: 4_000 });
    const startMs = push.clock.nowMs();
    const work = sweep(engine, { deadlineMs: startMs + 10 * MINUTE_MS });
    await push.clock.advance(5_000);
    push.storage.locks.set(SWEEP_LOCK, { owner: "another", untilMs: startMs + MINUTE_MS, deaths: 0 });
    await driven(push.clock, work);
    expect(visited.length).toBeLessThan(6);
    expect(push.storage.locks.get(SWEEP_LOCK)?.owner).toBe("another");
  });

  it("goes on where its lock cannot be renewed", async () => {
    const push = await withTopics(8);
    const { engine, visited } = visiting(push, { takesMs: 4_000 });
    const failing = {
      ...engine,
      locks: { ...engine.locks, renew: () => Promise.reject(new Error("broken")) },
    };
    await driven(push.clock, sweep(failing, { deadlineMs: push.clock.nowMs() + 10 * MINUTE_MS }));
    expect(visited).toHaveLength(8);
  });

  it("begins anew where a stored place means nothing to this version", async () => {
    const push = await withTopics(3);
    notedLast(push, { wake: { beganAtMs: 1, place: { cursor: "of another", after: "" } } });
    const { engine, visited } = visiting(push);
    await sweep(engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    expect(visited).toEqual([...push.names, ...push.names]);
  });

  it("purges garbage where its topics cannot be listed, and says what failed", async () => {
    // GIVEN
    const push = await aPush();
    await deleteSubscription(push.engine, "orders", "ship");
    await push.clock.advance(NOTHING_IN_FLIGHT_AFTER_MS + 1);
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "topics.list") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    // WHEN
    const work = sweep(engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
    // THEN
    await expect(work).rejects.toMatchObject({ code: "storage-unavailable" });
    expect(push.storage.garbage.size).toBe(0);
    expect(push.telemetry.events).toContainEqual(expect.objectContaining({ name: "sweep-failed" }));
    expect(await push.engine.locks.heldUntilMs(SWEEP_LOCK)).toBeUndefined();
  });

  it("without time left does nothing", async () => {
    const push = await aPush();
    const calls: string[] = [];
    await sweep(push.process(recording(calls)), { deadlineMs: push.clock.nowMs() });
    expect(calls).toEqual([]);
  });
});
