import { liveInner } from "../../domain/progress/inner.js";
import { type Due, isVoid, openSpans } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { Offset } from "../../domain/slot.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { cursorIn } from "../consume/known-cursors.js";

const RECORDS_A_PAGE = 1_000;
/** A replay adds nothing to a subscription that has so many messages in its records, or so many records. */
export const OPEN_AT_MOST = 20_000;
const PAGES_AT_MOST = 4;

/** What a subscription without ordering has in its records: those messages come anyway. */
export interface OpenOffsets {
  has(partition: number, offset: Offset): boolean;
}

/**
 * Whatever is below a head and not in it is over, or a dead letter; and over it stays, whoever is at work meanwhile.
 * Cursors are read first: what leaves one for a record of its own keeps its id, and is met there. `too-many`: so much
 * waits already that no more should.
 */
export async function openOffsets(
  engine: Engine,
  subscription: Subscription,
): Promise<OpenOffsets | "too-many"> {
  const { progress } = engine;
  const open = new Map<number, (readonly [from: Offset, to: Offset])[]>();
  let messages = 0;
  const add = (record: Due): void => {
    if (record.kind === "hint" || isVoid(record, subscription)) return;
    const spans = openSpans(record);
    messages += spanLength(spans);
    const known = open.get(record.partition) ?? [];
    known.push(...spans.map(({ from, to }) => [from, to] as const));
    open.set(record.partition, known);
  };
  for (const [partition, stored] of await progress.cursors(subscription, { consistent: true }))
    for (const lease of liveInner(cursorIn(subscription, partition, stored))) add(lease);
  let after: string | undefined;
  for (let page = 1; page === 1 || after !== undefined; page++) {
    if (page > PAGES_AT_MOST || messages > OPEN_AT_MOST) return "too-many";
    const read = await progress.records(subscription, {
      limit: RECORDS_A_PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const record of read.records) add(record);
    after = read.lastId;
  }
  if (messages > OPEN_AT_MOST) return "too-many";
  return {
    has: (partition, offset) =>
      (open.get(partition) ?? []).some(([from, to]) => from <= offset && offset < to),
  };
}
