import { DELAYED_KEYS, delayedGroup, delayedKey, placeAfter } from "../../domain/delayed.js";
import type { Refusal } from "../../domain/append-outcome.js";
import { Conflict } from "../../domain/errors.js";
import { invariant } from "../../domain/invariant.js";
import { cursorBehind, keyIn } from "../../domain/page.js";
import { type DelayedStore, PUT_LIMIT } from "../../domain/ports/delayed-store.js";
import type { TopicRef } from "../../domain/topic.js";
import type { DelayPart } from "../../domain/together.js";
import type { DynamoDb, Tables } from "./client.js";
import { GetCommand, QueryCommand, type Write } from "./commands.js";
import { damaged } from "./damaged.js";
import { type CancellationReason, translated } from "./errors.js";
import {
  ENTRY_PROJECTION,
  cancelledItem,
  cancelledKey,
  delayedItem,
  delayedItemKey,
  delayedOf,
  entryOfDelayed,
} from "./items/delayed-item.js";
import { IS_THERE } from "./items/format.js";
import { claimPut, recordValueOf } from "./items/record-item.js";
import { timerPut } from "./items/timer-item.js";
import { waitingKey } from "./items/waiting-key.js";
import { purge } from "./purge.js";
import { transact } from "./settings/transact.js";

const NOTHING_BESIDE = { claims: [], nowMs: 0 };

/** Behind the place of every message. */
const LAST = "~";

/** A topic's delayed messages in the state table, spread over a few partition keys, each sorted by due time. */
export function dynamoDbDelayedStore(db: DynamoDb): DelayedStore {
  const TableName = db.tables.state;
  return {
    put: async (topic, delayed, timers, { claims, nowMs } = NOTHING_BESIDE) => {
      const items = delayed.length + timers.length + claims.length;
      invariant(items <= PUT_LIMIT, "it is one transaction");
      const part = { topic, delayed, timers, claims, nowMs };
      const reasons = await transact(db, "scheduling messages", delayWrites(db.tables, part));
      const refusals = refusedIn(part, reasons ?? []);
      // A newer release set that timer in its own format: the next try takes another one.
      if (reasons && refusals.length === 0) throw new Conflict("scheduling messages");
      return refusals;
    },
    get: (topic, id) =>
      translated("reading a delayed message", async () => {
        if (!delayedKey(topic, id)) return undefined;
        const get = { TableName, Key: delayedItemKey(topic, id), ConsistentRead: true };
        const { Item } = await db.client.send(new GetCommand(get));
        return Item && (delayedOf(Item) ?? damaged(db, Item));
      }),
    due: (topic, untilMs, limit) =>
      translated("reading delayed messages", async () => {
        const { items } = await firstOf(db, topic, { below: placeAfter(untilMs), limit });
        return items.flatMap((item) => delayedOf(item) ?? damaged(db, item) ?? []);
      }),
    list: (topic, { limit, cursor }) =>
      translated("listing delayed messages", async () => {
        const after =
          cursor === undefined ? "" : keyIn(cursor, (key) => /^[0-9a-z]{9}-[\w-]{16,48}$/.test(key));
        const { items, next } = await firstOf(db, topic, { after, below: LAST, limit, isBrief: true });
        return {
          items: items.flatMap((item) => entryOfDelayed(item) ?? damaged(db, item) ?? []),
          ...(next === undefined ? {} : { nextCursor: cursorBehind(next) }),
        };
      }),
    cancel: (topic, id, rememberedUntilMs) =>
      translated("cancelling a delayed message", async () => {
        const place = delayedKey(topic, id);
        if (!place) return "gone";
        const key = waitingKey({ from: "delayed", ...place });
        const refused = await transact(db, "cancelling a delayed message", [
          { Delete: { TableName, Key: key, ...IS_THERE } },
          { Put: { TableName, Item: cancelledItem(key, rememberedUntilMs) } },
        ]);
        if (!refused) return "cancelled";
        const get = { TableName, Key: cancelledKey(key), ConsistentRead: true };
        return (await db.client.send(new GetCommand(get))).Item ? "cancelled" : "gone";
      }),
    purge: (topic, limit) =>
      translated("purging delayed messages", async () => {
        for (let key = 0; key < DELAYED_KEYS; key++)
          if (!(await purge(db, partitionKeyOf(topic, key), limit))) return false;
        return true;
      }),
  };
}

/** The claims, the messages and their timers, in this order. */
export const delayWrites = (
  { state: TableName }: Tables,
  { topic, delayed, timers, claims, nowMs }: DelayPart,
): readonly Write[] => [
  ...claims.map((claim) => ({ Put: { TableName, ...claimPut(claim, nowMs) } })),
  ...delayed.map((one) => ({ Put: { TableName, Item: delayedItem(topic, one) } })),
  ...timers.map((timer) => ({ Put: { TableName, ...timerPut(timer) } })),
];

/** The claims that were refused, by the reasons of those writes. */
export const refusedIn = (
  { claims }: Pick<DelayPart, "claims">,
  reasons: readonly CancellationReason[],
): readonly Refusal[] =>
  claims.flatMap((_, index): readonly Refusal[] => {
    const { code, item } = reasons[index] ?? {};
    if (code !== "ConditionalCheckFailed") return [];
    const value = recordValueOf(item);
    return [{ index, ...(value === undefined ? {} : { value }) }];
  });

const partitionKeyOf = (topic: TopicRef, key: number): string =>
  waitingKey({ from: "delayed", group: delayedGroup(topic, key), place: "" }).pk;

interface Stretch {
  /** Not included. */
  readonly after?: string;
  /** Not included. */
  readonly below: string;
  readonly limit: number;
  readonly isBrief?: boolean;
}

interface Found {
  readonly items: readonly Record<string, unknown>[];
  /** The place of the last one, if there may be more. */
  readonly next: string | undefined;
}

/**
 * The first items of all partition keys by their places. A key whose page was cut off at 1 MB says nothing of what is
 * behind that: no item behind it is answered, so that none is left out.
 */
async function firstOf(db: DynamoDb, topic: TopicRef, stretch: Stretch): Promise<Found> {
  // Messages lie evenly on the keys: mostly twice a key's share is enough, and the rest need not be read.
  const share = Math.ceil((2 * stretch.limit) / DELAYED_KEYS);
  const few = await readOf(db, topic, stretch, share);
  return few.next !== undefined && few.items.length < stretch.limit
    ? await readOf(db, topic, stretch, stretch.limit)
    : few;
}

async function readOf(db: DynamoDb, topic: TopicRef, stretch: Stretch, perKey: number): Promise<Found> {
  const keys = Array.from({ length: DELAYED_KEYS }, (_, key) => key);
  const pages = await Promise.all(
    keys.map((key) => pageOf(db, partitionKeyOf(topic, key), { ...stretch, limit: perKey })),
  );
  const known = pages.reduce((least, { upTo }) => (upTo !== undefined && upTo < least ? upTo : least), LAST);
  const all = pages.flatMap(({ items }) => items).filter((item) => placeIn(item) <= known);
  all.sort((one, other) => (placeIn(one) < placeIn(other) ? -1 : 1));
  const items = all.slice(0, stretch.limit);
  const last = items.at(-1);
  const isMore = known !== LAST || items.length < all.length;
  return { items, next: isMore && last ? placeIn(last) : undefined };
}

const placeIn = ({ sk }: Record<string, unknown>): string => String(sk);

async function pageOf(
  { client, tables }: DynamoDb,
  pk: string,
  { after = "", below, limit, isBrief }: Stretch,
): Promise<{ items: readonly Record<string, unknown>[]; upTo: string | undefined }> {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tables.state,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :after AND :below",
      ExpressionAttributeValues: { ":pk": pk, ":after": `${after} `, ":below": below },
      ConsistentRead: true,
      Limit: limit,
      ...(isBrief ? { ProjectionExpression: ENTRY_PROJECTION } : {}),
    }),
  );
  return { items: Items, upTo: LastEvaluatedKey && placeIn(LastEvaluatedKey) };
}
