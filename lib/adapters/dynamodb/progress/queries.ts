import { GetCommand, QueryCommand } from "../commands.js";
import { type DueLook, DueLooking } from "../../../domain/progress/due-look.js";
import type { RecordPage, Standing } from "../../../domain/ports/progress-store.js";
import { type Cursor, type Due, dueId, isVoid } from "../../../domain/progress/records.js";
import type { DynamoDb } from "../client.js";
import { damaged } from "../damaged.js";
import { queryPages, startingWith } from "../query-pages.js";
import { EXPIRED, expiredOf } from "../items/expired-item.js";
import {
  ASIDE_PREFIX,
  CURSOR_PREFIX,
  DUE_PREFIX,
  cursorOf,
  dueOf,
  dueSortKey,
  dueUntilSortKey,
} from "../items/progress-item.js";
import { ALL_LIVES, Counting, type Living, type ProgressTotals } from "../../../domain/progress/totals.js";

/** The most pages that one count of a subscription's records reads. */
const TOTALS_PAGES = 10;
/** As many cursors as a topic has partitions by default, and a few records behind them. */
const STANDING_ITEMS = 20;
/** Page size after a first page that held nothing of use. */
const NEXT_PAGE_RECORDS = 100;

/** Decodes records. */
const readable = (db: DynamoDb, items: readonly Record<string, unknown>[]): Due[] =>
  items.flatMap((item) => dueOf(item) ?? damaged(db, item) ?? []);

export async function allCursors(db: DynamoDb, pk: string, consistent: boolean) {
  const items: Record<string, unknown>[] = [];
  for await (const page of queryPages(db, { ...startingWith(pk, CURSOR_PREFIX), ConsistentRead: consistent }))
    items.push(...page);
  return items;
}

export const cursorEntryOf = (item: Record<string, unknown>): [number, Cursor] => [
  Number(String(item.sk).slice(CURSOR_PREFIX.length)),
  cursorOf(item),
];

/**
 * The cursors, and whether a record follows them: records sort behind cursors, so one query reads them in this order. A
 * message that a cursor has passed by then is under a lease by then, or done.
 */
export async function standing(db: DynamoDb, pk: string): Promise<Standing> {
  const cursors = new Map<number, Cursor>();
  const query = {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :until",
    ExpressionAttributeValues: { ":pk": pk, ":from": CURSOR_PREFIX, ":until": dueUntilSortKey("") },
    ConsistentRead: true,
    Limit: STANDING_ITEMS,
  };
  for await (const page of queryPages(db, query)) {
    for (const item of page) {
      if (String(item.sk).startsWith(DUE_PREFIX)) return { cursors, hasRecords: true };
      if (String(item.sk).startsWith(CURSOR_PREFIX)) cursors.set(...cursorEntryOf(item));
    }
  }
  return { cursors, hasRecords: false };
}

/** An id begins with the time that its record was first due. A lease that was extended since then is skipped. */
export async function due(
  db: DynamoDb,
  pk: string,
  nowMs: number,
  limit: number,
  after?: string,
): Promise<DueLook> {
  const looking = new DueLooking(nowMs, limit);
  const query = {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :until",
    ExpressionAttributeValues: {
      ":pk": pk,
      ":from": after === undefined ? DUE_PREFIX : dueSortKey(after),
      ":until": dueUntilSortKey(dueId(nowMs, "")),
    },
    Limit: limit,
  };
  for await (const page of queryPages(db, query, NEXT_PAGE_RECORDS)) {
    for (const record of readable(db, page)) if (record.id !== after) looking.add(record);
    if (looking.isFull) break;
  }
  return looking.look();
}

/** The first record is the soonest, unless it was extended: then a later one may be due before its new deadline. */
export async function nextDueMs(db: DynamoDb, pk: string): Promise<number | undefined> {
  let soonest: number | undefined;
  const query = { ...startingWith(pk, DUE_PREFIX), ConsistentRead: true, Limit: 1 };
  for await (const page of queryPages(db, query, NEXT_PAGE_RECORDS)) {
    for (const { id, dueMs } of readable(db, page)) {
      if (soonest !== undefined && Number(id.split("-")[0]) >= soonest) return soonest;
      soonest = Math.min(soonest ?? Infinity, dueMs);
    }
  }
  return soonest;
}

/** One query, whatever it finds. */
export async function records(
  db: DynamoDb,
  pk: string,
  { limit, after }: { readonly limit: number; readonly after?: string },
): Promise<RecordPage> {
  const { Items = [], LastEvaluatedKey } = await db.client.send(
    new QueryCommand({
      TableName: db.tables.state,
      ...startingWith(pk, DUE_PREFIX),
      ConsistentRead: true,
      Limit: limit,
      ...(after === undefined ? {} : { ExclusiveStartKey: { pk, sk: dueSortKey(after) } }),
    }),
  );
  const last: unknown = LastEvaluatedKey?.sk;
  return {
    records: readable(db, Items),
    ...(typeof last === "string" ? { lastId: last.slice(DUE_PREFIX.length) } : {}),
  };
}

/** The cursors, for the leases in them, and the records that lie right behind them. */
const heldRecords = (pk: string) => ({
  KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :until",
  ExpressionAttributeValues: { ":pk": pk, ":from": CURSOR_PREFIX, ":until": dueUntilSortKey("") },
});

function recordsIn(db: DynamoDb, items: readonly Record<string, unknown>[]): readonly Due[] {
  const isCursor = ({ sk }: Record<string, unknown>): boolean => String(sk).startsWith(CURSOR_PREFIX);
  const inner = items.filter(isCursor).flatMap((item) => cursorOf(item).inner ?? []);
  return [
    ...inner,
    ...readable(
      db,
      items.filter((item) => !isCursor(item)),
    ),
  ];
}

export async function totals(
  db: DynamoDb,
  pk: string,
  epoch: number,
  living: Living = ALL_LIVES,
): Promise<ProgressTotals> {
  const counting = new Counting(living);
  const [counted, setAside] = await Promise.all([expiredCount(db, pk), asideCount(db, pk)]);
  const summed = (capped: boolean): ProgressTotals => counting.totals({ expired: counted, setAside, capped });
  let pages = 0;
  for await (const page of queryPages(db, heldRecords(pk))) {
    if (++pages > TOTALS_PAGES) return summed(true);
    for (const record of recordsIn(db, page)) if (!isVoid(record, { epoch })) counting.add(record);
  }
  return summed(false);
}

async function expiredCount({ client, tables }: DynamoDb, pk: string): Promise<number> {
  const { Item } = await client.send(new GetCommand({ TableName: tables.state, Key: { pk, sk: EXPIRED } }));
  return expiredOf(Item);
}

async function asideCount(db: DynamoDb, pk: string): Promise<number> {
  let count = 0;
  const query = { ...startingWith(pk, ASIDE_PREFIX), ProjectionExpression: "sk" };
  for await (const page of queryPages(db, query)) count += page.length;
  return count;
}
