import { z } from "zod";

/** Text that reads the same once it was stored: half a surrogate pair does not. */
export const Text = z.string().refine((text) => !/\p{Surrogate}/u.test(text), "is not well-formed Unicode");

/** A topic's or subscription's name. */
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,80}$/, "is 1 to 80 of A-Z a-z 0-9 _ -")
  .meta({ description: "1 to 80 of A-Z a-z 0-9 _ -" });

export const TopicPath = z.strictObject({ topic: Name });
export const SubscriptionPath = z.strictObject({ topic: Name, subscription: Name });

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(2_048).optional().meta({ description: "nextCursor of the page before" }),
});

export const Time = z.iso.datetime({ precision: 3 }).meta({ description: "RFC 3339, UTC, milliseconds" });

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });

/** RFC 9457; `code` is stable, `errors` names the fields. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), detail: z.string() })).optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: "Problem" });

/** A field that a later version brings: said plainly, so that nobody waits for what does not act. */
export const notYet = (what: string) =>
  z
    .never({ error: `${what}: not available yet in this version` })
    .optional()
    .meta({ description: "Not available yet: refused." });
