import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import { partitionOfKey } from "../../../lib/domain/topic.js";
import { consumerMemory } from "../../../lib/operations/consume/known-cursors.js";
import type { Take, Taken } from "../../../lib/operations/consume/take.js";
import { takeNext } from "../../../lib/operations/consume/take-next.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { ack, bodies, publishEach, publishTogether, receive, retry, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { portsAround, recording } from "../ports-around.js";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const all = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${what}${at}`);

/** A process that takes what is new, and nothing else, of a topic with one partition. */
async function taking(
  replace: (ports: Ports) => Partial<Ports> = () => ({}),
  topic: Partial<TopicSettings> = {},
) {
  const audit = await withAudit({ topic: { partitions: 1, retentionSeconds: 3_600, ...topic } });
  const engine = audit.process(replace);
  const take = async (more: Partial<Take> = {}): Promise<Taken> => {
    const reader = await findSubscription(engine, "orders", "audit");
    const memory = await consumerMemory(engine, reader.subscription);
    return await takeNext(engine, reader, memory, {
      maxMessages: 2,
      maxBytes: 100_000,
      leaseMs: 30 * SECOND_MS,
      ...more,
    });
  };
  const progress = () => [...audit.storage.progress.values()];
  const due = () => progress().flatMap((one) => one.records());
  const cursors = () =>
    progress().flatMap((one) => [...one.cursors.values()].map(({ inner: _, ...cursor }) => cursor));
  return { ...audit, take, due, cursors };
}

const isMoveOfHead = (name: string): boolean => name === "progress.move" || name === "progress.advance";

/** Ports whose moves of a head lose the race so often. */
const losing =
  (times: number) =>
  (ports: Ports): Partial<Ports> => {
    let races = 0;
    return portsAround(ports, async ({ name }, carryOut) =>
      isMoveOfHead(name) && races++ < times ? "conflict" : await carryOut(),
    );
  };

const bodiesOf = (taken: Taken) => (taken.kind === "taken" ? bodies(taken.handed) : taken.kind);

describe("GIVEN new messages WHEN a consumer takes the next", () => {
  it("THEN the head is behind them and they are under a lease, in one write", async () => {
    const calls: string[] = [];
    const { engine, take, due, cursors, clock } = await taking(recording(calls));
    await publishTogether(engine, ...all("m", 3));
    const taken = await take();
    expect(bodiesOf(taken)).toEqual(["m0", "m1"]);
    expect(due()).toEqual(taken.kind === "taken" ? taken.leases : []);
    expect(due()).toMatchObject([{ kind: "lease", dueMs: clock.nowMs() + 30 * SECOND_MS }]);
    expect(cursors()).toMatchObject([{ version: 1 }]);
    expect(calls.filter(isMoveOfHead)).toEqual(["progress.advance"]);
    expect(bodiesOf(await take())).toEqual(["m2"]);
  });

  it("THEN nothing is taken and nothing is written where there is none", async () => {
    const { engine, take, cursors } = await taking();
    await publishTogether(engine, "m0");
    await take();
    const before = cursors();
    expect([await take(), cursors()]).toEqual([{ kind: "empty" }, before]);
  });

  it("THEN nothing is taken where not even the first fits beside what was taken before", async () => {
    const { engine, take, cursors } = await taking();
    await publishTogether(engine, "m0");
    expect([await take({ maxBytes: 1, isContinued: true }), cursors()]).toEqual([{ kind: "empty" }, []]);
    expect(bodiesOf(await take({ maxBytes: 1 }))).toEqual(["m0"]);
  });

  it("THEN the head passes thousands that expired by their publisher's will, in one call", async () => {
    const { engine, take, clock, telemetry } = await taking();
    const expiresAtMs = clock.nowMs() + SECOND_MS;
    for (let slot = 0; slot < 30; slot++)
      await publishTexts(engine, "orders", ...all("old", 100).map((body) => aText(body, { expiresAtMs })));
    clock.advance(SECOND_MS);
    await publishEach(engine, "new");
    expect(bodiesOf(await take())).toEqual(["new"]);
    const told = telemetry.events.filter(({ name }) => name === "messages-expired");
    expect(told.reduce((sum, { fields }) => sum + Number(fields["messages"]), 0)).toBe(3_000);
  });

  it("THEN with ordering nothing is taken beside what is at work", async () => {
    const { engine, take, clock } = await taking(undefined, { ordering: "key" });
    await publishTexts(engine, "orders", ...all("m", 4).map((body) => aText(body, { key: "k" })));
    const first = await take();
    expect(await take()).toEqual({ kind: "empty" });
    clock.advance(HOUR_MS / 2);
    expect(await take()).toEqual({ kind: "empty" });
    if (first.kind === "taken") await ack(engine, first.handed);
    expect(bodiesOf(await take())).toEqual(["m2", "m3"]);
  });
});

describe("GIVEN another is quicker WHEN a consumer takes the next", () => {
  it("THEN it looks again, from where the other's head is by then", async () => {
    const { engine, take, process } = await taking();
    await publishTogether(engine, ...all("m", 6));
    expect(bodiesOf(await take())).toEqual(["m0", "m1"]);
    expect(bodies(await receive(process(), 2))).toEqual(["m2", "m3"]);
    expect(await take()).toEqual({ kind: "lost" });
    expect(bodiesOf(await take())).toEqual(["m4", "m5"]);
  });

  it.each([
    [1, 2],
    [2, 16],
    [3, 32],
    [4, 48],
    [9, 48],
  ])(
    "THEN after %i lost races its head moves past %i, and what it does not need waits for others",
    async (races, past) => {
      // GIVEN
      const { engine, take, due, process } = await taking(losing(races));
      await publishTogether(engine, ...all("m", 60));
      for (let race = 0; race < races; race++) expect(await take()).toEqual({ kind: "lost" });
      // WHEN
      expect(bodiesOf(await take())).toEqual(["m0", "m1"]);
      // THEN as retries of as many as it asks for, which count no attempt
      const left = due().filter(({ kind }) => kind === "retry");
      expect(left).toHaveLength(past / 2 - 1);
      expect(left.every(({ spans }) => spans.every(({ attempt }) => attempt === 0))).toBe(true);
      const others = await receive(process(), 100);
      expect(others.every(({ attempt }) => attempt === 1)).toBe(true);
    },
  );

  it("THEN it takes no more than it needs where it must not, or where order counts", async () => {
    const modest = await taking(losing(4));
    await publishTogether(modest.engine, ...all("m", 60));
    for (let race = 0; race < 4; race++) await modest.take({ isModest: true });
    expect(bodiesOf(await modest.take({ isModest: true }))).toEqual(["m0", "m1"]);
    expect(modest.due()).toHaveLength(1);
    const ordered = await taking(losing(4), { ordering: "key" });
    await publishTexts(ordered.engine, "orders", ...all("m", 60).map((body) => aText(body, { key: "k" })));
    for (let race = 0; race < 4; race++) await ordered.take();
    expect(bodiesOf(await ordered.take())).toEqual(["m0", "m1"]);
    expect(ordered.due()).toHaveLength(1);
  });
});

describe("a partition that fails", () => {
  const keyOf = (partition: number): string =>
    all("k", 20).find((key) => partitionOfKey(key, 2) === partition) ?? "";

  async function withFailing(name: string, partition: number) {
    const audit = await withAudit({ topic: { ordering: "key", partitions: 2 } });
    await publishTexts(
      audit.engine,
      "orders",
      aText("sick", { key: keyOf(0) }),
      aText("well", { key: keyOf(1) }),
    );
    let isSick = true;
    const consumer = audit.process((ports) =>
      portsAround(ports, async (call, carryOut) => {
        const [first, second] = call.args as [{ partition?: number }, unknown];
        const of = name === "log.read" ? first.partition : second;
        if (isSick && call.name === name && of === partition) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    return { ...audit, consumer, mend: () => (isSick = false) };
  }

  it("keeps nobody from what lies in the others, and is heard of where nothing else is there", async () => {
    const { consumer, mend, clock } = await withFailing("log.read", 0);
    const first = await receive(consumer);
    expect(bodies(first)).toEqual(["well"]);
    await ack(consumer, first);
    await expect(receive(consumer)).rejects.toMatchObject({ code: "storage-unavailable" });
    mend();
    clock.advance(60_000);
    expect(bodies(await receive(consumer))).toEqual(["sick"]);
  });

  it("is tried again by a long poll, which answers with what comes meanwhile", async () => {
    const { consumer, mend } = await withFailing("log.read", 0);
    await ack(consumer, await receive(consumer));
    const polling = receive(consumer, 10, { waitSeconds: 10 });
    await Promise.resolve();
    mend();
    expect(bodies(await polling)).toEqual(["sick"]);
  });

  it("among what is due keeps nobody from what is due in the others", async () => {
    const { engine, consumer } = await withFailing("log.read", 0);
    const both = [...(await receive(engine)), ...(await receive(engine))];
    expect(both).toHaveLength(2);
    await retry(engine, both);
    const seen: unknown[] = [];
    for (let look = 0; look < 6; look++) seen.push(...bodies(await receive(consumer).catch(() => [])));
    expect(seen).toEqual(["well"]);
  });
});
