import { dynamoDbLogStore } from "../../../lib/adapters/dynamodb/log/log-store.js";
import { dynamoDbScheduleStore } from "../../../lib/adapters/dynamodb/settings/schedule-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import { aPartition, aSchedule, aSlot, aTopic, unique } from "../../contract/builders.js";
import type { Kind } from "./stored.js";

export const schedule: Kind = async (db) => {
  const schedules = dynamoDbScheduleStore(db);
  const on = aTopic();
  const made = aSchedule({ name: on.name, uid: on.uid });
  await dynamoDbTopicStore(db).create(on);
  await schedules.create(made);
  const beside = [{ kind: "schedule", schedule: { ...made, version: 2 } }] as const;
  return {
    table: "state",
    key: { pk: `schedules#${on.name}#${on.uid}`, sk: made.name },
    reads: [() => schedules.get(on, made.name), () => schedules.list(on, { limit: 1_000 })],
    writes: [
      () => schedules.create({ ...made, uid: unique("s") }),
      () => schedules.update({ ...made, version: 2 }),
      () => schedules.delete(made),
      () => dynamoDbLogStore(db).append(aPartition(), aSlot(), { beside }),
    ],
  };
};
