import { z } from "zod";
import type { StartFrom } from "../../domain/subscription.js";
import { Time, listOf, wholeNumber } from "./common.js";
import { contentFields, metaFields, senderFields } from "./message.js";

/** A bookmark of 256 partitions has 3,200 characters. */
const CURSOR_CHARACTERS = 4_096;
const BEGINS_AS_TIME = /^\d{4}-\d{2}-\d{2}T/;
const Instant = z.iso.datetime({ offset: true });

/** Where to begin: a message's id never looks like a time. */
const ReadFrom = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (from) => !BEGINS_AS_TIME.test(from) || Instant.safeParse(from).success,
    "is not a time: write it as 2026-08-01T00:00:00Z",
  )
  .transform((from): StartFrom => {
    if (from === "earliest" || from === "latest") return from;
    return BEGINS_AS_TIME.test(from) ? { timeMs: Date.parse(from) } : { id: from };
  })
  .meta({
    description:
      '"earliest" (default), "latest", a time that is not in the future (RFC 3339), or a message\'s id; cannot be ' +
      "combined with cursor",
  });

export const ReadQuery = z
  .strictObject({
    from: ReadFrom.optional(),
    cursor: z
      .string()
      .max(CURSOR_CHARACTERS)
      .optional()
      .meta({ description: "nextCursor of the previous page, however long ago that was" }),
    limit: wholeNumber(1, 1_000).default(100),
    key: metaFields.key.optional().meta({ description: "Only messages with this ordering key" }),
    businessKey: metaFields.businessKey
      .optional()
      .meta({ description: "Only messages with this business key" }),
    waitSeconds: wholeNumber(0, 20)
      .default(0)
      .meta({ description: "How long to wait if there are no messages" }),
  })
  .refine(({ from, cursor }) => from === undefined || cursor === undefined, {
    path: ["from"],
    message: 'cannot be combined with "cursor": give one of them',
  });

export const ReadMessageAnswer = z
  .object({
    id: z.string(),
    ...contentFields,
    contentType: z.string().optional(),
    key: z.string().optional(),
    tag: z.string().optional(),
    businessKey: z.string().optional(),
    dedupId: z.string().optional(),
    ...senderFields,
    publishedAt: Time,
    unreadable: z.string().optional().meta({
      description:
        "Why its stored bytes cannot be read; then it has no body, and fields of it may be missing",
    }),
  })
  .meta({ id: "ReadMessage" });

export const ReadAnswer = listOf(ReadMessageAnswer).extend({
  nextCursor: z.string().meta({ description: "Where to go on, now or later" }),
  atEnd: z.boolean().meta({
    description: "Whether nothing was left a moment ago; if not, the next page may be there already",
  }),
  missed: z.number().int().optional().meta({
    description:
      "Messages after the cursor that were past the topic's retention before they were read, as far as can be told",
  }),
});
