import { z } from "zod";
import { MESSAGE_STATES, WAITS_FOR } from "../../domain/open-message.js";
import { SubscriptionPath, Text, Time, listOf } from "./common.js";
import { SecondsFromNow, Why } from "./consume.js";
import { FailedAttempts } from "./failed-attempt.js";
import { MessageQuery } from "./message-query.js";

const NAMED =
  '"waiting", "leased", "retrying", "parked" or "held" (messages without an attempt left are in dead-letters)';

const State = z
  .enum(MESSAGE_STATES, {
    error: ({ input }) => (input === undefined ? `is required: ${NAMED}` : `must be ${NAMED}`),
  })
  .meta({
    description:
      "Not handed out yet; handed out to a consumer; sent back to wait; with ordering, parked behind an earlier " +
      "message of its key, or held by a dead letter of its key",
  });

export const OpenMessageQuery = MessageQuery.extend({ state: State });

/** What is told of a message that has not ended, besides its state. */
export const openFields = {
  firstReceivedAt: Time.optional(),
  lastError: Text.optional().meta({ description: "Why it failed last, in its consumer's words" }),
  attempts: FailedAttempts,
  consumer: z.string().optional().meta({
    description: 'Of a leased one: what its consumer calls itself; "push" where Sluice delivers it',
  }),
  principal: z.string().optional().meta({ description: "The ARN that signed the consumer's request" }),
  address: z.string().optional().meta({ description: "From where the consumer's request came" }),
  lane: z
    .number()
    .int()
    .optional()
    .meta({ description: "Of a pushed one: the lane whose pump has it, from 1" }),
  deadLetter: z.string().optional().meta({
    description: "Of a held one: the id of the dead letter that it waits for",
  }),
  until: Time.optional().meta({
    description: "When that is over at the latest, if it is known: the end of its lease, or of its wait",
  }),
};

export const WaitsForField = z.enum(WAITS_FOR).meta({
  description:
    "Its consumer's answer; the end of its wait after a failure; an earlier message of its partition; " +
    "the end of a pause; an operator, who enables its subscription; a target that takes nothing; " +
    "a dead letter of its key; or only a consumer with room for it",
});

const OpenMessageAnswer = z
  .object({
    id: z.string(),
    state: z.enum(MESSAGE_STATES),
    key: z.string().optional(),
    tag: z.string().optional(),
    publishedAt: Time,
    attempt: z.number().int().meta({ description: "How often it was handed out" }),
    ...openFields,
    waitsFor: WaitsForField,
  })
  .meta({ id: "OpenMessage" });

export const OpenMessageList = listOf(OpenMessageAnswer);

export const OpenMessagePath = SubscriptionPath.extend({ id: z.string().min(1).max(200) });

export const OperatorSettlement = z
  .discriminatedUnion(
    "outcome",
    [
      z.strictObject({ outcome: z.literal("ack") }),
      z.strictObject({
        outcome: z.literal("retry"),
        delaySeconds: SecondsFromNow.optional().meta({
          description: "How long it waits; default: it is sent again now",
        }),
        error: Why,
      }),
      z.strictObject({ outcome: z.literal("reject"), error: Why }),
    ],
    { error: 'must be "ack", "retry" or "reject"' },
  )
  .meta({ id: "OperatorSettlement" });

export const OperatorSettled = z.object({ status: z.literal("ok") });
