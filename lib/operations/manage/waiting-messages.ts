import { type MessageQuery, hasPastAskedFor, isAskedFor } from "../../domain/message-query.js";
import { type OpenMessage, waitOf, waitingCursor, waitingPosition } from "../../domain/open-message.js";
import type { Page, PageRequest } from "../../domain/page.js";
import type { Place } from "../../domain/place.js";
import type { Reader } from "../../domain/reader.js";
import { cursorIn } from "../consume/known-cursors.js";
import { readFrom } from "../consume/left-out.js";
import type { Engine } from "../engine.js";
import { FilterForRead } from "../filter-in-force.js";
import { anchorsOf, knownEnd } from "../log/anchors.js";
import { type WantedRead, readWanted } from "../log/read-wanted.js";
import { memoryBytesFor } from "../memory-budget.js";
import { ListedKeys } from "../consume/listed-keys.js";
import { circumstancesOf } from "./subscription-state.js";

/** The most reads of one request: then it answers what it has, and where the next one goes on. */
const READS_AT_MOST = 16;
/** Of messages in one read. */
const READ_BYTES = 4 * 1_024 * 1_024;

/**
 * A page of the messages ahead of the heads, partition by partition. What a pump that owns the heads has in its hands
 * is among them: nothing is written of that until the heads move.
 */
export async function waitingMessages(
  engine: Engine,
  reader: Reader,
  { limit, cursor }: PageRequest,
  query: MessageQuery = {},
): Promise<Page<OpenMessage>> {
  const { topic, subscription } = reader;
  const from = cursor === undefined ? undefined : waitingPosition(cursor);
  if (!hasPastAskedFor(NEVER_HANDED_OUT, query)) return { items: [] };
  const anchors = await anchorsOf(engine, topic, { isAnew: true });
  const cursors = await engine.progress.cursors(subscription, { consistent: true });
  const circumstances = await circumstancesOf(engine, reader);
  const items: OpenMessage[] = [];
  let reads = 0;
  for (const partition of [...anchors.keys()].sort((one, other) => one - other)) {
    if (from && partition < from.partition) continue;
    const stored = cursorIn(subscription, partition, cursors.get(partition));
    const known = readFrom(engine, subscription, partition, stored);
    let place: Place = { head: known.head, slotBase: known.slotBase };
    if (from?.partition === partition && from.head > place.head) place = from;
    const anchor = anchors.get(partition);
    const end = anchor && knownEnd(engine, topic, partition, anchor);
    if (end !== undefined && end <= place.head) continue;
    const holders = topic.ordering === "key" ? new ListedKeys(engine, subscription, stored) : undefined;
    for (let slotCount: number | undefined; ;) {
      if (items.length >= limit || reads++ >= READS_AT_MOST)
        return { items, nextCursor: waitingCursor({ partition, ...place }) };
      const read = await readOn(engine, reader, partition, place, limit - items.length, slotCount);
      if (read.next.head === place.head) break;
      for (const { message } of read.entries) {
        const holder = await holders?.holderAhead(message.key);
        const held = holder ? { heldUntilMs: holder.dueMs } : {};
        const wait = waitOf("waiting", undefined, { ...circumstances, ...held });
        const item = { ...fieldsOf(message), ...wait };
        if (isAskedFor(item, query)) items.push(item);
      }
      place = read.next;
      slotCount = read.slotCount;
    }
  }
  return { items };
}

const NEVER_HANDED_OUT = { attempt: 0 };

const fieldsOf = ({
  id,
  key,
  tag,
  publishedAtMs,
}: WantedRead["entries"][number]["message"]): Omit<OpenMessage, "waitsFor"> => ({
  id,
  state: "waiting",
  ...(key === undefined ? {} : { key }),
  ...(tag === undefined ? {} : { tag }),
  publishedAtMs,
  attempt: 0,
});

async function readOn(
  engine: Engine,
  { topic, subscription }: Reader,
  partition: number,
  place: Place,
  maxMessages: number,
  slotCount: number | undefined,
): Promise<WantedRead> {
  const filterNow =
    subscription.filter === undefined ? {} : { filterNow: new FilterForRead(engine, subscription).now };
  const limits = { maxMessages, maxBytes: READ_BYTES, slotCount, isAnyEnough: true, ...filterNow };
  return await engine.budget.receiving(memoryBytesFor(READ_BYTES), () =>
    readWanted(engine, { topic, partition }, place, limits),
  );
}
