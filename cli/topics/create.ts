import { z } from "zod";
import { Count, command } from "../command.js";
import { lines } from "../lines.js";
import { SCHEMA_OPTION, schemaIn } from "./schema.js";
import { TRACE_LEVELS, TRACE_OPTION } from "./trace-option.js";

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
    TRACE_OPTION,
    SCHEMA_OPTION,
  ],
  input: z.object({
    topic: z.string(),
    ordering: z.enum(["none", "key"]).optional(),
    partitions: Count.optional(),
    retentionSeconds: Count.optional(),
    dedupWindowSeconds: Count.optional(),
    description: z.string().optional(),
    trace: z.enum(TRACE_LEVELS).optional(),
    schema: z.string().optional(),
  }),
  run: async ({ client, context, input: { topic, schema, ...settings }, result }) => {
    const wanted = { ...settings, ...(await schemaIn(schema, context)) };
    const made = await (await client()).putTopic(topic, wanted);
    await result(made, lines(made));
  },
});
