import { z } from "zod";
import { command } from "../command.js";

export const deleteSchedule = command({
  usage: "delete <topic> <schedule>",
  summary: "Delete a schedule: it publishes nothing from then on",
  input: z.object({ topic: z.string(), schedule: z.string() }),
  run: async ({ client, input: { topic, schedule }, result }) => {
    await (await client()).schedules(topic).delete(schedule);
    await result({ deleted: schedule }, `deleted ${schedule}`);
  },
});
