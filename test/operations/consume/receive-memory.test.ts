import { type Ports } from "../../../lib/operations/engine.js";
import { memoryBytesFor } from "../../../lib/operations/memory-budget.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { receive } from "../../../lib/operations/consume/receive.js";
import { withTimedAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { driven, portsAround } from "../ports-around.js";

const SLOT_BYTES = 100_000;
const SLOTS = 12;

/** One process that many ask at once, as `sluice dev` does, and the unpacked bytes that it opens at once. */
async function askedByMany(decodedBytes: number) {
  const audit = await withTimedAudit({ topic: { partitions: 1 } });
  const publisher = audit.process(undefined, { inlineLimitBytes: 0 });
  for (let at = 0; at < SLOTS; at++)
    await publishTexts(publisher, "orders", aText(`${at} ${"x".repeat(SLOT_BYTES - 10)}`));
  let [open, mostOpen] = [0, 0];
  const slowSegments = (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name !== "segments.get") return await carryOut();
      mostOpen = Math.max(mostOpen, ++open);
      await audit.clock.sleep(100);
      open--;
      return await carryOut();
    });
  const consumer = audit.process(slowSegments, { decodedBytes, slotCacheBytes: 0 });
  const reader = await findSubscription(consumer, "orders", "audit");
  const request = { maxMessages: 1, maxBytes: SLOT_BYTES };
  const all = Promise.all(Array.from({ length: SLOTS }, () => receive(consumer, reader, request)));
  const handed = (await driven(audit.clock, all)).flat();
  return { handed, mostOpen, heldBytes: consumer.budget.heldBytes };
}

describe("receives at once in one process", () => {
  it("open no more than their process has memory for, and all have their turn", async () => {
    const { mostOpen, heldBytes } = await askedByMany(memoryBytesFor(3 * SLOT_BYTES));
    expect(mostOpen).toBeLessThanOrEqual(3);
    expect(mostOpen).toBeGreaterThan(1);
    expect(heldBytes).toBe(0);
  });

  it("go one by one where not even one fits", async () => {
    const { handed, mostOpen, heldBytes } = await askedByMany(1_000);
    expect(new Set(handed.map(({ id }) => id)).size).toBe(SLOTS);
    expect(mostOpen).toBe(1);
    expect(heldBytes).toBe(0);
  });
});

it("a receive without a limit of its own takes what its process has memory for, and leaves the rest", async () => {
  const audit = await withTimedAudit({ topic: { partitions: 1 } });
  const texts = Array.from({ length: 10 }, () => aText("x".repeat(1_000)));
  await publishTexts(audit.engine, "orders", ...texts);
  const consumer = audit.process(undefined, { decodedBytes: memoryBytesFor(4_500), slotCacheBytes: 0 });
  const reader = await findSubscription(consumer, "orders", "audit");
  expect(await receive(consumer, reader, { maxMessages: 10 })).toHaveLength(4);
});
