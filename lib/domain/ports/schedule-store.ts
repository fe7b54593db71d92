import type { Page, PageRequest } from "../page.js";
import type { Schedule, ScheduleEntry, ScheduleRef } from "../schedule.js";
import type { TopicRef } from "../topic.js";

/**
 * The topics' schedules. Reads are strongly consistent. Every write of one that has a next run sets the timer that
 * leads to it (schedule.ts), in the same transaction. A run is written by the append of its message (beside.ts). Its
 * promises are test/contract/schedule-store.ts.
 */
export interface ScheduleStore {
  /** Creates it, if its topic is there and has fewer than `SCHEDULES_AT_MOST`. */
  create(
    schedule: Schedule,
  ): Promise<
    | { readonly kind: "created" }
    | { readonly kind: "exists"; readonly schedule: Schedule }
    | { readonly kind: "topic-gone" }
    | { readonly kind: "too-many" }
  >;
  get(topic: TopicRef, name: string): Promise<Schedule | undefined>;
  /** In order of name, without messages. @throws {InvalidRequest} for a cursor that is not valid */
  list(topic: TopicRef, page: PageRequest): Promise<Page<ScheduleEntry>>;
  /** Compare and set: succeeds if the stored one has the same uid and `schedule.version - 1`. */
  update(schedule: Schedule): Promise<"updated" | "conflict">;
  /** Its timer stays, and does nothing. With `version`, only that version of it. */
  delete(schedule: ScheduleRef, version?: number): Promise<"deleted" | "gone" | "changed">;
  /** Deletes up to `limit` of a deleted topic; `true` once none is left. */
  purge(topic: TopicRef, limit: number): Promise<boolean>;
}
