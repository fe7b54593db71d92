import { z } from "zod";
import { Count, command } from "../command.js";
import { lines } from "../lines.js";
import { placeOf } from "../place.js";
import { TARGET_OPTIONS, TargetInput, targetOf } from "./target.js";

const Counts = z
  .string()
  .regex(/^\d{1,15}(,\d{1,15})*$/, "must be whole numbers with commas between them, such as 5,60,600")
  .transform((text) => text.split(",").map(Number));

export const createSubscription = command({
  usage: "create <topic> <subscription>",
  summary: "Create a subscription, or change it to these settings",
  options: [
    ...TARGET_OPTIONS,
    ["--from <start>", "latest, earliest, a time (RFC 3339) or a message id; only used on creation"],
    ["--ack-deadline-seconds <seconds>", "how long a consumer has for a message"],
    [
      "--min-backoff-seconds <seconds>",
      "the wait after a message's first failure, and the least; default: 1",
    ],
    ["--max-backoff-seconds <seconds>", "the longest wait; default: 3600"],
    ["--jitter <kind>", "full: waits are random up to the bound; none: they are the bound; default: full"],
    ["--retry-schedule <seconds,...>", "the wait after each attempt instead, such as 5,60,600"],
    ["--max-concurrency <count>", "concurrent deliveries; push only"],
    ["--batch-max-messages <count>", "messages in one delivery; push only"],
  ],
  input: TargetInput.extend({
    topic: z.string(),
    subscription: z.string(),
    from: z.string().optional(),
    ackDeadlineSeconds: Count.optional(),
    minBackoffSeconds: Count.optional(),
    maxBackoffSeconds: Count.optional(),
    jitter: z.enum(["full", "none"], { error: 'must be "full" or "none"' }).optional(),
    retrySchedule: Counts.optional(),
    maxConcurrency: Count.optional(),
    batchMaxMessages: Count.optional(),
  }),
  run: async ({ client, input, result }) => {
    const { topic, subscription, from, batchMaxMessages, ackDeadlineSeconds, maxConcurrency } = input;
    const { minBackoffSeconds, maxBackoffSeconds, jitter, retrySchedule: scheduleSeconds } = input;
    const retry = {
      ...(minBackoffSeconds === undefined ? {} : { minBackoffSeconds }),
      ...(maxBackoffSeconds === undefined ? {} : { maxBackoffSeconds }),
      ...(jitter === undefined ? {} : { jitter }),
      ...(scheduleSeconds === undefined ? {} : { scheduleSeconds }),
    };
    const made = await (
      await client()
    ).putSubscription(topic, subscription, {
      ...(ackDeadlineSeconds === undefined ? {} : { ackDeadlineSeconds }),
      ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
      ...targetOf(input),
      ...(Object.keys(retry).length === 0 ? {} : { retry }),
      ...(from === undefined ? {} : { from: placeOf(from) }),
      ...(batchMaxMessages === undefined ? {} : { batch: { maxMessages: batchMaxMessages } }),
    });
    await result(made, lines(made));
  },
});
