import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { StartFrom } from "../../../lib/domain/subscription.js";
import { pump } from "../../../lib/operations/push/pump.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { type Push, aPush, allDone, failing, publishMany, running } from "../a-push.js";
import { driven, freezing, portsAround, slow } from "../ports-around.js";

const MINUTE_MS = 60_000;
const KINDS = [
  ["one pump, unordered", {}, { partitions: 4 }],
  ["several pumps", { maxConcurrency: 40 }, { partitions: 4 }],
  ["a pump in order", {}, { ordering: "key", partitions: 4 }],
] as const;

const seekTo = (push: Push, to: StartFrom) => seek(push.process(), "orders", "ship", to);
const sorted = (bodies: Iterable<unknown>): unknown[] => [...bodies].sort();

describe("a seek", () => {
  it.each([
    ["the pump that there is", {}, [0]],
    ["the first pump of a wide one", { maxConcurrency: 70 }, [0]],
    ["no pump while nothing is to be delivered", { paused: true }, []],
  ])("starts %s", async (_, settings, lanes) => {
    const push = await aPush(settings);
    await seekTo(push, "earliest");
    expect(push.starter.startedPumps.map(({ lane }) => lane)).toEqual(lanes);
  });

  it("is done, though no pump can be started: that is told, and the sweep makes up for it", async () => {
    const push = await aPush();
    const all = await publishMany(push.engine, 5);
    await driven(push.clock, push.pump());
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name.startsWith("starter.")) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    expect(await seek(engine, "orders", "ship", "earliest")).toMatchObject({ epoch: 1 });
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({ name: "wake-up-failed", level: "warn" }),
    );
    const { stop } = running(push);
    await push.clock.advance(2 * MINUTE_MS);
    stop();
    expect(sorted(push.done)).toEqual(sorted([...all, ...all]));
  });
});

describe.each(KINDS)("of a subscription with %s, a seek", (_, settings, topic) => {
  it("to the earliest has all delivered once more, and once only", async () => {
    const push = await aPush(settings, topic);
    const { stop } = running(push);
    const all = await publishMany(push.engine, 100, 10, 8);
    await push.clock.advance(MINUTE_MS);
    expect(sorted(push.done)).toEqual(sorted(all));
    await seekTo(push, "earliest");
    await push.clock.advance(5_000);
    expect(sorted(push.done)).toEqual(sorted([...all, ...all]));
    await push.clock.advance(5 * MINUTE_MS);
    stop();
    expect(push.done).toHaveLength(200);
  });

  it("in the middle of the work has all delivered from its place on", async () => {
    // GIVEN a handler that takes its time, and fails now and then
    const push = await aPush({ ackDeadlineSeconds: 5, ...settings }, topic);
    const chance = seededRandom(3);
    push.answerWith(async (messages) => {
      await push.clock.sleep(1_500);
      return chance.below(4) === 0 ? failing(messages) : allDone;
    });
    const { stop } = running(push);
    const all = await publishMany(push.engine, 600, 50, 8);
    await push.clock.advance(3_000);
    // WHEN
    await seekTo(push, "earliest");
    const before = push.done.length;
    await push.clock.advance(10 * MINUTE_MS);
    stop();
    // THEN
    expect(before).toBeLessThan(all.length);
    expect(sorted(new Set(push.done.slice(before)))).toEqual(sorted(all));
  });

  it("to the latest drops what fails, and leaves nothing that pumps are started for again and again", async () => {
    // GIVEN
    const push = await aPush(
      { ackDeadlineSeconds: 20, batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 }, ...settings },
      topic,
    );
    push.answerWith(async (messages) => failing(messages));
    await publishMany(push.engine, 300, 50, 8);
    const { stop } = running(push);
    await push.clock.advance(5_000);
    // WHEN
    await seekTo(push, "latest");
    await push.clock.advance(MINUTE_MS);
    // THEN
    const tries = push.deliveries.length;
    const records = () => [...push.storage.progress.values()].flatMap(({ due }) => [...due.values()]);
    expect(records()).toEqual([]);
    let starts = 0;
    push.starter.handlers = { pump: () => starts++, clock: () => undefined };
    await push.clock.advance(5 * MINUTE_MS);
    expect([starts, push.deliveries.length]).toEqual([0, tries]);
    stop();
  });

  it("at whatever moment a pump comes to its end is not overlooked", async () => {
    // GIVEN platforms without a sweep, and stores that take a while
    for (let afterMs = 0; afterMs <= 80; afterMs += 2) {
      const push = await aPush(settings, topic);
      const chance = seededRandom(afterMs);
      const all = await publishMany(push.engine, 8, 4, 4);
      const start: NonNullable<typeof push.starter.handlers>["pump"] = (ref) => {
        const engine = push.process(slow(push.clock, chance, { fromMs: 2, belowMs: 6 }));
        void pump(engine, ref, { deadlineMs: push.clock.nowMs() + 15 * MINUTE_MS });
      };
      push.starter.handlers = { pump: start, clock: () => undefined };
      await driven(push.clock, push.pump());
      expect(push.done).toHaveLength(all.length);
      // WHEN a pump looks in vain, and meanwhile
      start({ subscription: push.subscription, lane: 0 });
      await push.clock.advance(afterMs);
      await seekTo(push, "earliest");
      await push.clock.advance(10_000);
      // THEN
      expect([afterMs, sorted(push.done)]).toEqual([afterMs, sorted([...all, ...all])]);
    }
  });

  it("that a frozen pump has missed is not undone by it", async () => {
    // GIVEN a pump that stands still before its next write, until its lane is long over
    const push = await aPush({ ackDeadlineSeconds: 10, ...settings }, topic);
    const all = await publishMany(push.engine, 100, 10, 8);
    const isWrite = (name: string): boolean => name === "progress.move" || name === "progress.finish";
    const thawing = push.pump({ replace: freezing(push.clock, 2 * MINUTE_MS, isWrite) });
    await push.clock.advance(MINUTE_MS);
    await seekTo(push, "earliest");
    // WHEN its successor replays, and it thaws
    const before = push.done.length;
    await driven(push.clock, push.pump());
    await driven(push.clock, push.pump({ lane: "maxConcurrency" in settings ? 1 : 0 }));
    expect(new Set(push.done.slice(before))).toEqual(new Set(all));
    await driven(push.clock, thawing);
    const replayed = push.done.length;
    await push.clock.advance(2 * MINUTE_MS);
    await driven(push.clock, push.pump());
    // THEN nothing is left to do
    expect(push.done).toHaveLength(replayed);
    expect([...push.storage.progress.values()].flatMap(({ due }) => [...due.values()])).toEqual([]);
  });
});

it("paused meanwhile, a sought subscription is replayed once it goes on", async () => {
  const push = await aPush();
  const { stop } = running(push);
  const all = await publishMany(push.engine, 20);
  await push.clock.advance(5_000);
  await changeSubscription(push.engine, "orders", "ship", { paused: true });
  await seekTo(push, "earliest");
  await push.clock.advance(2 * MINUTE_MS);
  expect(push.done).toHaveLength(20);
  await changeSubscription(push.engine, "orders", "ship", { paused: false });
  await push.clock.advance(2 * MINUTE_MS);
  stop();
  expect(sorted(push.done)).toEqual(sorted([...all, ...all]));
});
