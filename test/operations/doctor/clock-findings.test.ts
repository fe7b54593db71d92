import { type Rounds, roundsNote } from "../../../lib/domain/round.js";
import { sweep, SWEEP_LOCK } from "../../../lib/operations/clock/sweep.js";
import { clockFindings } from "../../../lib/operations/doctor/clock-findings.js";
import { setMark } from "../../../lib/operations/log/announce.js";
import { type Push, aPush, publishMany } from "../a-push.js";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const codes = async ({ engine }: Pick<Push, "engine">) =>
  (await clockFindings(engine)).map(({ code, sinceMs }) => [code, sinceMs]);

const swept = async ({ engine, clock }: Push) => {
  await sweep(engine, { deadlineMs: clock.nowMs() + MINUTE_MS });
};

const noted = ({ storage }: Push, rounds: Rounds): void => {
  storage.locks.set(SWEEP_LOCK, { owner: undefined, untilMs: 0, deaths: 0, note: roundsNote(rounds) });
};

it("GIVEN a queue that was made a moment ago THEN its clock may be about to run", async () => {
  const push = await aPush();
  await push.clock.advance(5 * MINUTE_MS);
  expect(await codes(push)).toEqual([]);
});

it("GIVEN a clock that never ran THEN it is silent", async () => {
  const push = await aPush();
  await push.clock.advance(6 * MINUTE_MS);
  expect(await codes(push)).toEqual([["clock-silent", undefined]]);
});

it("GIVEN work that lies for six minutes THEN the clock is silent, since its last round", async () => {
  const push = await aPush();
  await publishMany(push.engine, 1);
  await swept(push);
  const sweptAtMs = push.clock.nowMs();
  expect(await codes(push)).toEqual([]);
  await push.clock.advance(6 * MINUTE_MS);
  expect(await codes(push)).toEqual([["clock-silent", sweptAtMs]]);
  await swept(push);
  expect(await codes(push)).toEqual([]);
});

it("GIVEN an idle queue THEN nobody expects more than a round a day", async () => {
  const push = await aPush();
  const { items } = await push.engine.marks.list({ limit: 10 });
  for (const mark of items) await push.engine.marks.remove(mark);
  noted(push, { all: { beganAtMs: push.clock.nowMs() } });
  await push.clock.advance(DAY_MS);
  expect(await codes(push)).toEqual([]);
  await push.clock.advance(2 * 60 * MINUTE_MS);
  expect(await codes(push)).toMatchObject([["clock-silent", expect.any(Number)]]);
});

it("GIVEN a round that is not over THEN it goes on with each clock", async () => {
  const push = await aPush();
  await setMark(push.engine, (await push.engine.topics.get("orders")) as never);
  const beganAtMs = push.clock.nowMs();
  noted(push, { all: { beganAtMs }, wake: { beganAtMs, place: { after: "a" } } });
  await push.clock.advance(20 * MINUTE_MS);
  expect(await codes(push)).toEqual([]);
  await push.clock.advance(11 * MINUTE_MS);
  expect(await codes(push)).toEqual([["clock-silent", beganAtMs]]);
});

it("GIVEN a mark that is to be looked at later THEN nothing is late", async () => {
  const push = await aPush();
  const topic = (await push.engine.topics.get("orders")) as never;
  const beganAtMs = push.clock.nowMs();
  noted(push, { all: { beganAtMs }, wake: { beganAtMs } });
  await setMark(push.engine, topic);
  const mark = await push.engine.marks.get(topic);
  await push.engine.marks.putOff(mark as never, beganAtMs + 10 * MINUTE_MS);
  await push.clock.advance(9 * MINUTE_MS);
  expect(await codes(push)).toEqual([]);
});

it("GIVEN timers that are overdue while the clock sweeps THEN they are late, and one is named", async () => {
  const push = await aPush();
  const { subscription, engine, clock } = push;
  const dueMs = clock.nowMs();
  await engine.timers.set({ kind: "wake-up", subscription, dueMs });
  await clock.advance(2 * MINUTE_MS);
  await swept(push);
  expect(await codes(push)).toEqual([]);
  await clock.advance(2 * MINUTE_MS);
  const [finding] = await clockFindings(engine);
  expect(finding).toMatchObject({ code: "timers-late", level: "wrong", sinceMs: dueMs });
  expect(finding?.what).toContain("1 late, the first by 4 minutes, of topic orders");
});
