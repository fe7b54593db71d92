import { GetCommand } from "../commands.js";
import type { ProgressStore } from "../../../domain/ports/progress-store.js";
import { bornIn } from "../../../domain/progress/inner.js";
import type { SubscriptionRef } from "../../../domain/subscription.js";
import type { DynamoDb } from "../client.js";
import {
  ASIDE_PREFIX,
  asideOf,
  cursorOf,
  cursorSortKey,
  dueOf,
  dueSortKey,
  progressKey,
} from "../items/progress-item.js";
import { translated } from "../errors.js";
import { advance } from "./cursor-changes.js";
import { extend, finish, finishTogether, mark } from "./lease-changes.js";
import { move } from "./move.js";
import { pageOf } from "../pages.js";
import { allCursors, cursorEntryOf, due, nextDueMs, records, standing, totals } from "./queries.js";
import { purge } from "../purge.js";

/** Cursors, leases, retries and slots set aside, in the state table under one partition key for each subscription. */
export function dynamoDbProgressStore(db: DynamoDb): ProgressStore {
  return {
    cursors: (subscription, options = {}) =>
      translated("reading cursors", async () => {
        const items = await allCursors(db, progressKey(subscription), options.consistent ?? false);
        return new Map(items.map(cursorEntryOf));
      }),
    standing: (subscription) =>
      translated("reading how a subscription stands", () => standing(db, progressKey(subscription))),
    cursor: (subscription, partition) =>
      translated("reading a cursor", async () => {
        const item = await getItem(db, subscription, cursorSortKey(partition));
        return item && cursorOf(item);
      }),
    due: (subscription, nowMs, limit, after) =>
      translated("reading what is due", () => due(db, progressKey(subscription), nowMs, limit, after)),
    nextDueMs: (subscription) =>
      translated("reading what is due next", () => nextDueMs(db, progressKey(subscription))),
    records: (subscription, page) =>
      translated("reading leases and retries", () => records(db, progressKey(subscription), page)),
    get: (subscription, id) =>
      translated("reading a lease", async () => {
        const partition = bornIn(id);
        // In this order: a lease may move out in between, and never moves in.
        const cursor =
          partition === undefined ? undefined : await getItem(db, subscription, cursorSortKey(partition));
        const inner = cursor && cursorOf(cursor).inner?.find((lease) => lease.id === id);
        if (inner) return inner;
        const item = await getItem(db, subscription, dueSortKey(id));
        return item && dueOf(item);
      }),
    advance: (subscription, cursor, leases, ended) => advance(db, subscription, cursor, leases, ended),
    move: (subscription, change) => move(db, progressKey(subscription), change),
    finish: (subscription, leaseId) => finish(db, subscription, leaseId),
    finishTogether: (subscription, leaseIds) => finishTogether(db, subscription, leaseIds),
    acknowledge: async (subscription, leaseId, offsets) => {
      const sk = dueSortKey(leaseId);
      // DynamoDB takes no empty set; with nothing to mark, reading the lease is enough.
      const item =
        offsets.length > 0
          ? await mark(db, subscription, leaseId, offsets)
          : await translated("reading a lease", () => getItem(db, subscription, sk));
      const lease = item && dueOf({ ...item, sk });
      return lease?.kind === "lease" ? lease : "gone";
    },
    extend: (subscription, leaseId, dueMs) => extend(db, subscription, leaseId, dueMs),
    totals: (subscription, epoch, living) =>
      translated("counting", () => totals(db, progressKey(subscription), epoch, living)),
    setAside: (subscription, page) =>
      pageOf(
        db,
        {
          pk: progressKey(subscription),
          prefix: ASIDE_PREFIX,
          read: asideOf,
        },
        page,
      ),
    purge: (subscription, limit) => translated("purging", () => purge(db, progressKey(subscription), limit)),
  };
}

async function getItem({ client, tables }: DynamoDb, subscription: SubscriptionRef, sk: string) {
  const Key = { pk: progressKey(subscription), sk };
  return (await client.send(new GetCommand({ TableName: tables.state, Key, ConsistentRead: true }))).Item;
}
