import { z } from "zod";
import { Count, command } from "../command.js";
import { lines } from "../lines.js";

export const createTopic = command({
  usage: "create <topic>",
  summary: "Create a topic, or change it to these settings",
  options: [
    ["--ordering <ordering>", "none, or key: messages with the same key keep their order"],
    ["--partitions <count>", "1 to 256"],
    ["--retention-seconds <seconds>", "how long a message is kept"],
    [
      "--dedup-window-seconds <seconds>",
      "how long a dedup id is known, up to 604800; 0: never; default: 300",
    ],
    ["--description <text>", "what the topic is for"],
  ],
  input: z.object({
    topic: z.string(),
    ordering: z.enum(["none", "key"]).optional(),
    partitions: Count.optional(),
    retentionSeconds: Count.optional(),
    dedupWindowSeconds: Count.optional(),
    description: z.string().optional(),
  }),
  run: async ({ client, input: { topic, ...settings }, result }) => {
    const made = await (await client()).putTopic(topic, settings);
    await result(made, lines(made));
  },
});
