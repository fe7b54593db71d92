import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";
import { jobWhenOver, refusalLines } from "./shown.js";

export const getJob = command({
  usage: "get <topic> <subscription> <id>",
  summary: "Show how far a redrive job has come, and who started it",
  options: [["--wait", "wait until it is over"]],
  input: z.object({
    topic: z.string(),
    subscription: z.string(),
    id: z.string(),
    wait: z.boolean().default(false),
  }),
  run: async ({ client, context, input: { topic, subscription, id, wait }, result }) => {
    const letters = (await client()).deadLetters(topic, subscription);
    const found = await letters.job(id);
    const job = wait ? await jobWhenOver(context, letters, found) : found;
    const { refusals, ...fields } = job;
    await result({ job }, [lines(fields), ...refusalLines({ ...job, refusals })].join("\n"));
  },
});
