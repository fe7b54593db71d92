import { z } from "zod";
import { Problem, Text, Time } from "./common.js";
import { contentFields, senderFields } from "./message.js";

const AckDeadline = z.number().int().min(1).max(43_200);
/** Up to half a day from now. */
export const SecondsFromNow = z.number().int().min(0).max(43_200);

const Receipt = z.string().min(1).max(2_048);
export const Why = Text.max(1_024).optional().meta({ description: "Why it failed" });

export const Settlement = z
  .discriminatedUnion(
    "outcome",
    [
      z.strictObject({ receipt: Receipt, outcome: z.literal("ack") }),
      z.strictObject({
        receipt: Receipt,
        outcome: z.literal("retry"),
        delaySeconds: SecondsFromNow.optional().meta({
          description: "How long it waits; at least one second",
        }),
        error: Why,
      }),
      z.strictObject({ receipt: Receipt, outcome: z.literal("reject"), error: Why }),
      z.strictObject({
        receipt: Receipt,
        outcome: z.literal("extend"),
        ackDeadlineSeconds: SecondsFromNow.meta({
          description: "The new deadline, from now; 0 hands the message back",
        }),
      }),
    ],
    { error: 'must be "ack", "retry", "reject" or "extend"' },
  )
  .meta({ id: "Settlement" });

const Settlements = z.array(Settlement).min(1).max(1_000);

const Results = z
  .array(z.union([z.object({ status: z.literal("ok") }), z.object({ error: Problem })]))
  .meta({ description: "One result for each, in the order sent" });

export const ReceiveBody = z.strictObject({
  maxMessages: z.number().int().min(1).max(1_000).default(10),
  waitSeconds: z
    .number()
    .int()
    .min(0)
    .max(20)
    .default(0)
    .meta({ description: "How long to wait if there are no messages" }),
  ackDeadlineSeconds: AckDeadline.optional().meta({
    description: "How long the consumer has to settle the messages; default: the subscription's",
  }),
  consumer: Text.min(1)
    .max(128)
    .regex(/^\P{C}*$/u, "must be printable characters")
    .optional()
    .meta({ description: "What the consumer calls itself: shown where its messages are listed as leased" }),
  settle: Settlements.optional().meta({
    description:
      "Messages to settle first, as `settle` does: one request for both. The answer has one result for each; if one " +
      "failed, it does not wait for messages",
  }),
});

export const IN_HAND = "Sluice-In-Hand";

/** A header and no field: an older deployment refuses a field that it does not know. */
export const ReceiveHeaders = z.looseObject({
  [IN_HAND]: z
    .string()
    .regex(/^\d{1,6}$/, "must be a whole number")
    .transform(Number)
    .optional()
    .meta({
      description:
        "How many messages the consumer's process has in hand already. If it dies, none of them is charged, " +
        "and each comes again marked as `alone`. Left out, a message whose lease runs out alone is charged",
    }),
});

export const ReceivedMessage = z
  .object({
    id: z.string(),
    receipt: z.string().meta({ description: "Identifies the message when it is settled" }),
    ...contentFields,
    contentType: z.string(),
    key: z.string().optional(),
    tag: z.string().optional(),
    businessKey: z.string().optional(),
    dedupId: z.string().optional(),
    ...senderFields,
    publishedAt: Time,
    attempt: z.number().int().meta({ description: "1 on the first delivery" }),
    firstReceivedAt: Time,
    lastError: z.string().optional().meta({ description: "Why it failed last, in its consumer's words" }),
    alone: z.literal(true).optional().meta({
      description:
        "It may be what ended its last consumer: handle nothing beside it but the other messages of this answer",
    }),
  })
  .meta({ id: "ReceivedMessage" });

export const ReceiveAnswer = z.object({
  messages: z.array(ReceivedMessage),
  results: Results.optional().meta({ description: "One result for each in `settle`, in the order sent" }),
});

export const SettleBody = z.strictObject({ results: Settlements });

export const SettleAnswer = z.object({ results: Results });
