import type { Handed } from "../../../lib/domain/handed.js";
import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import { listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { settle } from "../../../lib/operations/consume/settle.js";
import { publishEach, publishTogether, receive, withAudit } from "../a-consumer.js";

const POISON = "m4";
const names = Array.from({ length: 10 }, (_, index) => `m${index}`);

/** A consumer whose process exits on one message: it never answers for what it received with it. */
async function consumption(more: (engine: Awaited<ReturnType<typeof withAudit>>["engine"]) => Promise<void>) {
  const { engine, clock, storage } = await withAudit({ subscription: { ackDeadlineSeconds: 30 } });
  await publishTogether(engine, ...names);
  const received: Handed[] = [];
  const done: string[] = [];
  for (let round = 0; round < 40; round++) {
    const handed = await receive(engine, 10);
    received.push(...handed);
    const isFatal = handed.some(({ body }) => body === POISON);
    if (!isFatal && handed.length > 0) {
      const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
      await settle(engine, "orders", "audit", acks);
      done.push(...handed.map(({ body }) => String(body)));
    }
    await more(engine);
    clock.advance(10_000);
  }
  const spans = [...storage.progress.values()].flatMap((progress) => [
    ...[...progress.due.values()].flatMap((record) => record.spans),
    ...[...progress.cursors.values()].flatMap(({ inner = [] }) => inner.flatMap((lease) => lease.spans)),
  ]);
  return { received, done, spans };
}

const others = names.filter((name) => name !== POISON);

describe("GIVEN a message that kills its pull consumer", () => {
  it("WHEN it was received with others THEN those are done after few receives, and it alone is charged", async () => {
    const { received, done, spans } = await consumption(() => Promise.resolve());
    expect([...done].sort()).toEqual(others);
    const most = Math.max(...received.filter(({ body }) => body !== POISON).map(({ attempt }) => attempt));
    expect(most).toBeLessThanOrEqual(6);
    expect(spans).toMatchObject([{ together: 1 }]);
    expect(spans[0]?.charged).toBeGreaterThanOrEqual(2);
  });

  it("WHEN new messages keep coming THEN none of them is received beside it, once it is under suspicion", async () => {
    let sent = 0;
    const { received, done, spans } = await consumption(async (engine) => {
      await publishEach(engine, `new ${sent++}`);
    });
    const fresh = received.filter(({ body }) => String(body).startsWith("new"));
    expect(new Set(fresh.map(({ id }) => id)).size).toBe(fresh.length);
    expect(done.filter((body) => body.startsWith("m")).sort()).toEqual(others);
    expect(spans.filter((span) => span.charged !== undefined)).toHaveLength(1);
  });
});

/** Receives and acknowledges until nothing is left; the process exits on one body of a thousand, each time. */
it("GIVEN a pull consumer that exits on one body of a thousand WHEN it runs on THEN that one dies", async () => {
  // GIVEN
  const retry = { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 3 };
  const { engine, clock, storage } = await withAudit({
    subscription: { ackDeadlineSeconds: 30, retry },
    topic: { partitions: 2 },
  });
  const bodies = Array.from({ length: 1_000 }, (_, index) => `m${index}`);
  for (let from = 0; from < bodies.length; from += 100)
    await publishTogether(engine, ...bodies.slice(from, from + 100));
  const received: Handed[] = [];
  const done: string[] = [];
  let fatal = 0;
  // WHEN
  for (let empty = 0; empty < 20;) {
    const handed = await receive(engine, 10);
    received.push(...handed);
    const isFatal = handed.some(({ body }) => body === "m500");
    if (isFatal) fatal++;
    else if (handed.length > 0) {
      const acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
      await settle(engine, "orders", "audit", acks);
      done.push(...handed.map(({ body }) => String(body)));
    }
    empty = handed.length === 0 ? empty + 1 : 0;
    if (handed.length === 0) clock.advance(10_000);
  }
  // THEN
  expect([...done].sort()).toEqual(bodies.filter((body) => body !== "m500").sort());
  const { items } = await listDeadLetters(engine, "orders", "audit", {}, { limit: 10 });
  expect(items).toMatchObject([{ attempt: fatal }]);
  const times = new Map<string, number>();
  for (const { body } of received) times.set(String(body), (times.get(String(body)) ?? 0) + 1);
  for (const { body, attempt } of received) expect(attempt).toBeLessThanOrEqual(times.get(String(body)) ?? 0);
  expect([...times].filter(([, count]) => count > 1).length).toBeLessThanOrEqual(10);
  expect([...storage.progress.values()].flatMap(({ due }) => [...due.values()])).toEqual([]);
});
