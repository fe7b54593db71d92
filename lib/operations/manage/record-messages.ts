import { holdsAll } from "../../domain/progress/chains.js";
import { type MessageQuery, hasPastAskedFor, isAskedFor } from "../../domain/message-query.js";
import {
  type MessageState,
  type OpenMessage,
  type RecordPosition,
  recordCursor,
  recordPosition,
  waitOf,
} from "../../domain/open-message.js";
import { laneCount } from "../../domain/lane.js";
import type { Page, PageRequest } from "../../domain/page.js";
import { deadlineOf } from "../../domain/progress/deadlines.js";
import { isBehindHold, isHold } from "../../domain/progress/holds.js";
import { liveInner } from "../../domain/progress/inner.js";
import {
  type Cursor,
  type Due,
  type Holding,
  isVoid,
  isWaiting,
  openSpans,
} from "../../domain/progress/records.js";
import { type Span, spanAt } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import type { Engine } from "../engine.js";
import { Headers } from "../log/header-at.js";
import { ListedKeys } from "../consume/listed-keys.js";
import { circumstancesOf } from "./subscription-state.js";

/** One request reads so many pages of so many records, however few messages of the wanted state they hold. */
const PAGES_AT_MOST = 10;
const RECORDS_A_PAGE = 100;
/** So often it looks on, where what it found has another key or tag than is asked for. */
const LOOKS_AT_MOST = 4;

const START: RecordPosition = { after: "", id: "", offset: -1 };

interface Found {
  readonly record: Holding;
  readonly span: Span;
  readonly offset: Offset;
}

/**
 * A page of the messages that leases or retries hold, by the times at which those were due at first. Each record is
 * read once, and so may be in no page or in two if it changes meanwhile.
 */
export async function recordMessages(
  engine: Engine,
  reader: Reader,
  state: Exclude<MessageState, "waiting">,
  { limit, cursor }: PageRequest,
  query: MessageQuery = {},
): Promise<Page<OpenMessage>> {
  let from = cursor === undefined ? START : recordPosition(cursor);
  const cursors = await engine.progress.cursors(reader.subscription, { consistent: true });
  const items: OpenMessage[] = [];
  for (let looks = 0; looks < LOOKS_AT_MOST; looks++) {
    const search = { from, limit: limit - items.length, cursors, query };
    const { found, next } = await findIn(engine, reader, state, search);
    const all = await described(engine, reader, state, found, cursors);
    items.push(...all.filter((item) => isAskedFor(item, query)));
    if (!next) return { items };
    from = next;
    // It has read as many records as it may.
    if (items.length >= limit || found.length < search.limit) break;
  }
  return { items, nextCursor: recordCursor(from) };
}

interface Search {
  readonly from: RecordPosition;
  readonly limit: number;
  readonly cursors: ReadonlyMap<number, Cursor>;
  readonly query: MessageQuery;
}

async function findIn(
  { progress }: Engine,
  { subscription }: Reader,
  state: MessageState,
  { from, limit, cursors, query }: Search,
): Promise<{ readonly found: readonly Found[]; readonly next?: RecordPosition }> {
  // Read before the records: a lease may move out of its cursor in between, and never moves in.
  const inner = [...cursors.values()].flatMap(liveInner);
  const found: Found[] = [];
  let position = from;
  for (let pages = 0; pages < PAGES_AT_MOST; pages++) {
    const { after } = position;
    const page = await progress.records(subscription, {
      limit: RECORDS_A_PAGE,
      ...(after === "" ? {} : { after }),
    });
    for (const record of merged(page.records, inner, after, page.lastId)) {
      // It came behind the place where the page before ended, within a record.
      if (record.id < from.id) continue;
      if (record.kind !== "hint" && !isVoid(record, subscription)) {
        for (const { span, offset } of messagesOf(record, state, query)) {
          if (record.id === from.id && offset <= from.offset) continue;
          if (found.length === limit) return { found, next: position };
          found.push({ record, span, offset });
          position = { after: position.after, id: record.id, offset };
        }
      }
      position = { ...START, after: record.id };
    }
    if (page.lastId === undefined) return { found };
    position = { ...(page.lastId < from.id ? from : START), after: page.lastId };
  }
  return { found, next: position };
}

/** The records of a page and the leases in cursors, by id. Without `lastId` it is the last page. */
function merged(
  records: readonly Due[],
  inner: readonly Due[],
  after: string,
  lastId: string | undefined,
): readonly Due[] {
  const known = new Set(records.map(({ id }) => id));
  const among = inner.filter(
    ({ id }) => id > after && (lastId === undefined || id <= lastId) && !known.has(id),
  );
  return [...records, ...among].sort((one, other) => (one.id < other.id ? -1 : 1));
}

function* messagesOf(
  record: Holding,
  state: MessageState,
  query: MessageQuery,
): Generator<Pick<Found, "span" | "offset">> {
  for (const span of openSpans(record)) {
    // What stands for a dead letter has its past there.
    if (!isHold(span) && !hasPastAskedFor(span, query)) continue;
    const [ofFirst, ofRest] = [stateOf(record, span), stateOf(record, span, span.from + 1)];
    for (let offset = span.from; offset < span.to; offset++)
      if ((offset === span.from ? ofFirst : ofRest) === state) yield { span, offset };
  }
}

/** `offset`: of a message in the span; of all but the first of it, the state is the same. */
export function stateOf(record: Holding, span: Span, offset = span.from): Exclude<MessageState, "waiting"> {
  if (isHold(span)) return "held";
  if (!isWaiting(record, span)) return "leased";
  if (isBehindHold(record, span)) return "held";
  return span.attempt === 0 && isBehindOfKey(record, offset) ? "parked" : "retrying";
}

/** Messages that have expired are left out: nobody gets them any more. */
export async function described(
  engine: Engine,
  reader: Reader,
  state: MessageState,
  found: readonly Found[],
  cursors: ReadonlyMap<number, Cursor>,
): Promise<readonly OpenMessage[]> {
  const headers = new Headers(engine);
  const holders = new Map<number, ListedKeys>();
  const { topic, subscription } = reader;
  const circumstances = await circumstancesOf(engine, reader);
  const items: OpenMessage[] = [];
  for (const { record, span, offset } of found) {
    const { partition } = record;
    const header = await headers.at({ topic, partition }, offset);
    if (!header || (header.expiresAtMs ?? Infinity) <= circumstances.nowMs) continue;
    const cursor = cursors.get(partition);
    if (topic.ordering === "key" && cursor && !holders.has(partition))
      holders.set(partition, new ListedKeys(engine, subscription, cursor));
    const holder = isBehindOfKey(record, offset)
      ? record
      : await holders.get(partition)?.wholeHolder(record.id);
    const held = holder ? { heldUntilMs: holder.dueMs } : {};
    const hold = state === "held" ? holdOf(record, span) : undefined;
    const letter = hold && (await headers.at({ topic, partition }, hold.from));
    const dueMs = holder === record ? undefined : deadlineOf(record, span);
    const past = isHold(span) ? await engine.deadLetters.get(subscription, header.id) : span;
    // It was ended since its record was read.
    if (!past) continue;
    const { attempt, firstReceivedAtMs, lastError, failures } = past;
    items.push({
      id: header.id,
      state,
      ...(header.key === undefined ? {} : { key: header.key }),
      ...(header.tag === undefined ? {} : { tag: header.tag }),
      ...{ publishedAtMs: header.publishedAtMs, attempt },
      ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAtMs }),
      ...(lastError === undefined ? {} : { lastError }),
      ...(failures === undefined ? {} : { failures }),
      ...(state === "leased" ? consumerOf(engine, reader, record) : {}),
      ...(letter ? { deadLetter: letter.id } : {}),
      ...(hold
        ? { waitsFor: "dead-letter" as const, untilMs: deadlineOf(record, hold) }
        : waitOf(state, dueMs, { ...circumstances, ...held })),
    });
  }
  return items;
}

/** Who has a lease. A pump's are known by their subscription, and its lane where there is no other one. */
function consumerOf({ settings }: Engine, reader: Reader, record: Holding): Pick<OpenMessage, "consumer"> {
  const consumer = record.kind === "lease" ? record.consumer : undefined;
  if (reader.subscription.target.type === "pull") return consumer ? { consumer } : {};
  const isOnly = laneCount(reader, settings.laneWidth) === 1;
  return { consumer: { ...(isOnly ? { lane: 0 } : {}), ...consumer, name: PUMP } };
}

const PUMP = "push";

/** The first dead letter of its key that it waits for. */
const holdOf = (record: Holding, { from, keyAt = 0 }: Span): Span | undefined =>
  openSpans(record).find((one) => isHold(one) && one.from <= from && (one.keyAt ?? 0) === keyAt);

/** Whether the message waits in the record of its key behind another one. */
function isBehindOfKey(record: Holding, offset: Offset): boolean {
  if (holdsAll(record.id)) return false;
  const [first] = openSpans(record);
  const isParked = spanAt(record.spans, offset)?.parkedUntilMs !== undefined;
  return isParked || (record.kind === "retry" && first !== undefined && offset > first.from);
}
