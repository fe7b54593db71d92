import type { Cursor } from "../../../lib/domain/progress/records.js";
import { noteLeftOut, readFrom } from "../../../lib/operations/consume/left-out.js";
import { noteFilter } from "../../../lib/operations/filter-in-force.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { withAudit } from "../a-consumer.js";
import { WANTED } from "../a-filter.js";

const CURSOR: Cursor = { head: 10, slotBase: 8, epoch: 1, version: 3 };
const AT_HEAD = { head: 10, slotBase: 8, leftOut: 0 };
const BEHIND = { head: 50, slotBase: 50, leftOut: 40 };

/** A process that knows that 40 messages from the head on are left out. */
async function knowing() {
  const { engine, clock } = await withAudit({ subscription: { filter: WANTED } });
  const { subscription } = await findSubscription(engine, "orders", "audit");
  noteLeftOut(engine, subscription, 0, CURSOR, {
    next: { head: 50, slotBase: 50 },
    messages: 40,
    filter: WANTED,
  });
  return { engine, clock, subscription };
}

it("goes on behind what is known to be left out", async () => {
  const { engine, subscription } = await knowing();
  expect(readFrom(engine, subscription, 0, CURSOR)).toEqual({ ...BEHIND, filter: WANTED });
  expect(readFrom(engine, subscription, 1, CURSOR)).toEqual({ ...AT_HEAD, filter: WANTED });
});

it.each<[string, Partial<Cursor>]>([
  ["another process moved it", { version: 4 }],
  ["a seek moved it", { epoch: 2 }],
])("begins at the head once %s", async (_, changed) => {
  const { engine, subscription } = await knowing();
  expect(readFrom(engine, subscription, 0, { ...CURSOR, ...changed })).toEqual({
    ...AT_HEAD,
    filter: WANTED,
  });
});

it("begins at the head once the filter is another one, or there is none", async () => {
  const { engine, clock, subscription } = await knowing();
  const other = { ...subscription, filter: '{"tag":["b"]}' };
  noteFilter(engine, other, clock.nowMs());
  expect(readFrom(engine, subscription, 0, CURSOR)).toEqual({ ...AT_HEAD, filter: other.filter });
  const { filter: _, ...unfiltered } = subscription;
  noteFilter(engine, unfiltered, clock.nowMs());
  expect(readFrom(engine, subscription, 0, CURSOR)).toEqual({ ...AT_HEAD, filter: undefined });
});
