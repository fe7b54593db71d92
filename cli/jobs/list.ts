import { z } from "zod";
import { allPages } from "../all-pages.js";
import { command } from "../command.js";
import { jobLine } from "./shown.js";

export const listJobs = command({
  usage: "list <topic> <subscription>",
  summary: "List redrive jobs: the one that is running first, then those that are over",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input: { topic, subscription }, result }) => {
    const letters = (await client()).deadLetters(topic, subscription);
    const items = await allPages((page) => letters.jobs(page));
    await result({ items }, items.map(jobLine).join("\n"));
  },
});
