import { z } from "zod";
import { Time, listOf } from "./common.js";

export const MessagePath = z.strictObject({
  id: z.string().max(256).meta({ description: "The id that its publish answered" }),
});

/** A message that is not due yet, without its body. */
export const ScheduledMessage = z
  .object({
    id: z.string(),
    deliverAt: Time,
    scheduledAt: Time,
    key: z.string().optional(),
    tag: z.string().optional(),
    businessKey: z.string().optional(),
    contentType: z.string(),
    bodyBytes: z.number().int(),
    expiresAt: Time.optional(),
  })
  .meta({ id: "ScheduledMessage" });

export const ScheduledList = listOf(ScheduledMessage);
