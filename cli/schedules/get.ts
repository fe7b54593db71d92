import { z } from "zod";
import { command } from "../command.js";
import { shownSchedule } from "./shown.js";

export const getSchedule = command({
  usage: "get <topic> <schedule>",
  summary: "Show a schedule with its message, its next run and its last",
  input: z.object({ topic: z.string(), schedule: z.string() }),
  run: async ({ client, input: { topic, schedule }, result }) => {
    const found = await (await client()).schedules(topic).get(schedule);
    await result(found, shownSchedule(found));
  },
});
