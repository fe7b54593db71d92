import { z } from "zod";
import { command } from "../command.js";
import { jobLine } from "./shown.js";

export const cancelJob = command({
  usage: "cancel <topic> <subscription> <id>",
  summary: "Cancel a redrive job; what it has sent again stays sent",
  input: z.object({ topic: z.string(), subscription: z.string(), id: z.string() }),
  run: async ({ client, input: { topic, subscription, id }, result }) => {
    const job = await (await client()).deadLetters(topic, subscription).cancelJob(id);
    await result({ job }, jobLine(job));
  },
});
