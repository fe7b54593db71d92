import type { Engine } from "../../../lib/operations/engine.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import { bodies, publishTogether, receive, settleAs, withTimedAudit } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";

const SECOND_MS = 1_000;
const EXTENDED_BY_SECONDS = 600;

/** So many leases of one message each, which were due 20 seconds ago and were extended by ten minutes. */
async function withExtended(leases: number) {
  const audit = await withTimedAudit({ topic: { partitions: 1 }, subscription: { ackDeadlineSeconds: 10 } });
  const names = Array.from({ length: leases }, (_, at) => `m${at}`);
  for (let from = 0; from < leases; from += 500)
    await publishTogether(audit.engine, ...names.slice(from, from + 500));
  const messages = [];
  for (let at = 0; at < leases; at++) messages.push(...(await receive(audit.engine, 1)));
  expect(messages).toHaveLength(leases);
  for (const message of messages)
    await settleAs(audit.engine, [message], { outcome: "extend", ackDeadlineSeconds: EXTENDED_BY_SECONDS });
  await audit.clock.advance(30 * SECOND_MS);
  let read = 0;
  /** Counts the records that a look reads: those behind the one that it starts after, up to now. */
  const consumer = audit.process((ports) =>
    portsAround(ports, ({ name, args }, carryOut) => {
      if (name !== "progress.due") return carryOut();
      const [ref, nowMs, , after = ""] = args as [SubscriptionRef, number, number, string?];
      const ids = [...(audit.storage.progress.get(subscriptionKey(ref))?.due.entries() ?? [])].map(
        ([id]) => id,
      );
      read += ids.filter((id) => id > after && Number(id.split("-")[0]) <= nowMs).length;
      return carryOut();
    }),
  );
  return { ...audit, consumer, messages, read: () => read };
}

it("GIVEN a thousand extended leases WHEN messages are received THEN not each receive reads past them", async () => {
  const { engine, consumer, clock, read } = await withExtended(1_000);
  const received: unknown[] = [];
  for (let at = 0; at < 40; at++) {
    await publishTogether(engine, `new ${at}`);
    received.push(...bodies(await receive(consumer)));
    await clock.advance(100);
  }
  expect(received).toHaveLength(40);
  expect(read()).toBeLessThanOrEqual(1_000 + 40 * 40);
});

describe("GIVEN looks that have read past extended leases", () => {
  async function looking(): Promise<Awaited<ReturnType<typeof withExtended>> & { other: Engine }> {
    const audit = await withExtended(30);
    const other = audit.process();
    expect(await receive(audit.consumer)).toEqual([]);
    expect(await receive(other)).toEqual([]);
    return { ...audit, other };
  }

  it("WHEN one of them is handed back by another process THEN it is received at once", async () => {
    const { messages, engine, other } = await looking();
    await settleAs(engine, messages.slice(7, 8), { outcome: "extend", ackDeadlineSeconds: 0 });
    expect(bodies(await receive(other))).toEqual(["m7"]);
  });

  it("WHEN one of them is shortened THEN it is received to the second", async () => {
    const { messages, engine, other, clock } = await looking();
    await settleAs(engine, messages.slice(3, 4), { outcome: "extend", ackDeadlineSeconds: 3 });
    await clock.advance(3 * SECOND_MS - 1);
    expect(await receive(other)).toEqual([]);
    await clock.advance(1);
    expect(bodies(await receive(other))).toEqual(["m3"]);
  });

  it("WHEN their deadline passes between two looks THEN they are received at once", async () => {
    const { other, clock } = await looking();
    await clock.advance((EXTENDED_BY_SECONDS - 31) * SECOND_MS);
    expect(await receive(other)).toEqual([]);
    await clock.advance(SECOND_MS);
    expect(await receive(other, 100)).not.toEqual([]);
  });

  it("WHEN a process missed what lies in front of them THEN it is received within five seconds", async () => {
    const { other, storage, clock } = await looking();
    const [entry] = storage.progress.values();
    const [lease] = [...(entry?.due.values() ?? [])];
    if (!entry || !lease) throw new Error("nothing is leased");
    // As a look would see it that read an older state.
    entry.due.set(lease.id, { ...lease, dueMs: clock.nowMs() });
    expect(await receive(other)).toEqual([]);
    await clock.advance(5 * SECOND_MS);
    expect(await receive(other)).toHaveLength(1);
  });
});
