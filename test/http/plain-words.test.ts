import { z } from "zod";
import { PLAIN_WORDS } from "../../lib/http/plain-words.js";

/** What is said of `value`, issue by issue. */
const words = (schema: z.ZodType, value: unknown): readonly string[] =>
  schema.safeParse(value, PLAIN_WORDS).error?.issues.map(({ message }) => message) ?? [];

const ordering = z.enum(["none", "key"]);
const time = z.strictObject({ time: z.string() });
const shape = z.discriminatedUnion("type", [
  z.object({ type: z.literal("pull") }),
  z.object({ type: z.literal("lambda") }),
]);

it.each<[kind: string, schema: z.ZodType, value: unknown, text: string]>([
  ["a value that is missing", z.array(z.string()), undefined, "is required"],
  ["a number that is text", z.number().int(), "16", "must be a number"],
  ["half a number", z.number().int(), 1.5, "must be a whole number"],
  ["text that is a number", z.string(), 7, "must be text"],
  ["text that is null", z.string(), null, "must be text"],
  ["a switch that is text", z.boolean(), "yes", "must be true or false"],
  ["a list that is an object", z.array(z.string()), {}, "must be a list"],
  ["an object that is a list", z.object({}), [], "must be an object"],
  ["a record that is a list", z.record(z.string(), z.string()), [], "must be an object"],
  ["a value where there must be null", z.null(), 1, "must be null"],
  ["a value where there must be none", z.never(), 1, "must be left out"],
  ["a type that contracts do not use", z.date(), 1, "must be a date"],

  ["too small a number", z.number().min(1), 0, "must be at least 1"],
  ["a number at its open minimum", z.number().gt(1), 1, "must be more than 1"],
  ["too large a number", z.number().max(256), 257, "must be at most 256"],
  ["a number at its open maximum", z.number().lt(1), 1, "must be less than 1"],
  ["an empty list", z.array(z.string()).min(1), [], "must have at least 1 item"],
  ["too short a list", z.array(z.string()).min(2), [], "must have at least 2 items"],
  ["too long a list", z.array(z.string()).max(1), ["a", "b"], "must have at most 1 item"],
  ["a list of the wrong length", z.array(z.string()).length(2), ["a"], "must have exactly 2 items"],
  ["empty text", z.string().min(1), "", "must have at least 1 character"],
  ["too long a text", z.string().max(3), "four", "must have at most 3 characters"],
  ["a number between two steps", z.number().multipleOf(60), 61, "must be a multiple of 60"],

  ["an unknown choice", ordering, "strict", 'must be "none" or "key"'],
  ["an unknown choice of three", z.enum(["a", "b", "c"]), 1, 'must be "a", "b" or "c"'],
  ["a choice that is missing", ordering, undefined, 'is required: "none" or "key"'],
  ["another value than the only one", z.literal("ack"), "nack", 'must be "ack"'],
  ["another value than one that is not text", z.literal([1, true, null]), 2, "must be 1, true or null"],

  [
    "a time that cannot be read",
    z.iso.datetime(),
    "yesterday",
    "must be a time such as 2026-08-01T12:00:00Z",
  ],
  ["bytes that are not base64", z.base64(), "?", "must be base64 with padding"],
  ["an address that cannot be read", z.url(), "?", "must be a URL"],
  ["text of another form", z.string().regex(/^\d$/), "x", "must have the form /^\\d$/"],
  ["text of a format that contracts do not use", z.ipv4(), "x", /^must have the form /.source],

  ["fields that nobody knows", z.strictObject({}), { a: 1, b: 2 }, "has unknown fields: a, b"],
  [
    "a wrong name in a record",
    z.record(z.string().max(1), z.string()),
    { ab: "" },
    "must have at most 1 character",
  ],
  ["a wrong value in a map", z.map(z.string(), z.number()), new Map([["a", "b"]]), "must be a number"],

  ["what is neither", z.union([z.string(), z.number()]), true, "must be text or a number"],
  ["what is neither, in its depth", z.union([z.string(), time]), {}, "must be text, or time is required"],
  ["a union that is missing", z.union([z.string(), z.number()]), undefined, "is required"],
  ["an unknown discriminator", shape, { type: "sqs" }, 'must be "pull" or "lambda"'],
  ["what is both", z.xor([z.string(), z.string().min(1)]), "a", "fits more than one form: give one of them"],
  ["a check that says nothing itself", z.string().refine(() => false), "a", "is not valid"],
])("says plainly what has to be: %s", (_, schema, value, text) => {
  const [said = "", ...more] = words(schema, value);
  expect(more).toEqual([]);
  if (text.startsWith("^")) expect(said).toMatch(new RegExp(text));
  else expect(said).toBe(text);
});

it("leaves what a contract says itself", () => {
  const own = { error: "is mine" };
  expect(words(z.number(own), "x")).toEqual(["is mine"]);
  expect(words(z.number().min(1, own), 0)).toEqual(["is mine"]);
  expect(words(z.union([z.string(), z.number()], own), true)).toEqual(["is mine"]);
  expect(words(z.string().regex(/^a/, "is mine"), "b")).toEqual(["is mine"]);
});

it("leaves zod's words to others in the same process", () => {
  expect(z.number().safeParse("x").error?.issues[0]?.message).toMatch(/^Invalid input/);
});
