import { z } from "zod";
import { Count, command } from "../command.js";
import { UsageError } from "../context.js";
import { lines } from "../lines.js";
import { SCHEMA_OPTION, schemaIn } from "./schema.js";
import { TRACE_LEVELS, TRACE_OPTION } from "./trace-option.js";

export const updateTopic = command({
  usage: "update <topic>",
  summary: "Change some settings of a topic, and leave the others",
  options: [
    ["--partitions <count>", "more than now, up to 256, if ordering is none"],
    ["--retention-seconds <seconds>", "how long a message is kept"],
    ["--dedup-window-seconds <seconds>", "how long a dedup id is known, up to 604800; 0: never"],
    ["--description <text>", "what the topic is for"],
    TRACE_OPTION,
    SCHEMA_OPTION,
    ["--no-schema", "any body is taken from now on"],
  ],
  input: z.object({
    topic: z.string(),
    partitions: Count.optional(),
    retentionSeconds: Count.optional(),
    dedupWindowSeconds: Count.optional(),
    description: z.string().optional(),
    trace: z.enum(TRACE_LEVELS).optional(),
    schema: z.union([z.string(), z.literal(false)]).optional(),
  }),
  run: async ({ client, context, input: { topic, schema, ...settings }, result }) => {
    const change = { ...settings, ...(await schemaIn(schema, context)) };
    if (Object.keys(change).length === 0) throw new UsageError("nothing to change: give a setting");
    const changed = await (await client()).changeTopic(topic, change);
    await result(changed, lines(changed));
  },
});
