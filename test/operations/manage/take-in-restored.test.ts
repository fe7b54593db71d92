import fc from "fast-check";
import { parseMessageId } from "../../../lib/domain/message-id.js";
import { lookAfter } from "../../../lib/operations/clock/look-after.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { takeInRestored } from "../../../lib/operations/manage/take-in-restored.js";
import { type Step, consumeAll, publishSome, queueAfter, restored } from "./a-restore.js";

const LATER_MS = 10 ** 15;

const aStep = fc.oneof(
  fc.record({ kind: fc.constant("publish" as const), messages: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant("consume" as const), messages: fc.integer({ min: 1, max: 10 }) }),
  fc.record({ kind: fc.constant("retry" as const), messages: fc.integer({ min: 1, max: 10 }) }),
  fc.record({ kind: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant("raise" as const), partitions: fc.constant(16) }),
);
/** Steps, and after how many of them the log's and the state's copies were made. */
const aRehearsal = fc
  .array(aStep, { minLength: 1, maxLength: 14 })
  .chain((steps) =>
    fc.tuple(
      fc.constant(steps),
      fc.integer({ min: 0, max: steps.length }),
      fc.integer({ min: 0, max: steps.length }),
    ),
  );

type Rehearsal = readonly [steps: readonly Step[], logAfter: number, stateAfter: number];

async function rehearsed(
  [steps, logAfter, stateAfter]: Rehearsal,
  how: { readonly isFenced: boolean; readonly isTakenIn: boolean },
) {
  const state = await queueAfter(steps.slice(0, stateAfter));
  const log = await queueAfter(steps.slice(0, logAfter));
  const last = await queueAfter(steps);
  const made = restored(state, log, last);
  const engine = made.engine(how.isFenced ? undefined : {});
  if (how.isTakenIn) expect((await takeInRestored(engine, LATER_MS)).isAll).toBe(true);
  const anew = await publishSome(engine, 4);
  const delivered = await consumeAll(engine);
  return { state, last, ...made, engine, anew, delivered };
}

const offsetOf = (id: string): number => parseMessageId(id)?.offset ?? NaN;
const latestOf = (ids: readonly string[]): number => Math.max(0, ...ids.map(offsetOf));

describe("a restore of the log and of the state, each to its own instant", () => {
  it("GIVEN any history WHEN it is taken in THEN what the log has is delivered, and what comes anew", async () => {
    await fc.assert(
      fc.asyncProperty(aRehearsal, async (rehearsal) => {
        const { state, last, inLog, anew, delivered } = await rehearsed(rehearsal, {
          isFenced: true,
          isTakenIn: true,
        });
        const due = inLog.filter((id) => !state.consumed.has(id));
        expect(new Set(delivered)).toEqual(new Set([...due, ...anew]));
        expect(delivered).toHaveLength(new Set(delivered).size);
        // No place is given out that anybody has seen.
        for (const id of anew) expect(offsetOf(id)).toBeGreaterThan(latestOf(last.published));
      }),
      { numRuns: 150, seed: 4711 },
    );
  });

  it("GIVEN no word of it WHEN the log is older THEN what comes anew would be skipped: so this can fail", async () => {
    const history: Rehearsal = [
      [
        { kind: "publish", messages: 6 },
        { kind: "consume", messages: 10 },
        { kind: "consume", messages: 10 },
      ],
      0,
      3,
    ];
    const kept: Rehearsal = [[{ kind: "publish", messages: 1 }, ...history[0]], 1, 4];
    const { anew, delivered } = await rehearsed(kept, { isFenced: false, isTakenIn: false });
    expect(anew.filter((id) => !delivered.includes(id))).not.toEqual([]);
  });

  it("GIVEN an older state WHEN nobody takes the log in THEN messages stay unseen: so this can fail", async () => {
    const history: Rehearsal = [
      [
        { kind: "publish", messages: 1 },
        { kind: "wait", minutes: 5 },
        { kind: "publish", messages: 6 },
      ],
      3,
      0,
    ];
    const seen = await rehearsed(history, { isFenced: true, isTakenIn: true });
    expect(seen.delivered).toHaveLength(seen.inLog.length + seen.anew.length);
    const state = await queueAfter([]);
    const log = await queueAfter(history[0]);
    const { engine, inLog } = restored(state, log, log);
    expect(inLog).not.toEqual([]);
    expect(await consumeAll(engine())).toEqual([]);
  });
});

describe("taking in what was restored", () => {
  const HISTORY: readonly Step[] = [
    { kind: "publish", messages: 3 },
    { kind: "wait", minutes: 30 },
    { kind: "publish", messages: 3 },
  ];

  it("GIVEN a tail that an anchor tells of before WHEN the log has more THEN it is not believed", async () => {
    // GIVEN
    const state = await queueAfter([...HISTORY.slice(0, 2)]);
    const { engine: before, deployment } = state;
    const topic = { ...state.topic };
    for (const mark of (await before.marks.list({ limit: 10 })).items) await lookAfter(before, mark);
    expect([...(await before.log.anchors(topic)).values()].every(({ tail }) => tail !== undefined)).toBe(
      true,
    );
    // WHEN
    const log = await queueAfter(HISTORY);
    const { engine, inLog } = restored(state, log, log);
    // THEN
    expect(new Set(await consumeAll(engine()))).toEqual(new Set(inLog));
    expect(deployment.telemetry.events.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("GIVEN topics that nobody looks after WHEN it is done THEN they are marked, and counted", async () => {
    const queue = await queueAfter(HISTORY);
    const { engine } = restored(queue, queue, queue);
    for (const mark of (await engine().marks.list({ limit: 10 })).items) await engine().marks.remove(mark);
    const taken = await takeInRestored(engine(), LATER_MS);
    expect(taken).toMatchObject({ topics: 1, isAll: true });
    expect(taken.partitions).toBeGreaterThan(0);
    expect((await engine().marks.list({ limit: 10 })).items.map(({ topic }) => topic.name)).toEqual([
      "orders",
    ]);
  });

  it("GIVEN it was done WHEN it is done again THEN no anchor is written once more", async () => {
    const queue = await queueAfter(HISTORY);
    const { engine, restoredAtMs } = restored(queue, queue, queue);
    await takeInRestored(engine(), LATER_MS);
    const first = await engine().log.anchors(queue.topic, { consistent: true });
    queue.deployment.clock.advance(1_000);
    await takeInRestored(engine(), LATER_MS);
    expect(await engine().log.anchors(queue.topic, { consistent: true })).toEqual(first);
    for (const { version } of first.values()) expect(version).toBeGreaterThanOrEqual(restoredAtMs);
  });

  it("GIVEN an unreadable partition WHEN it is done THEN the others are taken in, and it is named", async () => {
    const queue = await queueAfter(HISTORY);
    const { engine } = restored(queue, queue, queue);
    const whole = engine();
    const tail: typeof whole.log.tail = async (ref, ...rest) => {
      if (ref.partition === 9) throw new Error("throttled");
      return await whole.log.tail(ref, ...rest);
    };
    const log = Object.assign(Object.create(whole.log) as typeof whole.log, { tail });
    for (const mark of (await whole.marks.list({ limit: 10 })).items) await whole.marks.remove(mark);
    const taken = await takeInRestored({ ...whole, log }, LATER_MS);
    expect(taken).toMatchObject({ topics: 1, isAll: true, failed: ["orders#9 (throttled)"] });
    expect(taken.partitions).toBeGreaterThan(0);
    expect((await whole.marks.list({ limit: 10 })).items).toHaveLength(1);
  });

  it("GIVEN no time WHEN it begins THEN it says that it is not all", async () => {
    const queue = await queueAfter(HISTORY);
    const { engine } = restored(queue, queue, queue);
    expect(await takeInRestored(engine(), 0)).toEqual({ topics: 0, partitions: 0, isAll: false, failed: [] });
  });

  it("GIVEN an older log WHEN somebody looks at the subscription THEN its backlog is none, not less", async () => {
    const steps: readonly Step[] = [
      ...HISTORY,
      { kind: "consume", messages: 10 },
      { kind: "consume", messages: 10 },
    ];
    const state = await queueAfter(steps);
    const { engine } = restored(state, await queueAfter(HISTORY.slice(0, 1)), state);
    const reader = await findSubscription(engine(), "orders", "audit");
    expect((await subscriptionState(engine(), reader)).backlog).toBe(0);
  });
});
