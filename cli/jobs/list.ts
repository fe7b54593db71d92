import { z } from "zod";
import { allPages } from "../all-pages.js";
import { command } from "../command.js";
import { IS_REPLAY, jobLine, replayLine } from "./shown.js";

export const listJobs = command({
  usage: "list <topic> <subscription>",
  summary: "List redrives or replays: the one that is running first, then those that are over",
  options: [IS_REPLAY],
  input: z.object({ topic: z.string(), subscription: z.string(), replay: z.boolean().default(false) }),
  run: async ({ client, input: { topic, subscription, replay }, result }) => {
    if (replay) {
      const replays = (await client()).replays(topic, subscription);
      const all = await allPages((page) => replays.jobs(page));
      return await result({ items: all }, all.map(replayLine).join("\n"));
    }
    const letters = (await client()).deadLetters(topic, subscription);
    const items = await allPages((page) => letters.jobs(page));
    await result({ items }, items.map(jobLine).join("\n"));
  },
});
