import { z } from "zod";
import type { SubscriptionChange } from "../../lib/client/index.js";
import { Count } from "../command.js";
import type { Context } from "../context.js";
import { jsonOption } from "../json-text.js";
import { given } from "../../lib/http/given.js";

const Rate = z
  .string()
  .regex(/^\d{1,5}(\.\d{1,6})?$/, "must be a number of messages a second, such as 50 or 0.5")
  .transform(Number);

const Counts = z
  .string()
  .regex(/^\d{1,15}(,\d{1,15})*$/, "must be whole numbers with commas between them, such as 5,60,600")
  .transform((text) => text.split(",").map(Number));

/** The options of settings that can be given at creation and later. */
export const SETTINGS_OPTIONS: readonly (readonly [flags: string, text: string])[] = [
  ["--filter <json>", "messages that do not match are passed over; @PATH reads a file, @- standard input"],
  ["--ack-deadline-seconds <seconds>", "how long a consumer has for a message"],
  ["--min-backoff-seconds <seconds>", "the wait after a message's first failure, and the least; default: 1"],
  ["--max-backoff-seconds <seconds>", "the longest wait; default: 3600"],
  ["--jitter <kind>", "full: waits are random up to the bound; none: they are the bound; default: full"],
  ["--max-attempts <count>", "failures after which a message becomes a dead letter; default: 16"],
  ["--dead-letter-retention-seconds <seconds>", "how long dead letters are kept; default: 1209600"],
  [
    "--on-dead-letter <what>",
    "with ordering: hold keeps later messages of its key waiting, release lets them go on; default: release",
  ],
  ["--retry-schedule <seconds,...>", "the wait after each attempt instead, such as 5,60,600"],
  ["--max-concurrency <count>", "concurrent deliveries; push only"],
  ["--rate-limit-per-second <rate>", "messages a second, such as 50 or 0.5; 0: no limit; push only"],
  ["--batch-max-messages <count>", "messages in one delivery; push only"],
  ["--batch-max-bytes <bytes>", "bytes in one delivery; push only"],
  [
    "--batch-window-seconds <seconds>",
    "how long messages wait until a delivery is full, up to 300; push only",
  ],
];

export const settingsFields = {
  filter: z.union([z.string(), z.literal(false)]).optional(),
  ackDeadlineSeconds: Count.optional(),
  minBackoffSeconds: Count.optional(),
  maxBackoffSeconds: Count.optional(),
  jitter: z.enum(["full", "none"], { error: 'must be "full" or "none"' }).optional(),
  maxAttempts: Count.optional(),
  deadLetterRetentionSeconds: Count.optional(),
  onDeadLetter: z.enum(["release", "hold"], { error: 'must be "release" or "hold"' }).optional(),
  retrySchedule: Counts.optional(),
  maxConcurrency: Count.optional(),
  rateLimitPerSecond: Rate.optional(),
  batchMaxMessages: Count.optional(),
  batchMaxBytes: Count.optional(),
  batchWindowSeconds: Count.optional(),
};

type Settings = z.output<z.ZodObject<typeof settingsFields>>;

/** The settings as the API takes them; those that were not given are left out. */
export async function settingsIn(input: Settings, context: Context): Promise<SubscriptionChange> {
  const { filter, ackDeadlineSeconds, maxAttempts } = input;
  const { batchMaxMessages: maxMessages, batchMaxBytes: maxBytes, batchWindowSeconds: windowSeconds } = input;
  const { maxConcurrency, rateLimitPerSecond, onDeadLetter } = input;
  const deadLetter = given({ retentionSeconds: input.deadLetterRetentionSeconds, onDeadLetter });
  const { retrySchedule: scheduleSeconds, minBackoffSeconds, maxBackoffSeconds, jitter } = input;
  const retry = given({ maxAttempts, minBackoffSeconds, maxBackoffSeconds, jitter, scheduleSeconds });
  const batch = given({ maxMessages, maxBytes, windowSeconds });
  return {
    ...given({ ackDeadlineSeconds, maxConcurrency, rateLimitPerSecond }),
    ...(Object.keys(retry).length === 0 ? {} : { retry }),
    ...(Object.keys(deadLetter).length === 0 ? {} : { deadLetter }),
    ...(Object.keys(batch).length === 0 ? {} : { batch }),
    ...(filter === undefined
      ? {}
      : { filter: filter === false ? null : await jsonOption(filter, "the filter", context) }),
  };
}
