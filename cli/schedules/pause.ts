import { z } from "zod";
import { command } from "../command.js";
import { shownSchedule } from "./shown.js";

const input = z.object({ topic: z.string(), schedule: z.string() });

export const pauseSchedule = command({
  usage: "pause <topic> <schedule>",
  summary: "Have a schedule not run; what falls into the pause is not made up for",
  input,
  run: async ({ client, input: { topic, schedule }, result }) => {
    const changed = await (await client()).schedules(topic).pause(schedule);
    await result(changed, shownSchedule(changed));
  },
});

export const resumeSchedule = command({
  usage: "resume <topic> <schedule>",
  summary: "End a schedule's pause: it runs at its next time",
  input,
  run: async ({ client, input: { topic, schedule }, result }) => {
    const changed = await (await client()).schedules(topic).resume(schedule);
    await result(changed, shownSchedule(changed));
  },
});
