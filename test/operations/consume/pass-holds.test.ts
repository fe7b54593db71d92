import { passLapsed, waitBehindHold } from "../../../lib/operations/consume/pass-holds.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { openSpans } from "../../../lib/domain/progress/records.js";
import type { Holding } from "../../../lib/domain/progress/records.js";
import { isHold } from "../../../lib/domain/progress/holds.js";
import { HELD_HOURS, HOUR_MS, comesNow, holdsIn, withHeld } from "../with-held.js";

async function theHold(held: Awaited<ReturnType<typeof withHeld>>) {
  const { topic, subscription } = await findSubscription(held.engine, "orders", "audit");
  const [record] = (await holdsIn(held)) as Holding[];
  const cursor = await held.engine.progress.cursor(subscription, 0);
  if (!record || !cursor) throw new Error("nothing holds");
  return { topic, subscription, record, cursor };
}

it("GIVEN a dead letter WHEN it has expired THEN its key goes on, and no sooner", async () => {
  const held = await withHeld();
  const { subscription, record } = await theHold(held);
  const untilMs = Math.max(
    ...openSpans(record)
      .filter(isHold)
      .map(({ heldUntilMs = 0 }) => heldUntilMs),
  );
  expect(untilMs).toBeGreaterThanOrEqual(held.engine.clock.nowMs() + (HELD_HOURS - 1) * HOUR_MS);
  expect(await passLapsed(held.engine, subscription, record, untilMs - 1)).toBe(false);
  expect(await holdsIn(held)).toHaveLength(1);
  expect(await passLapsed(held.engine, subscription, record, untilMs)).toBe(true);
  expect(await holdsIn(held)).toEqual([]);
  held.clock.advance(2 * HELD_HOURS * HOUR_MS);
  expect(await comesNow(held.engine)).toEqual(["a2", "a3"]);
});

it("GIVEN what is due behind a dead letter WHEN a look finds it THEN it waits as long as that", async () => {
  const held = await withHeld();
  const { subscription, record, cursor } = await theHold(held);
  const nowMs = held.engine.clock.nowMs();
  const spans = record.spans.map((span) => (isHold(span) ? span : { ...span, dueMs: nowMs }));
  const due = { ...record, spans, dueMs: nowMs };
  expect(await waitBehindHold(held.engine, subscription, { cursor, record: due, hints: [] }, nowMs)).toBe(
    true,
  );
  expect(await comesNow(held.engine)).toEqual([]);
  const free = { ...record, spans: record.spans.filter((span) => !isHold(span)) };
  expect(await waitBehindHold(held.engine, subscription, { cursor, record: free, hints: [] }, nowMs)).toBe(
    false,
  );
});
