import { z } from "zod";
import { Count, command } from "../command.js";
import { lines } from "../lines.js";
import { placeOf } from "../place.js";

export const createSubscription = command({
  usage: "create <topic> <subscription>",
  summary: "Create a subscription, or change it to these settings",
  options: [
    ["--function-arn <arn>", "the Lambda function to deliver to; default: none, consumers receive"],
    ["--from <start>", "latest, earliest, a time (RFC 3339) or a message id; only used on creation"],
    ["--ack-deadline-seconds <seconds>", "how long a consumer has for a message"],
    ["--max-concurrency <count>", "concurrent deliveries; push only"],
    ["--batch-max-messages <count>", "messages in one delivery; push only"],
  ],
  input: z.object({
    topic: z.string(),
    subscription: z.string(),
    functionArn: z.string().optional(),
    from: z.string().optional(),
    ackDeadlineSeconds: Count.optional(),
    maxConcurrency: Count.optional(),
    batchMaxMessages: Count.optional(),
  }),
  run: async ({ client, input, result }) => {
    const { topic, subscription, functionArn, from, batchMaxMessages, ...settings } = input;
    const made = await (
      await client()
    ).putSubscription(topic, subscription, {
      ...settings,
      ...(functionArn === undefined ? {} : { target: { type: "lambda", functionArn } }),
      ...(from === undefined ? {} : { from: placeOf(from) }),
      ...(batchMaxMessages === undefined ? {} : { batch: { maxMessages: batchMaxMessages } }),
    });
    await result(made, lines(made));
  },
});
