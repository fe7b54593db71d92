import { z } from "zod";
import { Time } from "./common.js";
import { erasureFields } from "./found-message.js";

export const ErasedAnswer = z
  .object({
    id: z.string(),
    erasedAt: Time.meta({ description: "When it was erased: the first time, if it was erased before" }),
    erasedBy: erasureFields.erasedBy,
    cancelled: z.literal(true).optional().meta({
      description: "It was not published yet, and never is: it was delayed, or in the outbox",
    }),
  })
  .meta({ id: "ErasedMessage" });
