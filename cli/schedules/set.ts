import { z } from "zod";
import { given } from "../../lib/http/given.js";
import { Count, command } from "../command.js";
import { Attribute, textBody } from "../publish.js";
import { shownSchedule } from "./shown.js";

export const setSchedule = command({
  usage: "set <topic> <schedule> <cron> [body]",
  summary: "Create a schedule, or change it to these settings; its body is JSON, as of publish",
  options: [
    ["--time-zone <name>", "in which the expression is read, such as Europe/Berlin; default: UTC"],
    ["--text", "the body is plain text, not JSON"],
    ["--key <key>", "ordering key"],
    ["--tag <word>", "one word for filtering"],
    ["--attribute <name=value>", "may be repeated", "many"],
    ["--business-key <key>", "key to look the messages up by"],
    ["--expires-in-seconds <seconds>", "seconds after a run in which its message is delivered"],
    ["--description <text>", "what the schedule is for"],
    ["--paused", "it does not run until it is resumed"],
  ],
  input: z.object({
    topic: z.string(),
    schedule: z.string(),
    cron: z.string(),
    body: z.string().optional(),
    timeZone: z.string().optional(),
    text: z.boolean().optional(),
    key: z.string().optional(),
    tag: z.string().optional(),
    attribute: z.array(Attribute).optional(),
    businessKey: z.string().optional(),
    expiresInSeconds: Count.optional(),
    description: z.string().optional(),
    paused: z.boolean().optional(),
  }),
  run: async ({ client, context, input, result }) => {
    const { topic, schedule, cron, body, text, attribute, timeZone, description, paused, ...meta } = input;
    const message = {
      ...(await textBody(context, { body, text, contentType: undefined })),
      ...given(meta),
      ...(attribute ? { attributes: Object.fromEntries(attribute) } : {}),
    };
    const settings = { cron, message, ...given({ timeZone, description, paused }) };
    const put = await (await client()).schedules(topic).put(schedule, settings);
    await result(put, shownSchedule(put));
  },
});
