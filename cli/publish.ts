import { z } from "zod";
import type { Message } from "../lib/client/index.js";
import { Count, command } from "./command.js";
import { CommandFailed, UsageError } from "./context.js";

/** `region=eu`: a number where it reads as one, `true` and `false`, else text. */
const Attribute = z
  .string()
  .regex(/^[^=]+=/, "is NAME=VALUE")
  .transform((text): [string, string | number | boolean] => {
    const name = text.slice(0, text.indexOf("="));
    const value = text.slice(name.length + 1);
    if (value === "true" || value === "false") return [name, value === "true"];
    return [name, /^-?\d+(\.\d+)?$/.test(value) && String(Number(value)) === value ? Number(value) : value];
  });

export const publish = command({
  usage: "publish <topic> [body]",
  summary: "Publish one message; its body is JSON, from the line or standard input",
  options: [
    ["--text", "the body is a string as it stands, not JSON"],
    ["--key <key>", "ordering key"],
    ["--tag <word>", "for filtering"],
    ["--attribute <name=value>", "may be given again", "many"],
    ["--business-key <key>", "look-up key"],
    ["--expires-in-seconds <seconds>", "never delivered later than this"],
  ],
  input: z.object({
    topic: z.string(),
    body: z.string().optional(),
    text: z.boolean().optional(),
    key: z.string().optional(),
    tag: z.string().optional(),
    attribute: z.array(Attribute).optional(),
    businessKey: z.string().optional(),
    expiresInSeconds: Count.optional(),
  }),
  run: async ({ client, context, input, result }) => {
    const { topic, body, text, attribute, ...meta } = input;
    const given = body ?? (await context.stdin());
    if (given === undefined)
      throw new UsageError("body is missing: give it as an argument or on standard input");
    const message: Message = {
      body: text ? given : jsonOf(given),
      ...meta,
      ...(attribute ? { attributes: Object.fromEntries(attribute) } : {}),
    };
    const [published] = (await (await client()).publish(topic, [message])).messages;
    if (!published || "error" in published) {
      const { code, detail } = published?.error ?? {
        code: "unexpected-answer",
        detail: "it names no message",
      };
      throw new CommandFailed(`${code}: ${detail}`);
    }
    result(published, published.id);
  },
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`body is no JSON (for a plain string: --text): ${(error as Error).message}`);
  }
}
