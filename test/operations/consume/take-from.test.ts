import { consumerMemory } from "../../../lib/operations/consume/known-cursors.js";
import { takeFrom } from "../../../lib/operations/consume/take-from.js";
import type { Takes } from "../../../lib/operations/consume/take.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { bodies, publishTogether, receive, withTimedAudit } from "../a-consumer.js";

const take = (maxMessages: number) => ({ maxMessages, maxBytes: 10_000, leaseMs: 30_000 });

/** A backlog of so many messages, of which so many were received one by one. */
async function aBacklog(messages: number, received: number) {
  const audit = await withTimedAudit({ topic: { partitions: 1 } });
  await publishTogether(audit.engine, ...Array.from({ length: messages }, (_, at) => `m${at}`));
  for (let one = 0; one < received; one++) await receive(audit.engine, 1);
  const reader = await findSubscription(audit.engine, "orders", "audit");
  const memory = await consumerMemory(audit.engine, reader.subscription);
  return {
    ...audit,
    memory,
    takeParts: async (takes: Takes) => {
      const taken = await takeFrom(audit.engine, reader, memory, 0, takes);
      if (taken.kind !== "taken") return [];
      return taken.parts.map(({ lease, placed }) => ({
        isInner: lease.isInner === true,
        bodies: placed.map(({ message }) => message.body),
      }));
    },
  };
}

it("keeps the leases of all requests in the cursor, as far as it has room", async () => {
  const { takeParts } = await aBacklog(20, 0);
  const nine = Array.from({ length: 9 }, () => take(2)) as unknown as Takes;
  const parts = await takeParts(nine);
  expect(parts).toHaveLength(8);
  expect(parts[0]).toEqual({ isInner: true, bodies: ["m0", "m1"] });
  expect(parts[7]).toEqual({ isInner: true, bodies: ["m14", "m15"] });
});

it("serves as many requests as the cursor has room for beside the leases in it", async () => {
  const { takeParts } = await aBacklog(20, 3);
  const parts = await takeParts(Array.from({ length: 9 }, () => take(1)) as unknown as Takes);
  expect(parts.map(({ bodies: [body] }) => body)).toEqual(["m3", "m4", "m5", "m6", "m7"]);
});

it("gives all of them items of their own where the cursor has no room", async () => {
  const { takeParts } = await aBacklog(20, 0);
  await takeParts(Array.from({ length: 8 }, () => take(1)) as unknown as Takes);
  const parts = await takeParts([take(2), take(2)]);
  expect(parts).toEqual([
    { isInner: false, bodies: ["m8", "m9"] },
    { isInner: false, bodies: ["m10", "m11"] },
  ]);
});

it("takes for the first request only after lost races, and leaves the rest to others", async () => {
  const { engine, memory, takeParts } = await aBacklog(20, 0);
  memory.losses = 2;
  expect(await takeParts([take(2), take(2)])).toHaveLength(1);
  expect(memory.losses).toBe(0);
  expect(bodies(await receive(engine, 2))).toHaveLength(2);
});
