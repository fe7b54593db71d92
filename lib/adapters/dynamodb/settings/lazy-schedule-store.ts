import type { ScheduleStore } from "../../../domain/ports/schedule-store.js";
import type { DynamoDb } from "../client.js";

/** The store of schedules, which is loaded with the first call: most functions never make one. */
export function lazyScheduleStore(db: DynamoDb): ScheduleStore {
  let made: Promise<ScheduleStore> | undefined;
  const store = (): Promise<ScheduleStore> =>
    (made ??= import("./schedule-store.js").then(({ dynamoDbScheduleStore }) => dynamoDbScheduleStore(db)));
  return {
    create: async (schedule) => await (await store()).create(schedule),
    get: async (topic, name) => await (await store()).get(topic, name),
    list: async (topic, page) => await (await store()).list(topic, page),
    update: async (schedule) => await (await store()).update(schedule),
    delete: async (schedule, version) => await (await store()).delete(schedule, version),
    purge: async (topic, limit) => await (await store()).purge(topic, limit),
  };
}
