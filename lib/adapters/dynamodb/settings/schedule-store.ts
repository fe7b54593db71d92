import { GetCommand, type Write } from "../commands.js";
import type { ScheduleStore } from "../../../domain/ports/schedule-store.js";
import {
  type Schedule,
  SCHEDULES_AT_MOST,
  type ScheduleRef,
  scheduleTimer,
} from "../../../domain/schedule.js";
import type { TopicRef } from "../../../domain/topic.js";
import type { DynamoDb } from "../client.js";
import { damaged } from "../damaged.js";
import { StorageUnavailable } from "../../../domain/errors.js";
import { translated } from "../errors.js";
import { IS_READABLE, IS_READABLE_VALUES, atVersion, readable } from "../items/format.js";
import {
  SCHEDULE_PROJECTION,
  scheduleEntryOf,
  scheduleItem,
  scheduleOf,
  schedulePut,
  schedulesKey,
} from "../items/schedule-item.js";
import { timerPut } from "../items/timer-item.js";
import { TOPICS, topicOf } from "../items/topic-item.js";
import { pageOf } from "../pages.js";
import { purge } from "../purge.js";
import { transact } from "./transact.js";

const ALL_OLD = { ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

/** Schedules in the state table: key `schedules#topic#uid` and name. Their topic's item counts them. */
export function dynamoDbScheduleStore(db: DynamoDb): ScheduleStore {
  const { client, tables } = db;
  const TableName = tables.state;
  return {
    create: (schedule) => create(db, schedule),
    get: (topic, name) =>
      translated("reading a schedule", async () => {
        const Key = { pk: schedulesKey(topic), sk: name };
        const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
        return Item && (scheduleOf(Item) ?? damaged(db, Item));
      }),
    list: (topic, page) => {
      const read = (item: Record<string, unknown>) => scheduleEntryOf(item) ?? damaged(db, item);
      return pageOf(db, { pk: schedulesKey(topic), projection: SCHEDULE_PROJECTION, read }, page);
    },
    update: async (schedule) => {
      const reasons = await transact(db, "changing a schedule", [
        { Put: { TableName, ...schedulePut(schedule), ...ALL_OLD } },
        ...timerWrites(TableName, schedule),
      ]);
      if (!reasons) return "updated";
      // A newer release's item is refused, and is no conflict.
      readable(reasons[0]?.item);
      return "conflict";
    },
    delete: (schedule, version) => remove(db, schedule, version),
    purge: (topic, limit) => translated("purging schedules", () => purge(db, schedulesKey(topic), limit)),
  };
}

function timerWrites(TableName: string, schedule: Schedule): readonly Write[] {
  const timer = scheduleTimer(schedule);
  return timer ? [{ Put: { TableName, ...timerPut(timer) } }] : [];
}

/** Updates the topic's count of schedules, if the topic is still the same one and has room. */
const count = (TableName: string, topic: TopicRef, more: 1 | -1) => ({
  Update: {
    TableName,
    Key: { pk: TOPICS, sk: topic.name },
    UpdateExpression: "ADD schedules :more",
    ConditionExpression: `uid = :uid AND (attribute_not_exists(schedules) OR schedules < :below) AND ${IS_READABLE}`,
    ExpressionAttributeValues: {
      ":more": more,
      ":uid": topic.uid,
      ":below": more > 0 ? SCHEDULES_AT_MOST : Number.MAX_SAFE_INTEGER,
      ...IS_READABLE_VALUES,
    },
    ...ALL_OLD,
  },
});

async function create(db: DynamoDb, schedule: Schedule): ReturnType<ScheduleStore["create"]> {
  const TableName = db.tables.state;
  const Item = scheduleItem(schedule);
  const reasons = await transact(db, "creating a schedule", [
    { Put: { TableName, Item, ConditionExpression: "attribute_not_exists(pk)", ...ALL_OLD } },
    count(TableName, schedule.topic, 1),
    ...timerWrites(TableName, schedule),
  ]);
  if (!reasons) return { kind: "created" };
  const there = scheduleOf(reasons[0]?.item);
  if (there?.uid === schedule.uid) return { kind: "created" };
  if (there) return { kind: "exists", schedule: there };
  if (reasons[0]?.item)
    throw new StorageUnavailable("creating a schedule in the place of one that is damaged");
  return topicOf(reasons[1]?.item)?.uid === schedule.topic.uid
    ? { kind: "too-many" }
    : { kind: "topic-gone" };
}

async function remove(
  db: DynamoDb,
  { topic, name, uid }: ScheduleRef,
  version: number | undefined,
): ReturnType<ScheduleStore["delete"]> {
  const TableName = db.tables.state;
  const isVersion = atVersion(version);
  const reasons = await transact(db, "deleting a schedule", [
    {
      Delete: {
        TableName,
        Key: { pk: schedulesKey(topic), sk: name },
        ConditionExpression: `uid = :uid AND ${isVersion.ConditionExpression}`,
        ExpressionAttributeValues: { ":uid": uid, ...isVersion.ExpressionAttributeValues },
        ...ALL_OLD,
      },
    },
    count(TableName, topic, -1),
  ]);
  if (!reasons) return "deleted";
  const there = scheduleEntryOf(reasons[0]?.item);
  return there?.uid === uid && version !== undefined && there.version !== version ? "changed" : "gone";
}
