import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { partitionOfKey } from "../../../lib/domain/topic.js";
import type { Due, Move } from "../../../lib/domain/progress/records.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { Sharing } from "../../../lib/operations/consume/take-shared.js";
import { aHint, aLease, aRetry, aSpan } from "../../contract/builders.js";
import { ack, bodies, publishEach, publishTogether, receive, retry, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";

const HEALTHY = 60;
const isFailing = ({ body }: Handed): boolean => String(body).startsWith("bad");
const all = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${what}${at}`);

/** Receives until every healthy message was there, where the failing ones fail each time. */
async function receivesFor(failing: number, maxMessages: number, seed: number): Promise<number> {
  const { engine, clock } = await withAudit({ topic: { partitions: 1 } }, seed);
  for (let from = 0; from < failing; from += 500)
    await publishTogether(engine, ...all("bad", Math.min(500, failing - from)));
  if (failing > 0) {
    for (let handed = await receive(engine, 500); handed.length > 0; handed = await receive(engine, 500))
      await retry(engine, handed, 1);
  }
  await publishTogether(engine, ...all("good", HEALTHY));
  const good = new Set<unknown>();
  for (let receives = 1; receives <= 10 * HEALTHY; receives++) {
    clock.advance(2_000);
    const handed = await receive(engine, maxMessages);
    await retry(engine, handed.filter(isFailing), 1);
    const healthy = handed.filter((message) => !isFailing(message));
    await ack(engine, healthy);
    for (const body of bodies(healthy)) good.add(body);
    if (good.size === HEALTHY) return receives;
  }
  return Infinity;
}

describe.each([1, 2, 3, 10, 100])("GIVEN receives of %i", (maxMessages) => {
  it.each([1, 3, 40, 2_000])(
    "WHEN %i messages always fail THEN the others take twice as many",
    async (failing) => {
      const without = await receivesFor(0, maxMessages, 1);
      expect(await receivesFor(failing, maxMessages, 2)).toBeLessThanOrEqual(2 * without);
    },
  );
});

it("GIVEN races that are lost WHEN many messages fail THEN nothing new is left among them", async () => {
  // GIVEN
  const audit = await withAudit({ topic: { partitions: 1 } });
  await publishTogether(audit.engine, ...all("bad", 200));
  await retry(audit.engine, await receive(audit.engine, 200), 1);
  await publishTogether(audit.engine, ...all("good", 20));
  let races = 0;
  const consumer = audit.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const [, move] = args as [unknown, Move | undefined];
      const isRace = name === "progress.advance" || (name === "progress.move" && move?.cursor !== undefined);
      return isRace && ++races <= 4 ? "conflict" : await carryOut();
    }),
  );
  // WHEN
  const good = new Set<unknown>();
  for (let receives = 0; receives < 48; receives++) {
    audit.clock.advance(2_000);
    const handed = await receive(consumer, 1);
    await retry(consumer, handed.filter(isFailing), 1);
    for (const body of bodies(handed.filter((message) => !isFailing(message)))) good.add(body);
  }
  // THEN every other receive had one, once the races were over
  expect(races).toBeGreaterThan(4);
  expect(good.size).toBe(20);
});

it("GIVEN what lost races left WHEN many messages fail behind it THEN it is handed out before them", async () => {
  // GIVEN a consumer that loses races while nothing is due, and leaves what it does not need
  const audit = await withAudit({ topic: { partitions: 1 } });
  await publishTogether(audit.engine, ...all("bad", 40));
  const leased = await receive(audit.engine, 40);
  await publishTogether(audit.engine, ...all("good", 8));
  let races = 0;
  const loser = audit.process((ports) =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const [, move] = args as [unknown, Move | undefined];
      const isRace = name === "progress.advance" || (name === "progress.move" && move?.cursor !== undefined);
      return isRace && ++races <= 4 ? "conflict" : await carryOut();
    }),
  );
  const good = new Set<unknown>(bodies(await receive(loser, 1)));
  await retry(audit.engine, leased, 1);
  // WHEN
  for (let receives = 0; receives < 8; receives++) {
    audit.clock.advance(2_000);
    const handed = await receive(audit.engine, 1);
    await retry(audit.engine, handed.filter(isFailing), 1);
    const healthy = handed.filter((message) => !isFailing(message));
    await ack(audit.engine, healthy);
    for (const body of bodies(healthy)) good.add(body);
  }
  // THEN
  expect(good.size).toBe(8);
});

describe("a receive of ten", () => {
  const withBoth = async (due: number, fresh: number) => {
    const audit = await withAudit({ topic: { partitions: 1 } });
    if (due > 0) await publishTogether(audit.engine, ...all("due", due));
    if (due > 0) await retry(audit.engine, await receive(audit.engine, due));
    if (fresh > 0) await publishTogether(audit.engine, ...all("new", fresh));
    return audit;
  };

  it.each([
    [20, 20, 5, 5],
    [2, 20, 2, 8],
    [20, 3, 7, 3],
    [20, 0, 10, 0],
    [0, 20, 0, 10],
    [3, 4, 3, 4],
  ])("GIVEN %i due and %i new has %i and %i of them, in either turn", async (due, fresh, ofDue, ofNew) => {
    const { process } = await withBoth(due, fresh);
    for (let seed = 0; seed < 4; seed++) {
      // Each process begins with one turn or the other; what it took goes back.
      const engine = process();
      const handed = await receive(engine, 10);
      expect(handed.filter(({ body }) => String(body).startsWith("due"))).toHaveLength(ofDue);
      expect(handed).toHaveLength(ofDue + ofNew);
      if (seed === 0 && ofNew === 0) await retry(engine, handed);
      else return;
    }
  });

  it("settles the messages of both leases by their receipts", async () => {
    const { engine, clock } = await withBoth(5, 5);
    const handed = await receive(engine, 10);
    expect(await ack(engine, handed)).toEqual(handed.map(() => "ok"));
    clock.advance(3_600_000);
    expect(await receive(engine, 10)).toEqual([]);
  });

  it("stays below its bytes with both, and takes a first one however large", async () => {
    const audit = await withAudit({ topic: { partitions: 1 } });
    const large = aText("x".repeat(1_000));
    await publishTexts(audit.engine, "orders", large, large);
    await retry(audit.engine, await receive(audit.engine, 2));
    await publishTexts(audit.engine, "orders", large, large);
    for (let time = 0; time < 4; time++)
      expect(await receive(audit.engine, 10, { maxBytes: 900 })).toHaveLength(1);
    expect(await receive(audit.engine, 10)).toEqual([]);
  });
});

it("GIVEN what is due fails to be looked for WHEN there is something new THEN that is handed out", async () => {
  const audit = await withAudit();
  await publishEach(audit.engine, "new");
  const consumer = audit.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "progress.due") throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  expect(bodies(await receive(consumer))).toEqual(["new"]);
});

it("hands out nothing twice in one receive, though its lease runs out before that ends", async () => {
  // GIVEN
  const audit = await withAudit({ topic: { ordering: "key", partitions: 2 } });
  const ofPartition = (partition: number): string =>
    all("k", 20).find((key) => partitionOfKey(key, 2) === partition) ?? "";
  for (const partition of [0, 1])
    await publishTexts(
      audit.engine,
      "orders",
      ...all("m", 4).map((body) => aText(`${body} of ${partition}`, { key: ofPartition(partition) })),
    );
  const first = [...(await receive(audit.engine, 8)), ...(await receive(audit.engine, 8))];
  expect(first).toHaveLength(8);
  await retry(audit.engine, first);
  audit.clock.advance(2_000);
  // WHEN every look for what is due comes a long while after the one before it
  const slow = audit.process((ports) =>
    portsAround(ports, async (call, carryOut) => {
      if (call.name === "progress.due") audit.clock.advance(3_600_000);
      return await carryOut();
    }),
  );
  const seen: unknown[] = [];
  for (let look = 0; look < 4; look++) {
    const handed = await receive(slow, 4);
    const ids = handed.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    seen.push(...bodies(handed));
  }
  // THEN
  expect(seen.length).toBeGreaterThan(4);
});

describe("what one receive has taken, and looks for again", () => {
  const lease = aLease({ partition: 3, spans: [aSpan(10, 15)] });
  async function othersThan(due: readonly Due[], isOrdered = false): Promise<readonly Due[]> {
    const sharing = new Sharing({ maxMessages: 10, maxBytes: 1_000, leaseMs: 1_000 }, isOrdered);
    await sharing.take(5, async () => await Promise.resolve({ kind: "taken", leases: [lease], handed: [] }));
    return sharing.others(due);
  }
  const elsewhere = aRetry({ partition: 3, spans: [aSpan(15, 20)] });

  it.each<[string, Due]>([
    ["its own lease, which ran out meanwhile", lease],
    ["a hint to it", aHint(lease, 1)],
    [
      "its messages, which another process took and gave back",
      aRetry({ partition: 3, spans: [aSpan(12, 13)] }),
    ],
    ["a part of them, beside others", aRetry({ partition: 3, spans: [aSpan(0, 5), aSpan(14, 30)] })],
  ])("leaves out %s", async (_, record) => {
    expect(await othersThan([record, elsewhere])).toEqual([elsewhere]);
  });

  it("keeps messages with the same offsets in another partition", async () => {
    const there = aRetry({ partition: 4, spans: [aSpan(10, 15)] });
    expect(await othersThan([there])).toEqual([there]);
  });

  it("leaves out the whole partition where it is ordered", async () => {
    const there = aRetry({ partition: 4, spans: [aSpan(10, 15)] });
    expect(await othersThan([elsewhere, there], true)).toEqual([there]);
  });
});
