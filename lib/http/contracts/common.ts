import { z } from "zod";

/** Text that survives being stored as UTF-8; half of a surrogate pair does not. */
export const Text = z.string().refine((text) => !/\p{Surrogate}/u.test(text), "is not well-formed Unicode");

/** The name of a topic or subscription. */
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,80}$/, "must be 1 to 80 characters from A-Z a-z 0-9 _ -")
  .meta({ description: "1 to 80 characters from A-Z a-z 0-9 _ -" });

const topic = Name.meta({ examples: ["orders"] });
const subscription = Name.meta({ examples: ["audit"] });
export const TopicPath = z.strictObject({ topic });
export const SubscriptionPath = z.strictObject({ topic, subscription });

/** A whole number written as text, in a query or a header. */
export const wholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be ${minimum} to ${maximum}`)
    .meta({ type: "integer", minimum, maximum });

export const PageQuery = z.strictObject({
  limit: wholeNumber(1, 100).default(50),
  cursor: z.string().max(2_048).optional().meta({ description: "nextCursor of the previous page" }),
});

export const Time = z.iso.datetime({ precision: 3 }).meta({ description: "RFC 3339, UTC, milliseconds" });

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().optional() });

/** RFC 9457. `code` is stable; `errors` lists the wrong fields. */
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
