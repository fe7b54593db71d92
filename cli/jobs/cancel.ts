import { z } from "zod";
import { command } from "../command.js";
import { IS_REPLAY, jobLine, replayLine } from "./shown.js";

export const cancelJob = command({
  usage: "cancel <topic> <subscription> <id>",
  summary: "Cancel a redrive or a replay; what it has sent again stays sent",
  options: [IS_REPLAY],
  input: z.object({
    topic: z.string(),
    subscription: z.string(),
    id: z.string(),
    replay: z.boolean().default(false),
  }),
  run: async ({ client, input: { topic, subscription, id, replay }, result }) => {
    if (replay) {
      const cancelled = await (await client()).replays(topic, subscription).cancelJob(id);
      return await result({ job: cancelled }, replayLine(cancelled));
    }
    const job = await (await client()).deadLetters(topic, subscription).cancelJob(id);
    await result({ job }, jobLine(job));
  },
});
