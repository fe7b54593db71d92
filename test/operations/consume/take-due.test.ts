import type { Due, Move } from "../../../lib/domain/progress/records.js";
import { type Span, spanLength } from "../../../lib/domain/progress/spans.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { type PartitionRef, partitionOfKey } from "../../../lib/domain/topic.js";
import type { Take, Taken } from "../../../lib/operations/consume/take.js";
import { takeDue } from "../../../lib/operations/consume/take-due.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { ack, bodies, receive, retry, withAudit } from "../a-consumer.js";
import { aDeployment, aText, publishTexts } from "../a-deployment.js";
import { portsAround, recording } from "../ports-around.js";
import { aHint, aLease, aRetry, aSpan } from "../../contract/builders.js";

const MESSAGES = 40;

/** Single messages, one slot each, all handed out at once and all given back. */
async function givenBack(engine: Engine): Promise<readonly string[]> {
  await putTopic(engine, "orders", { partitions: 1 });
  await putSubscription(engine, "orders", "audit", { from: "earliest" });
  const ids: string[] = [];
  for (let n = 0; n < MESSAGES; n++) ids.push(...(await publishTexts(engine, "orders", aText(`m${n}`))));
  const handed = await takeOf(engine, MESSAGES);
  expect(handed).toHaveLength(MESSAGES);
  await retry(engine, handed);
  return ids;
}

const takeOf = (engine: Engine, maxMessages: number) =>
  receiveWaiting(engine, "orders", "audit", { maxMessages, waitSeconds: 0 });

async function takeAll(engine: Engine, maxMessages: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let handed = await takeOf(engine, maxMessages); handed.length > 0;) {
    ids.push(...handed.map(({ id }) => id));
    handed = await takeOf(engine, maxMessages);
  }
  return ids;
}

it.each([1, 3, 10, 39])(
  "GIVEN single messages given back together WHEN they are handed out again %i at a time THEN none is missing",
  async (maxMessages) => {
    const engine = aDeployment().process();
    const ids = await givenBack(engine);
    expect(await takeAll(engine, maxMessages)).toEqual(ids);
  },
);

it("GIVEN a read that lags behind WHEN messages are handed out again THEN none is taken for expired", async () => {
  const deployment = aDeployment();
  const ids = await givenBack(deployment.process());
  const lagging = deployment.process(({ log }: Ports) => ({
    log: {
      ...log,
      read: async (partition, from, limit, options) =>
        options?.consistent
          ? await log.read(partition, from, limit, options)
          : {
              slots: (await log.read(partition, 0, 5)).slots.filter(({ base }) => base >= from),
              more: false,
            },
    },
  }));
  expect(await takeAll(lagging, 7)).toEqual(ids);
});

describe("a consumer that asks for many messages, and may take the bytes of one", () => {
  /** Messages in the largest record that it put. */
  async function largestPut(maxMessages: number, retries: readonly number[]) {
    const deployment = await withAudit({ topic: { partitions: 1 } });
    const { engine, clock } = deployment;
    const total = retries.reduce((sum, count) => sum + count, 0);
    await publishTexts(engine, "orders", ...Array.from({ length: total }, () => aText("x")));
    for (const count of retries) await retry(engine, await receive(engine, count), 3_600);
    await clock.sleep(2 * 3_600_000);
    const ids = new Set<string>();
    let largest = 0;
    const consumer = deployment.process((ports) =>
      portsAround(ports, ({ name, args }, carryOut) => {
        const { put = [] } = name === "progress.move" ? (args[1] as Move) : {};
        largest = Math.max(largest, ...put.map(({ spans }) => spanLength(spans)));
        return carryOut();
      }),
    );
    for (;;) {
      const handed = await receive(consumer, maxMessages, { maxBytes: 1 });
      if (handed.length === 0) return { largest, handedOut: ids.size, total };
      expect(handed.map(({ attempt }) => attempt)).toEqual([2]);
      ids.add(handed[0]?.id ?? "");
      await ack(consumer, handed);
    }
  }

  it.each([
    ["a thousand single retries", 100, Array.from({ length: 1_000 }, () => 1), 100],
    ["retries that do not add up to what it asks for", 10, Array.from({ length: 60 }, () => 7), 10],
    ["a retry larger than what it asks for", 10, [30, ...Array.from({ length: 60 }, () => 1)], 29],
  ])("GIVEN %s WHEN it takes them all THEN no record has grown", async (_, asksFor, retries, bound) => {
    const { largest, handedOut, total } = await largestPut(asksFor, retries);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(handedOut).toBe(total);
  });
});

const SECOND_MS = 1_000;
/** The most records that one look sees, and the most looks of a call that sees only void ones. */
const VOID_AT_MOST = 50 * 10;

/** Some messages of one slot in each of two partitions, all of them behind the heads, and records of one's choice. */
async function withRecords(replace: (ports: Ports) => Partial<Ports> = () => ({})) {
  const audit = await withAudit({ topic: { partitions: 2, ordering: "key" } });
  const keys = ["a", "b", "c", "d", "e", "f", "g"];
  const keyOf = (partition: number) => keys.find((key) => partitionOfKey(key, 2) === partition) ?? "";
  for (const partition of [0, 1])
    await publishTexts(
      audit.engine,
      "orders",
      ...["m0", "m1", "m2", "m3"].map((body) => aText(body, { key: keyOf(partition) })),
    );
  const { topic, subscription } = await findSubscription(audit.engine, "orders", "audit");
  const bases = [...audit.storage.logs.values()].map(([slot]) => slot?.base ?? 0);
  const nowMs = audit.clock.nowMs();
  // Without ordering: the keys only tell the messages where to go.
  const reader = { topic: { ...topic, ordering: "none" as const }, subscription };
  const spanOf = (partition: number, at: number, to = at + 1, more: Partial<Span> = {}): Span => {
    const base = bases[partition] ?? 0;
    return aSpan(base + at, base + to, { slotBase: base, ...more });
  };
  const put = (...records: readonly Due[]) => audit.engine.progress.move(subscription, { put: records });
  const engine = audit.process(replace);
  const take = (more: Partial<Take> = {}) =>
    takeDue(engine, reader, { maxMessages: 10, maxBytes: 100_000, leaseMs: 30 * SECOND_MS, ...more });
  const due = () => [...audit.storage.progress.values()].flatMap((progress) => progress.records());
  return { ...audit, engine, reader, subscription, spanOf, put, take, due, nowMs };
}

const bodiesOf = (taken: Taken) => (taken.kind === "taken" ? bodies(taken.handed) : taken.kind);

describe("GIVEN records that are due WHEN a consumer takes of them", () => {
  it("THEN there is nothing where none is, and nothing is written", async () => {
    const calls: string[] = [];
    const { take } = await withRecords(recording(calls));
    expect(await take()).toEqual({ kind: "empty" });
    expect(calls).toEqual(["progress.due"]);
  });

  it("THEN it has them under a new lease with one more attempt, and the old record is gone", async () => {
    const { take, put, spanOf, due, nowMs } = await withRecords();
    const old = aLease({ spans: [spanOf(0, 1, 3, { attempt: 2 })], dueMs: nowMs });
    await put(old);
    const taken = await take();
    expect(bodiesOf(taken)).toEqual(["m1", "m2"]);
    expect(taken).toMatchObject({ handed: [{ attempt: 3 }, { attempt: 3 }] });
    expect(due()).toEqual(taken.kind === "taken" ? taken.leases : []);
    expect(due()).toMatchObject([{ kind: "lease", dueMs: nowMs + 30 * SECOND_MS }]);
  });

  it("THEN it has those of one partition together, up to what it asks for, and no other's", async () => {
    const { take, put, spanOf, due, nowMs } = await withRecords();
    const single = (partition: number, at: number) =>
      aRetry({ partition, spans: [spanOf(partition, at)], dueMs: nowMs });
    await put(single(0, 0), single(0, 1), single(0, 2), single(1, 0), single(1, 1), single(1, 2));
    const taken = await take({ maxMessages: 2 });
    expect(taken).toMatchObject({ leases: [{}], handed: [{}, {}] });
    const partitions = taken.kind === "taken" ? taken.handed.map(({ partition }) => partition) : [];
    expect(new Set(partitions).size).toBe(1);
    expect(due()).toHaveLength(5);
  });

  it("THEN what nobody has had yet comes before all that failed", async () => {
    const { take, put, spanOf, nowMs } = await withRecords();
    const failed = [0, 1, 2].map((at) => aRetry({ spans: [spanOf(0, at)], dueMs: nowMs - SECOND_MS }));
    await put(...failed, aRetry({ spans: [spanOf(0, 3, 4, { attempt: 0 })], dueMs: nowMs }));
    expect(bodiesOf(await take({ maxMessages: 1 }))).toEqual(["m3"]);
  });

  it("THEN a hint leads it to what is due before the time in its id, and goes with it", async () => {
    const { take, put, spanOf, due, nowMs } = await withRecords();
    const later = aLease({ spans: [spanOf(0, 0)], dueMs: nowMs + 60 * SECOND_MS });
    await put({ ...later, dueMs: nowMs }, aHint(later, nowMs));
    expect(bodiesOf(await take())).toEqual(["m0"]);
    expect(due().map(({ kind }) => kind)).toEqual(["lease"]);
  });

  it("THEN a hint to what is gone is removed, and it looks again", async () => {
    const { take, put, due, nowMs } = await withRecords();
    await put(aHint(aLease(), nowMs));
    expect([await take(), due()]).toEqual([{ kind: "lost" }, []]);
  });

  it("THEN a hint to what is due later is removed, and it looks again", async () => {
    const { take, put, spanOf, due, nowMs } = await withRecords();
    const later = aLease({ spans: [spanOf(0, 0)], dueMs: nowMs + 60 * SECOND_MS });
    await put(later, aHint(later, nowMs));
    expect([await take(), due()]).toEqual([{ kind: "lost" }, [later]]);
  });

  it("THEN a hint that is needed stays, though its clock is set back while it looks", async () => {
    let stepMs = 0;
    const { take, put, spanOf, due, nowMs } = await withRecords((ports) => ({
      ...portsAround(ports, async ({ name }, carryOut) => {
        const found = await carryOut();
        if (name === "progress.due") stepMs = -2 * SECOND_MS;
        return found;
      }),
      clock: { ...ports.clock, nowMs: () => ports.clock.nowMs() + stepMs },
    }));
    const later = aLease({ spans: [spanOf(0, 0)], dueMs: nowMs + 60 * SECOND_MS });
    await put({ ...later, dueMs: nowMs }, aHint(later, nowMs));
    expect([await take(), due().length]).toEqual([{ kind: "lost" }, 2]);
  });

  it("THEN it looks again where another was quicker", async () => {
    const { take, put, spanOf, due, nowMs } = await withRecords((ports) =>
      portsAround(ports, ({ name }, carryOut) =>
        name === "progress.move" ? Promise.resolve("conflict") : carryOut(),
      ),
    );
    const record = aRetry({ spans: [spanOf(0, 0)], dueMs: nowMs });
    await put(record);
    expect([await take(), due()]).toEqual([{ kind: "lost" }, [record]]);
  });

  it("THEN it leaves them as they are where not one fits beside what it has", async () => {
    const { take, put, spanOf, due, nowMs } = await withRecords();
    const record = aRetry({ spans: [spanOf(0, 0, 2)], dueMs: nowMs });
    await put(record);
    expect(await take({ maxBytes: 1, isContinued: true })).toEqual({ kind: "empty" });
    expect(due()).toEqual([record]);
    expect(bodiesOf(await take({ maxBytes: 1 }))).toEqual(["m0"]);
  });

  it("THEN what has expired meanwhile is told of and counted, and it looks again", async () => {
    const { take, put, spanOf, due, storage, telemetry, nowMs } = await withRecords();
    await put(aRetry({ spans: [spanOf(0, 0, 2)], dueMs: nowMs }));
    for (const slots of storage.logs.values()) slots.length = 0;
    expect([await take(), due()]).toEqual([{ kind: "lost" }, []]);
    expect(telemetry.events).toMatchObject([{ name: "messages-expired", fields: { messages: 2 } }]);
  });

  it("THEN a record that cannot be read rests while others are due, and is tried once they are not", async () => {
    // GIVEN
    let isSick = true;
    const { take, put, spanOf, nowMs } = await withRecords((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        if (isSick && name === "log.read" && (args[0] as PartitionRef).partition === 0)
          throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await put(aRetry({ partition: 0, spans: [spanOf(0, 0)], dueMs: nowMs }));
    await expect(take()).rejects.toMatchObject({ code: "storage-unavailable" });
    const others = [0, 1, 2].map((at) => aRetry({ partition: 1, spans: [spanOf(1, at)], dueMs: nowMs }));
    await put(...others);
    // WHEN, THEN
    for (let at = 0; at < others.length; at++)
      expect(await take({ maxMessages: 1 })).toMatchObject({ handed: [{ partition: 1 }] });
    isSick = false;
    expect(await take()).toMatchObject({ handed: [{ partition: 0, body: "m0" }] });
  });
});

describe("GIVEN records that a seek has made void", () => {
  async function withVoid(count: number) {
    const made = await withRecords();
    for (let at = 0; at < count; at += 20)
      await made.put(
        ...Array.from({ length: Math.min(20, count - at) }, () =>
          aRetry({ spans: [made.spanOf(0, 0)], dueMs: made.nowMs - SECOND_MS }),
        ),
      );
    await seek(made.engine, "orders", "audit", "earliest");
    const { subscription } = await findSubscription(made.engine, "orders", "audit");
    const { maxMessages, maxBytes, leaseMs } = { maxMessages: 10, maxBytes: 100_000, leaseMs: SECOND_MS };
    const reader = { ...made.reader, subscription };
    return { ...made, take: () => takeDue(made.engine, reader, { maxMessages, maxBytes, leaseMs }) };
  }

  it("WHEN a consumer looks THEN they are removed, and it gets what is not void", async () => {
    const { take, put, spanOf, due, nowMs } = await withVoid(70);
    await put(aRetry({ spans: [spanOf(0, 1)], dueMs: nowMs, epoch: 1 }));
    expect(bodiesOf(await take())).toEqual(["m1"]);
    expect(due()).toMatchObject([{ kind: "lease", epoch: 1 }]);
  });

  it("WHEN there are more than one call removes THEN the next one goes on", async () => {
    const { take, due } = await withVoid(VOID_AT_MOST + 20);
    expect([await take(), due().length]).toEqual([{ kind: "lost" }, 20]);
    expect([await take(), due().length]).toEqual([{ kind: "empty" }, 0]);
  });
});
