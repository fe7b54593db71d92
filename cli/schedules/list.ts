import { z } from "zod";
import { allPages } from "../all-pages.js";
import { command } from "../command.js";

export const listSchedules = command({
  usage: "list <topic>",
  summary: "List a topic's schedules with their next and last runs",
  input: z.object({ topic: z.string() }),
  run: async ({ client, input: { topic }, result }) => {
    const schedules = (await client()).schedules(topic);
    const items = await allPages((page) => schedules.list(page));
    const lines = items.map(({ name, cron, timeZone, nextRunAt, lastRunAt, paused }) =>
      [
        name,
        `${cron} (${timeZone})`,
        paused ? "paused" : `next ${nextRunAt ?? "never"}`,
        `last ${lastRunAt ?? "never"}`,
      ].join("\t"),
    );
    await result({ items }, lines.join("\n"));
  },
});
