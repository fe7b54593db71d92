import type { Due } from "../../../lib/domain/progress/records.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import type { Engine } from "../../../lib/operations/engine.js";
import * as operations from "../../../lib/operations/consume/receive.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { settleLeases } from "../../../lib/operations/consume/settle.js";
import {
  type Outcome,
  ack,
  bodies,
  drained,
  publishEach,
  receive,
  retry,
  settleAs,
  withAudit,
} from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";

const DEADLINE_MS = 30_000;
/** So that a process has memory for two receives at once. */
const LITTLE = 1_000_000;
const ONE_PARTITION = { topic: { partitions: 1 } } as const;
const ORDERED = { topic: { ordering: "key", partitions: 1 } } as const;

const seekTo = (engine: Engine, to: "earliest" | "latest") => seek(engine, "orders", "audit", to);
const found = (engine: Engine) => findSubscription(engine, "orders", "audit");

async function records({ storage, engine }: Awaited<ReturnType<typeof withAudit>>): Promise<Due[]> {
  const { subscription } = await found(engine);
  return storage.progress.get(subscriptionKey(subscription))?.records() ?? [];
}

const OUTCOMES: readonly (readonly [string, Outcome])[] = [
  ["acknowledged", { outcome: "ack" }],
  ["retried", { outcome: "retry" }],
  ["extended", { outcome: "extend", ackDeadlineSeconds: 600 }],
];

describe.each([
  ["unordered", ONE_PARTITION],
  ["ordered", ORDERED],
] as const)("what was handed out before a seek, %s,", (_, settings) => {
  const publishThree = (engine: Engine) =>
    publishTexts(engine, "orders", ...["a", "b", "c"].map((body) => aText(body, { key: "k" })));

  it.each(OUTCOMES)(
    "and is %s after it, all or in part, changes nothing of the replay",
    async (_as, outcome) => {
      for (const count of [1, 3]) {
        // GIVEN
        const audit = await withAudit(settings);
        const { engine, process, clock } = audit;
        await publishThree(engine);
        const late = await receive(engine, 3);
        await seekTo(process(), "earliest");
        const [first] = await receive(process(), 1);
        // WHEN
        const results = await settleAs(process(), late.slice(0, count), outcome);
        // THEN
        // The replay's move has dropped the lease from its cursor; a part of one of a key is read first.
        const isGone = settings === ONE_PARTITION || count === 1;
        const code = outcome.outcome === "ack" && !isGone ? "ok" : "receipt-expired";
        expect(results).toEqual(Array<string>(count).fill(code));
        await ack(process(), [first]);
        expect([first?.body, ...(await drained(engine))]).toEqual(["a", "b", "c"]);
        clock.advance(20 * DEADLINE_MS);
        expect(await drained(engine)).toEqual([]);
        expect(await records(audit)).toEqual([]);
      }
    },
  );

  it.each(OUTCOMES)(
    "and is %s after it, before anything of the replay is handed out",
    async (_as, outcome) => {
      const { engine, clock } = await withAudit(settings);
      await publishThree(engine);
      const late = await receive(engine, 3);
      await seekTo(engine, "earliest");
      await settleAs(engine, late, outcome);
      expect(await drained(engine)).toEqual(["a", "b", "c"]);
      clock.advance(20 * DEADLINE_MS);
      expect(await drained(engine)).toEqual([]);
    },
  );

  it("and never settled is not handed out again: its lease goes once it is over", async () => {
    const audit = await withAudit(settings);
    const { engine, clock } = audit;
    await publishThree(engine);
    await receive(engine, 3);
    await seekTo(engine, "latest");
    clock.advance(DEADLINE_MS);
    expect(await drained(engine)).toEqual([]);
    expect(await records(audit)).toEqual([]);
  });

  it("and waits for another attempt is not handed out again", async () => {
    const audit = await withAudit(settings);
    const { engine, clock } = audit;
    await publishThree(engine);
    await retry(engine, await receive(engine, 3), 10);
    await seekTo(engine, "latest");
    clock.advance(10_000);
    expect(await drained(engine)).toEqual([]);
    expect(await records(audit)).toEqual([]);
  });
});

describe("in order", () => {
  it("a partition that a lease held is free after a seek, and its messages come in their order", async () => {
    // GIVEN
    const { engine, process } = await withAudit(ORDERED);
    const all = ["a", "b", "c", "d", "e"];
    for (const body of all) await publishTexts(engine, "orders", aText(body, { key: "k" }));
    await receive(engine, 2);
    expect(await receive(process(), 2)).toEqual([]);
    // WHEN
    await seekTo(process(), "earliest");
    // THEN one lease at a time, as ever
    const first = await receive(engine, 2);
    expect(bodies(first)).toEqual(["a", "b"]);
    expect(await receive(process(), 2)).toEqual([]);
    await retry(engine, first);
    expect(await drained(process())).toEqual(all);
  });

  it("what a consumer with an older subscription at hand fails does not touch the cursor of the replay", async () => {
    // GIVEN
    const audit = await withAudit(ORDERED);
    const { engine, process, storage } = audit;
    await publishTexts(engine, "orders", aText("a", { key: "k" }), aText("b", { key: "k" }));
    const { topic, subscription } = await found(engine);
    const late = await receive(engine, 2);
    await seekTo(process(), "earliest");
    await receive(process(), 1);
    const cursor = () => storage.progress.get(subscriptionKey(subscription))?.cursors.get(0);
    const before = cursor();
    // WHEN
    const retries = late.map(({ receipt }) => ({ receipt, outcome: "retry" }) as const);
    const results = await settleLeases(engine, { topic, subscription }, retries);
    // THEN
    const expired = {
      kind: "failed",
      error: expect.objectContaining({ code: "receipt-expired" }) as unknown,
    };
    expect(results).toEqual([expired, expired]);
    expect(cursor()).toEqual(before);
  });
});

describe("much that a seek has left behind", () => {
  const COUNT = 700;

  async function withMuch() {
    const audit = await withAudit(ONE_PARTITION);
    const { engine, clock } = audit;
    for (let n = 0; n < COUNT; n++) await publishEach(engine, `old ${n}`);
    for (let n = 0; n < COUNT; n++) await receive(engine, 1);
    await seekTo(engine, "latest");
    await publishEach(engine, "new");
    await retry(engine, await receive(engine, 1), 60);
    clock.advance(2 * DEADLINE_MS);
    return audit;
  }

  it("is removed a few at a time, and hides what is due and alive for no longer than that", async () => {
    const audit = await withMuch();
    expect(bodies(await receive(audit.engine, 1))).toEqual(["new"]);
    expect(await records(audit)).toHaveLength(1);
  });

  it("is no match for consumers at once: each message is handed out once", async () => {
    const audit = await withMuch();
    const looks = Array.from({ length: 6 }, () => receive(audit.process(), 1));
    const rest = Array.from({ length: 3 }, () => receive(audit.process(), 1));
    const seen = [...(await Promise.all(looks)), ...(await Promise.all(rest))].flatMap(bodies);
    expect(seen).toEqual(["new"]);
    expect(await records(audit)).toHaveLength(1);
  });

  it("is looked for no further, where it cannot be removed", async () => {
    const { process } = await withMuch();
    let looks = 0;
    const consumer = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "progress.due") looks++;
        return name === "progress.move" ? "conflict" : await carryOut();
      }),
    );
    expect(await receive(consumer, 1)).toEqual([]);
    expect(looks).toBeLessThanOrEqual(120);
  });
});

describe.each([
  ["unordered", ONE_PARTITION],
  ["ordered", ORDERED],
] as const)("a consumer that has the subscription of before the seek at hand, %s,", (_, settings) => {
  const take = { maxMessages: 2 };

  async function withOld() {
    const audit = await withAudit(settings);
    for (const body of ["a", "b", "c", "d"])
      await publishTexts(audit.engine, "orders", aText(body, { key: "k" }));
    const old = await found(audit.engine);
    return { ...audit, old };
  }

  it("takes what the replay begins with again, as long as nothing of it was handed out", async () => {
    const { engine, process, old, clock } = await withOld();
    await ack(engine, await receive(engine, 2));
    await seekTo(process(), "earliest");
    const late = await operations.receive(engine, old, take);
    expect(bodies(late)).toEqual(["c", "d"]);
    expect(await drained(process())).toEqual(["a", "b", "c", "d"]);
    // WHEN it fails, by its own word or by its silence
    const outcome = { outcome: "retry", delaySeconds: 1 } as const;
    const [first] = late.map(({ receipt }) => ({ receipt, ...outcome }));
    await settleLeases(engine, old, first ? [first] : []);
    clock.advance(DEADLINE_MS);
    // THEN that is nobody's business any more
    expect(await drained(process())).toEqual([]);
  });

  it("takes part in the replay, once it has begun", async () => {
    const { engine, process, old } = await withOld();
    await ack(engine, await receive(engine, 4));
    await seekTo(process(), "earliest");
    await ack(process(), await receive(process(), 1));
    const stale = process();
    const handed = await operations.receive(stale, old, take);
    expect(bodies(handed)).toEqual(["b", "c"]);
    const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" }) as const);
    const results = await settleLeases(stale, old, acks);
    expect(results).toEqual([{ kind: "ok" }, { kind: "ok" }]);
    expect(await drained(process())).toEqual(["d"]);
  });

  it("shares what a process remembers with one that has the new one, and does it no harm", async () => {
    // GIVEN a process in which both receive, the old one's while the other is under way
    const { process, old } = await withOld();
    let isFirst = true;
    const both: Engine = process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "progress.due" && isFirst) {
          isFirst = false;
          await operations.receive(both, old, { maxMessages: 2, maxBytes: LITTLE });
        }
        return await carryOut();
      }),
    );
    await seekTo(process(), "earliest");
    // THEN
    expect(bodies(await receive(both, 4, { maxBytes: LITTLE }))).toEqual(["a", "b", "c", "d"]);
  });

  it("moves no cursor back with what it remembers, and hands out nothing of the replay again", async () => {
    // GIVEN
    const { engine, process, old, clock } = await withOld();
    const late = await operations.receive(engine, old, take);
    await seekTo(process(), "earliest");
    const replayed = await receive(process(), 3);
    // WHEN it fails its messages, and goes on from where it was
    const back = { outcome: "extend", ackDeadlineSeconds: 0 } as const;
    await settleLeases(
      engine,
      old,
      late.map(({ receipt }) => ({ receipt, ...back })),
    );
    const more = await operations.receive(engine, old, { maxMessages: 10 });
    // THEN
    expect(bodies(replayed)).toEqual(["a", "b", "c"]);
    expect(await ack(process(), replayed)).toEqual(["ok", "ok", "ok"]);
    // What it took by the new cursor is its own until the deadline.
    const taken = bodies(more).filter((body) => body === "d");
    expect([...taken, ...(await drained(process()))]).toEqual(["d"]);
    clock.advance(2 * DEADLINE_MS);
    expect(await drained(process())).toEqual(taken);
  });
});
