import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";
import { IS_REPLAY, jobWhenOver, refusalLines, replayLine, whenOver } from "./shown.js";

export const getJob = command({
  usage: "get <topic> <subscription> <id>",
  summary: "Show how far a redrive or a replay has come, and who started it",
  options: [["--wait", "wait until it is over"], IS_REPLAY],
  input: z.object({
    topic: z.string(),
    subscription: z.string(),
    id: z.string(),
    wait: z.boolean().default(false),
    replay: z.boolean().default(false),
  }),
  run: async ({ client, context, input: { topic, subscription, id, wait, replay }, result }) => {
    if (replay) {
      const replays = (await client()).replays(topic, subscription);
      const there = await replays.job(id);
      const look = { line: replayLine, again: () => replays.job(id) };
      const shown = wait ? await whenOver(context, there, look) : there;
      return await result({ job: shown }, lines(shown));
    }
    const letters = (await client()).deadLetters(topic, subscription);
    const found = await letters.job(id);
    const job = wait ? await jobWhenOver(context, letters, found) : found;
    const { refusals, ...fields } = job;
    await result({ job }, [lines(fields), ...refusalLines({ ...job, refusals })].join("\n"));
  },
});
