import type { Handed } from "../../../lib/domain/handed.js";
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
