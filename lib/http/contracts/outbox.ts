import { z } from "zod";
import { PageQuery, Time, listOf } from "./common.js";
import { erasureFields } from "./found-message.js";

const WAITS_FOR = ["relay", "topic", "pause", "newer-release"] as const;

export const OutboxQuery = PageQuery.extend({
  state: z
    .enum(["waiting", "refused"], { error: 'must be "waiting" or "refused"' })
    .default("waiting")
    .meta({ description: '"waiting": on their way into the log. "refused": the topic did not take them' }),
});

export const OutboxEntryAnswer = z
  .object({
    id: z.string().meta({ description: "The message's id, also once it is published" }),
    state: z.enum(["waiting", "refused"]),
    waitsFor: z
      .enum(WAITS_FOR)
      .optional()
      .meta({
        description:
          'What a waiting message waits for: "relay" (it is on its way), "topic" (there is none of that name), ' +
          '"pause" (its end), "newer-release" (this one cannot read it)',
      }),
    why: z.string().optional().meta({ description: "Why a refused message was refused" }),
    key: z.string().optional(),
    tag: z.string().optional(),
    businessKey: z.string().optional(),
    sizeBytes: z.number().int().meta({ description: "Of the stored item" }),
    writtenAt: Time.meta({ description: "By the clock of whoever wrote it" }),
    refusedAt: Time.optional(),
    ...erasureFields,
    expiresAt: Time.optional().meta({ description: "Until when a refused message is kept" }),
  })
  .meta({ id: "OutboxEntry" });

export const OutboxList = listOf(OutboxEntryAnswer);
