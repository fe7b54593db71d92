import { z } from "zod";
import { ATTEMPT_ERROR_BYTES, ATTEMPT_OUTCOMES } from "../../domain/journal.js";
import { FOUND_STATES, TRACED_PARTS, TRACED_STATES } from "../../domain/found-message.js";
import { MESSAGE_STATES } from "../../domain/open-message.js";
import { Time } from "./common.js";
import { Reason } from "./dead-letter.js";
import { contentFields, senderFields } from "./message.js";
import { WaitsForField, openFields } from "./open-message.js";

const State = z.enum(FOUND_STATES).meta({
  description:
    "Not due yet; waiting in the outbox; refused by its topic there; in the topic's log; " +
    "erased: nothing is left of it but who did so, and when; " +
    "or in a subscription's dead letters alone, since it is past the topic's retention",
});

export const erasureFields = {
  erasedAt: Time.optional().meta({ description: "When its content was taken out for good" }),
  erasedBy: z.string().optional().meta({ description: "The ARN of who had it erased, where that is known" }),
};

/** Where a message is, and what is known of it besides its content. */
const placeFields = {
  id: z.string(),
  topic: z.string(),
  state: State,
  contentType: z.string().optional(),
  key: z.string().optional(),
  tag: z.string().optional(),
  businessKey: z.string().optional(),
  dedupId: z.string().optional(),
  ...senderFields,
  requestId: z
    .string()
    .optional()
    .meta({
      description:
        "The request that published it, or asked for it: Sluice-Request-Id of that answer. Absent if it came by the " +
        "outbox or a schedule",
    }),
  publishedAt: Time.optional().meta({ description: "When it came into the log" }),
  deliverAt: Time.optional().meta({ description: "When a scheduled one is due" }),
  scheduledAt: Time.optional(),
  writtenAt: Time.optional().meta({ description: "Of one in the outbox, by the clock of whoever wrote it" }),
  refusedAt: Time.optional(),
  why: z.string().optional().meta({ description: "Why its topic refused it" }),
  subscription: z.string().optional().meta({ description: "Whose dead letter it is" }),
  expiresAt: Time.optional().meta({ description: "From then on it cannot be looked up here any more" }),
  ...erasureFields,
  unreadable: z.string().optional().meta({
    description: "Why its stored bytes cannot be read; then it has no body, and fields of it may be missing",
  }),
};

const { attributes, ...bodyFields } = contentFields;

export const FoundMessageAnswer = z
  .object({ ...placeFields, attributes, ...bodyFields })
  .meta({ id: "FoundMessage" });

const Delivery = z
  .object({
    attempt: z.number().int().meta({ description: "Which attempt it was, from 1" }),
    startedAt: Time.meta({ description: "When it was handed out" }),
    durationMs: z.number().int().meta({ description: "Until its answer, in milliseconds" }),
    outcome: z.enum(ATTEMPT_OUTCOMES).meta({
      description: "It was taken; it failed or was sent back; or its consumer rejected it",
    }),
    error: z
      .string()
      .optional()
      .meta({ description: `Why it failed, up to ${ATTEMPT_ERROR_BYTES} bytes of it` }),
  })
  .meta({ id: "Delivery" });

const TracedAnswer = z
  .object({
    subscription: z.string(),
    state: z.enum([...MESSAGE_STATES, ...TRACED_STATES]).meta({
      description:
        "Still open: see the subscription's messages. dead-letter: in its dead letters. before-start: the " +
        "subscription began after it. left-out: its filter does not match. expired: nobody gets it any more. ended: " +
        "acknowledged, skipped, expired or left out. unknown: so much is open that it was not found in time, or see " +
        "notRead",
    }),
    attempt: z.number().int().optional().meta({ description: "How often it was handed out" }),
    ...openFields,
    waitsFor: WaitsForField.optional(),
    reason: Reason.optional(),
    deadLetteredAt: Time.optional(),
    expiresAt: Time.optional().meta({ description: "When the dead letter is deleted" }),
    deliveries: z.array(Delivery).optional().meta({
      description:
        'Of a topic whose trace is "attempts": those that ended with an answer, the earliest first',
    }),
    moreDeliveries: z.literal(true).optional().meta({
      description:
        "There may be more: so much was delivered since that not all was read in time, or see notRead",
    }),
    notRead: z
      .array(z.object({ part: z.enum(TRACED_PARTS), why: z.string() }))
      .optional()
      .meta({ description: "What the store did not answer for, and why: ask again for it" }),
  })
  .meta({ id: "TracedMessage" });

export const TraceAnswer = z
  .object({
    message: z
      .object({ ...placeFields, attributes })
      .meta({ id: "TracedContent", description: "The message without its body" }),
    items: z.array(TracedAnswer).meta({ description: "One for each subscription, by their names" }),
    nextCursor: z.string().optional().meta({ description: "There are more subscriptions" }),
  })
  .meta({ id: "Trace" });
