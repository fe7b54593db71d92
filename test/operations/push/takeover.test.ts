import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { allDone, aPush, bodiesOf, publishMany, running } from "../a-push.js";
import { aText, publishTexts } from "../a-deployment.js";
import { driven, freezing, portsAround, recording, slow, until } from "../ports-around.js";

const MINUTE_MS = 60_000;
/** A lane's lease, and then some. */
const LANE_OVER_MS = MINUTE_MS;
const sorted = (bodies: Iterable<string>): string[] => [...bodies].sort();

/** A process that dies at its n-th call of a store: nothing of it is heard any more, nothing of it is cleaned up. */
function dyingAt(fatal: number): (ports: Ports) => Partial<Ports> {
  let calls = 0;
  return (ports) =>
    portsAround(ports, ({ name }, carryOut) => {
      if (!name.startsWith("subscriber.")) calls++;
      return calls >= fatal ? new Promise(() => undefined) : carryOut();
    });
}

/** The same for one whose calls fail from then on. */
function failingFrom(fatal: number): (ports: Ports) => Partial<Ports> {
  let calls = 0;
  return (ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (!name.startsWith("subscriber.")) calls++;
      if (calls >= fatal) throw new StorageUnavailable("the test");
      return await carryOut();
    });
}

describe.each([
  ["one pump, unordered", {}, { partitions: 1 }],
  ["several pumps", { maxConcurrency: 40 }, { partitions: 1 }],
  ["a pump in order", {}, { ordering: "key", partitions: 2 }],
] as const)("of a subscription with %s, a pump that", (_, settings, topic) => {
  const fatalCalls = Array.from({ length: 40 }, (_call, index) => index + 1);

  it("dies at any of its calls leaves all of its work to the next", async () => {
    for (const fatal of fatalCalls) {
      const push = await aPush({ ackDeadlineSeconds: 10, ...settings }, topic);
      push.answerWith(async () => {
        await push.clock.sleep(1_500);
        return allDone;
      });
      const all = await publishMany(push.engine, 60, 20, 4);
      void push.pump({ replace: dyingAt(fatal) });
      await push.clock.advance(LANE_OVER_MS + 10_000);
      await driven(push.clock, push.pump());
      await push.clock.advance(LANE_OVER_MS + 10_000);
      await driven(push.clock, push.pump());
      expect([fatal, sorted(new Set(push.done))]).toEqual([fatal, sorted(all)]);
    }
  });

  it("fails at any of its calls leaves all of its work to the next", async () => {
    for (const fatal of fatalCalls) {
      const push = await aPush({ ackDeadlineSeconds: 10, ...settings }, topic);
      const all = await publishMany(push.engine, 60, 20, 4);
      await driven(
        push.clock,
        push.pump({ replace: failingFrom(fatal) }).catch(() => undefined),
        16 * MINUTE_MS,
      );
      await push.clock.advance(LANE_OVER_MS + 10_000);
      await driven(push.clock, push.pump());
      await push.clock.advance(LANE_OVER_MS + 10_000);
      await driven(push.clock, push.pump());
      expect([fatal, sorted(new Set(push.done))]).toEqual([fatal, sorted(all)]);
    }
  });
});

describe("two pumps of one lane", () => {
  it("started at once deliver each message once: the second finds the lane held", async () => {
    const push = await aPush();
    const all = await publishMany(push.engine, 300, 50);
    const chance = seededRandom(1);
    const pumps = [1, 2, 3].map(() => push.pump({ replace: slow(push.clock, chance) }));
    await driven(push.clock, Promise.all(pumps));
    expect(sorted(push.done)).toEqual(sorted(all));
  });

  it("at work at once, since one was frozen, lose nothing, and the late one undoes nothing", async () => {
    // GIVEN a pump whose next write waits until its lane is long over
    const push = await aPush({ ackDeadlineSeconds: 10, maxConcurrency: 2 });
    push.answerWith(async () => {
      await push.clock.sleep(300);
      return allDone;
    });
    const all = await publishMany(push.engine, 200, 20);
    const thawing = push.pump({
      replace: freezing(push.clock, 2 * MINUTE_MS, (name) => name === "progress.move"),
    });
    await push.clock.advance(MINUTE_MS);
    // WHEN its successor does the work, and more comes
    await driven(push.clock, push.pump());
    expect(new Set(push.done)).toEqual(new Set(all));
    await publishTexts(push.engine, "orders", aText("later"));
    const before = push.done.length;
    await driven(push.clock, thawing);
    await driven(push.clock, push.pump());
    // THEN only what the late one had begun before it looked is done again
    expect(push.done.filter((body) => body === "later")).toEqual(["later"]);
    expect(push.done.length - before).toBeLessThanOrEqual(1 + 2 * 10);
  });
});

describe("a pump whose time is nearly over", () => {
  it("starts its successor, and leaves it what is not done: none is lost, none is done twice", async () => {
    // GIVEN a handler of 2 s, and functions that have but 30 s
    const push = await aPush({
      maxConcurrency: 2,
      ackDeadlineSeconds: 10,
      batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
    });
    push.answerWith(async () => {
      await push.clock.sleep(2_000);
      return allDone;
    });
    const all = await publishMany(push.engine, 60);
    // WHEN
    let functions = 0;
    for (let started = 1; started > 0 && functions < 20; functions++) {
      const startMs = push.clock.nowMs();
      push.starter.startedPumps.length = 0;
      await driven(push.clock, push.pump({ forMs: 30_000 }));
      expect(push.clock.nowMs() - startMs).toBeLessThan(30_000);
      started = push.starter.startedPumps.length;
    }
    // THEN
    expect(sorted(push.done)).toEqual(sorted(all));
    expect(functions).toBeLessThan(6);
  });

  it("leaves a handler that outlasts it under a lease: its message comes again, and the head goes on", async () => {
    const push = await aPush({
      ackDeadlineSeconds: 30,
      batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
    });
    let isFirst = true;
    push.answerWith(async ([message]) => {
      if (message?.body === "m1" && isFirst) {
        isFirst = false;
        await push.clock.sleep(10 * MINUTE_MS);
      }
      return allDone;
    });
    await publishMany(push.engine, 5);
    const end = new AbortController();
    await driven(push.clock, push.pump({ forMs: 60_000, replace: until(end.signal) }));
    end.abort();
    expect(sorted(push.done)).toEqual(["m0", "m2", "m3", "m4"]);
    // THEN not before its handler must be over
    await push.clock.advance(14 * MINUTE_MS);
    await driven(push.clock, push.pump());
    expect(push.deliveries).toHaveLength(5);
    await push.clock.advance(2 * MINUTE_MS);
    await driven(push.clock, push.pump());
    expect(push.deliveries.slice(5).flatMap(({ messages }) => messages)).toMatchObject([
      { body: "m1", attempt: 2 },
    ]);
  });
});

describe("no wake-up is lost:", () => {
  it("a pump reads the tail again after it has let go of its lane", async () => {
    // GIVEN a message that comes after the pump's last read, whose doorbell finds the lane still held
    const push = await aPush();
    await publishMany(push.engine, 3);
    let isFirst = true;
    const calls: string[] = [];
    const pumping = push.pump({
      replace: (ports) => {
        const recorded = { ...ports, ...recording(calls)(ports) };
        return portsAround(recorded, async ({ name }, carryOut) => {
          if (name === "locks.release" && isFirst) {
            isFirst = false;
            await publishTexts(push.engine, "orders", aText("late"));
          }
          return await carryOut();
        });
      },
    });
    // WHEN, THEN
    await driven(push.clock, pumping);
    expect(push.done).toContain("late");
    expect(calls.slice(calls.lastIndexOf("locks.release"))).toContain("log.tail");
  });
});

describe("settings that change while a pump is at work", () => {
  it("count from its next renewal on", async () => {
    const push = await aPush({
      maxConcurrency: 1,
      batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
    });
    push.answerWith(async () => {
      await push.clock.sleep(1_000);
      return allDone;
    });
    const all = await publishMany(push.engine, 200);
    const pumping = push.pump();
    await push.clock.advance(5_000);
    expect(push.mostAtOnce()).toBe(1);
    await changeSubscription(push.engine, "orders", "ship", { maxConcurrency: 10 });
    await driven(push.clock, pumping);
    expect(push.mostAtOnce()).toBe(10);
    expect(sorted(push.done)).toEqual(sorted(all));
  });

  it("and pause it end its deliveries; what it had not settled comes when it goes on", async () => {
    const push = await aPush({
      maxConcurrency: 1,
      batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
    });
    push.answerWith(async () => {
      await push.clock.sleep(1_000);
      return allDone;
    });
    const all = await publishMany(push.engine, 60);
    const pumping = push.pump();
    await push.clock.advance(5_000);
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    await driven(push.clock, pumping);
    expect(push.done.length).toBeLessThan(20);
    await changeSubscription(push.engine, "orders", "ship", { paused: false });
    await driven(push.clock, push.pump());
    expect(sorted(push.done)).toEqual(sorted(all));
  });

  it.each([
    ["wider", 10, 40],
    ["narrower", 40, 10],
  ])("and make it %s leave no message behind", async (_, from, to) => {
    const push = await aPush({
      maxConcurrency: from,
      ackDeadlineSeconds: 5,
      batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
    });
    push.answerWith(async () => {
      await push.clock.sleep(1_000);
      return allDone;
    });
    const play = running(push);
    const all = await publishMany(push.engine, 800);
    await push.clock.advance(5_000);
    await changeSubscription(push.engine, "orders", "ship", { maxConcurrency: to });
    await push.clock.advance(5 * MINUTE_MS);
    play.stop();
    expect(new Set(push.done)).toEqual(new Set(all));
    expect(push.mostAtOnce()).toBeLessThanOrEqual(Math.max(from, to));
  });
});

describe("a wide subscription", () => {
  it.each([
    ["in one partition, is served by its lanes together", {}, 1, 100],
    // A lane's width is what one process can have open, and with ordering there is one.
    ["in order, over many keys, is served by one lane", { ordering: "key", partitions: 128 }, 500, 32],
  ] as const)("%s, and no wider", async (_, topic, keys, atOnce) => {
    const push = await aPush(
      { maxConcurrency: 100, batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 } },
      topic,
    );
    push.answerWith(async () => {
      await push.clock.sleep(2_000);
      return allDone;
    });
    const all = await publishMany(push.engine, 1_000, 1_000, keys);
    await driven(push.clock, Promise.all([0, 1, 2, 3].map((lane) => push.pump({ lane }))));
    expect(sorted(push.done)).toEqual(sorted(bodiesOf(all.length)));
    expect(push.mostAtOnce()).toBe(atOnce);
  });
});
