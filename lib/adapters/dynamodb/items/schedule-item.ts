import type { Schedule, ScheduleEntry } from "../../../domain/schedule.js";
import type { TopicRef } from "../../../domain/topic.js";
import { copyAttributes, copyOfItem } from "./dead-letter-item.js";
import { hasVersion, readable } from "./format.js";

export const schedulesKey = ({ name, uid }: TopicRef): string => `schedules#${name}#${uid}`;

/** The attributes that a list needs: the message is in others. */
export const SCHEDULE_PROJECTION = "pk, sk, f, sched";

/** The settings and the state are one attribute, so that a new one needs no new expression. */
export const scheduleItem = ({ copy, ...entry }: Schedule) => {
  const { name, uid } = entry.topic;
  return {
    pk: schedulesKey(entry.topic),
    sk: entry.name,
    uid: entry.uid,
    v: entry.version,
    sched: { ...entry, topic: { name, uid } },
    ...copyAttributes(copy),
  };
};

/** Replaces the one that was read at the version before. */
export function schedulePut(schedule: Schedule) {
  const isBefore = hasVersion(schedule.version - 1);
  return {
    Item: scheduleItem(schedule),
    ConditionExpression: `uid = :uid AND ${isBefore.ConditionExpression}`,
    ExpressionAttributeValues: { ...isBefore.ExpressionAttributeValues, ":uid": schedule.uid },
  };
}

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function scheduleEntryOf(item: Record<string, unknown> | undefined): ScheduleEntry | undefined {
  const { sched } = readable(item) ?? {};
  if (typeof sched !== "object" || sched === null) return undefined;
  const entry = sched as Record<string, unknown>;
  const isWhole = typeof entry["uid"] === "string" && typeof entry["cron"] === "string";
  return isWhole ? (sched as ScheduleEntry) : undefined;
}

/** undefined for a damaged item. @throws {StoredFormatTooNew} */
export function scheduleOf(item: Record<string, unknown> | undefined): Schedule | undefined {
  const entry = scheduleEntryOf(item);
  const copy = item && entry && copyOfItem(item);
  return copy && { ...entry, copy };
}
