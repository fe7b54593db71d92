import { z } from "zod";
import { command } from "../command.js";

export const runSchedule = command({
  usage: "run <topic> <schedule>",
  summary: "Publish a schedule's message now, also of one that is paused; its next run stays",
  input: z.object({ topic: z.string(), schedule: z.string() }),
  run: async ({ client, input: { topic, schedule }, result }) => {
    const ran = await (await client()).schedules(topic).run(schedule);
    await result(ran, ran.id);
  },
});
