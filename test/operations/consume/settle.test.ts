import { seededRandom } from "../../../lib/adapters/memory/random.js";
import { MOVE_ITEMS_LIMIT, type Move } from "../../../lib/domain/progress/records.js";
import { settle } from "../../../lib/operations/consume/settle.js";
import { deleteSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import {
  ack,
  bodies,
  publishEach,
  publishTogether,
  receive,
  retry,
  settleAs,
  settleEach,
  withAudit,
  withTimedAudit,
} from "../a-consumer.js";
import { START_MS } from "../a-deployment.js";
import { driven, portsAround, recording, slow } from "../ports-around.js";

const DAY_MS = 86_400_000;
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);
const times = (count: number, code: string): string[] => Array<string>(count).fill(code);

describe("an acknowledged message", () => {
  it("is never handed out again", async () => {
    const { engine, clock } = await withAudit({ topic: { retentionSeconds: 7 * 86_400 } });
    await publishTogether(engine, ...names(5));
    expect(await ack(engine, await receive(engine))).toEqual(times(5, "ok"));
    clock.advance(DAY_MS);
    expect(await receive(engine)).toEqual([]);
  });

  it("costs one small write, if all of its lease are acknowledged at once", async () => {
    const { engine, process } = await withAudit();
    await publishTogether(engine, ...names(10));
    const calls: string[] = [];
    const consumer = process(recording(calls));
    const handed = await receive(consumer);
    calls.length = 0;
    await ack(consumer, handed);
    expect(calls).toEqual(["subscriptions.get", "progress.finish"]);
  });

  it("one by one ends its lease with the last, from several threads at once", async () => {
    const { engine, storage } = await withAudit();
    await publishTogether(engine, ...names(10));
    const handed = await receive(engine);
    const results = await Promise.all(handed.map((message) => ack(engine, [message])));
    expect(results.flat()).toEqual(times(10, "ok"));
    expect([...storage.progress.values()].map((progress) => progress.records().length)).toEqual([0]);
  });

  it("late is as good as in time, as long as nobody else has it", async () => {
    const { engine, clock } = await withAudit();
    await publishEach(engine, "a");
    const handed = await receive(engine);
    clock.advance(60_000);
    expect(await ack(engine, handed)).toEqual(["ok"]);
    expect(await receive(engine)).toEqual([]);
  });
});

describe("a message to retry", () => {
  it.each([
    [0, 1],
    [1, 1],
    [60, 60],
  ])(
    "to be delayed by %i s is handed out again after %i s, and not before, with its attempt",
    async (delaySeconds, afterSeconds) => {
      const { engine, process, clock } = await withAudit();
      await publishEach(engine, "a");
      const handed = await receive(engine);
      clock.advance(7);
      expect(await retry(engine, handed, delaySeconds)).toEqual(["ok"]);
      clock.advance(afterSeconds * 1_000 - 1);
      expect(await receive(process())).toEqual([]);
      clock.advance(1);
      expect(await receive(process())).toMatchObject([
        { body: "a", attempt: 2, firstReceivedAtMs: START_MS },
      ]);
    },
  );

  it("leaves its lease to the others of it", async () => {
    const { engine, clock } = await withAudit();
    await publishTogether(engine, ...names(4));
    const handed = await receive(engine);
    await retry(engine, [handed[1]]);
    expect(bodies(await receive(engine))).toEqual(["m1"]);
    expect(await ack(engine, [handed[0], handed[2]])).toEqual(["ok", "ok"]);
    clock.advance(30_000);
    expect((await receive(engine)).map(({ body, attempt }) => [body, attempt])).toEqual(
      expect.arrayContaining([
        ["m1", 3],
        ["m3", 2],
      ]),
    );
  });

  it("keeps its own attempt beside others that were handed out less often", async () => {
    const { engine } = await withAudit();
    await publishEach(engine, "m0");
    for (let attempt = 1; attempt <= 3; attempt++) await retry(engine, await receive(engine));
    await publishTogether(engine, "m1", "m2");
    const handed = await receive(engine);
    expect(handed.map(({ attempt }) => attempt).sort()).toEqual([1, 1, 4]);
    await retry(engine, handed);
    const attempts = (await receive(engine)).map(({ body, attempt }) => [body, attempt]);
    expect(attempts).toEqual([
      ["m0", 5],
      ["m1", 2],
      ["m2", 2],
    ]);
  });

  it("among very many with delays of their own waits for its own", async () => {
    // GIVEN a store that takes no more than it can write at once
    const { engine, process, clock } = await withAudit();
    await publishTogether(engine, ...names(250));
    const consumer = process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const move = args[1] as Move;
        if (name === "progress.move") {
          const items = (move.put ?? []).length + (move.remove ?? []).length + (move.setAside ?? []).length;
          expect(items).toBeLessThanOrEqual(MOVE_ITEMS_LIMIT);
        }
        return await carryOut();
      }),
    );
    const handed = await receive(consumer, 250);
    // WHEN each is put off by another delay
    const results = await settleEach(
      consumer,
      handed.map((message, index) => [message, { outcome: "retry", delaySeconds: index + 1 }] as const),
    );
    // THEN
    expect(results).toEqual(times(250, "ok"));
    const again: unknown[] = [];
    for (let second = 1; second <= 250; second++) {
      clock.advance(1_000);
      const due = await receive(engine);
      again.push(...bodies(due));
      await ack(engine, due);
    }
    expect(again).toEqual(names(250));
  });
});

describe("one request", () => {
  it("may say something else of each message, of several leases", async () => {
    const { engine, clock } = await withAudit();
    await publishTogether(engine, ...names(6));
    const [a, b, c] = await receive(engine, 3);
    const [d, e, f] = await receive(engine, 3);
    const results = await settleEach(engine, [
      [a, { outcome: "ack" }],
      [b, { outcome: "retry", delaySeconds: 10 }],
      [d, { outcome: "retry", delaySeconds: 20 }],
      [e, { outcome: "extend", ackDeadlineSeconds: 100 }],
      [c, { outcome: "ack" }],
      [f, { outcome: "ack" }],
    ]);
    expect(results).toEqual(times(6, "ok"));
    const seen: [number, unknown[]][] = [];
    for (let second = 10; second <= 100; second += 10) {
      clock.advance(10_000);
      const handed = await receive(engine);
      if (handed.length > 0) seen.push([second, bodies(handed)]);
      await ack(engine, handed);
    }
    expect(seen).toEqual([
      [10, ["m1"]],
      [20, ["m3"]],
      [100, ["m4"]],
    ]);
  });

  it("fails what it must, and does the rest", async () => {
    const { engine, process } = await withAudit();
    await putSubscription(engine, "orders", "other", { from: "earliest" });
    await publishTogether(engine, ...names(2));
    const [gone] = await receive(engine, 1);
    await ack(engine, [gone]);
    const [good] = await receive(engine, 1);
    const results = await settle(process(), "orders", "other", [
      { receipt: good?.receipt ?? "", outcome: "ack" },
    ]);
    expect(results).toMatchObject([{ kind: "failed", error: { code: "receipt-invalid" } }]);
    expect(
      await settleEach(engine, [
        [gone, { outcome: "ack" }],
        [undefined, { outcome: "ack" }],
        [good, { outcome: "ack" }],
      ]),
    ).toEqual(["receipt-expired", "receipt-invalid", "ok"]);
  });
});

describe("a receipt", () => {
  it.each([
    ["ack", { outcome: "ack" }],
    ["retry", { outcome: "retry", delaySeconds: 0 }],
    ["extend", { outcome: "extend", ackDeadlineSeconds: 60 }],
  ] as const)(
    "of a lease that somebody else took over is no good for %s, and does them no harm",
    async (_, outcome) => {
      const { engine, process, clock } = await withAudit();
      await publishTogether(engine, ...names(2));
      const late = await receive(engine);
      clock.advance(30_000);
      const theirs = await receive(process());
      expect(await settleAs(engine, late, outcome)).toEqual(times(2, "receipt-expired"));
      expect(await settleAs(engine, [late[0]], outcome)).toEqual(["receipt-expired"]);
      expect(await receive(engine)).toEqual([]);
      expect(await ack(process(), theirs)).toEqual(["ok", "ok"]);
    },
  );

  it("of an acknowledged message is no good for a retry, while the others of its lease go on", async () => {
    const { engine, storage } = await withAudit();
    await publishTogether(engine, ...names(3));
    const handed = await receive(engine);
    expect(await ack(engine, [handed[0]])).toEqual(["ok"]);
    expect(await retry(engine, [handed[0], handed[1]])).toEqual(["receipt-expired", "ok"]);
    expect(await retry(engine, [handed[0]], 60)).toEqual(["receipt-expired"]);
    const kept = [...storage.progress.values()].flatMap((progress) => progress.records());
    expect(kept.map(({ kind }) => kind).sort()).toEqual(["hint", "lease"]);
    expect(bodies(await receive(engine))).toEqual(["m1"]);
  });

  it("acknowledged twice stays acknowledged", async () => {
    const { engine, clock } = await withAudit();
    await publishTogether(engine, ...names(2));
    const handed = await receive(engine);
    expect(await ack(engine, [handed[0]])).toEqual(["ok"]);
    expect(await ack(engine, [handed[0]])).toEqual(["ok"]);
    clock.advance(30_000);
    expect(bodies(await receive(engine))).toEqual(["m1"]);
  });

  it("of an earlier life of the subscription is none of this one", async () => {
    const { engine } = await withAudit();
    await publishEach(engine, "a");
    const handed = await receive(engine);
    await deleteSubscription(engine, "orders", "audit");
    await putSubscription(engine, "orders", "audit", { from: "earliest" });
    expect(await ack(engine, handed)).toEqual(["receipt-invalid"]);
    expect(await receive(engine)).toHaveLength(1);
  });
});

it("threads that settle one lease at once lose nothing of what each says", async () => {
  // GIVEN 40 of them, and a store that takes its time
  const { engine, process, clock } = await withTimedAudit();
  await publishTogether(engine, ...names(40));
  const handed = await receive(engine, 40);
  const chance = seededRandom(1);
  // WHEN
  const results = handed.map((message, index) => {
    const thread = process(slow(clock, chance));
    return index % 2 === 0 ? ack(thread, [message]) : retry(thread, [message], 5);
  });
  // THEN
  expect((await driven(clock, Promise.all(results))).flat()).toEqual(times(40, "ok"));
  await clock.advance(30_000);
  const odd = names(40).filter((_, index) => index % 2 === 1);
  const again = [await receive(engine, 40), await receive(engine, 40)].flatMap(bodies);
  expect(again.sort()).toEqual(odd.sort());
});
