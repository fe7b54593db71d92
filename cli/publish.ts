import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { z } from "zod";
import { JsonText, type Message, type SluiceClient } from "../lib/client/index.js";
import { given } from "../lib/http/given.js";
import { Count, command } from "./command.js";
import { CommandFailed, type Context, UsageError } from "./context.js";
import { isLarge, uploadFile } from "./upload-file.js";

/**
 * `region=eu`. The value becomes a number if it reads as one, `true` and `false` become booleans, and all else is text.
 */
export const Attribute = z
  .string()
  .regex(/^[^=]+=/, "must be NAME=VALUE")
  .transform((text): [string, string | number | boolean] => {
    const name = text.slice(0, text.indexOf("="));
    const value = text.slice(name.length + 1);
    if (value === "true" || value === "false") return [name, value === "true"];
    return [name, /^-?\d+(\.\d+)?$/.test(value) && String(Number(value)) === value ? Number(value) : value];
  });

/** Any notation of a time that names its zone, as the API takes it. */
const Instant = z
  .string()
  .refine((text) => /(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: 'must be a time with its zone, such as "2027-01-31T18:00:00Z"',
  })
  .transform((text) => new Date(text).toISOString());

const Input = z.object({
  topic: z.string(),
  body: z.string().optional(),
  text: z.boolean().optional(),
  file: z.string().optional(),
  contentType: z.string().optional(),
  key: z.string().optional(),
  tag: z.string().optional(),
  attribute: z.array(Attribute).optional(),
  businessKey: z.string().optional(),
  dedupId: z.string().optional(),
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
  idempotencyKey: z.string().optional(),
  expiresInSeconds: Count.optional(),
  delay: Count.optional(),
  deliverAt: Instant.optional(),
});

export const publish = command({
  usage: "publish <topic> [body]",
  summary: "Publish one message; its body is JSON from the command line or standard input",
  options: [
    ["--text", "the body is plain text, not JSON"],
    ["--file <path>", "the body is a file's bytes; - for standard input"],
    [
      "--content-type <type>",
      "media type of the file; default: by its name, otherwise application/octet-stream",
    ],
    ["--key <key>", "ordering key"],
    ["--tag <word>", "one word for filtering"],
    ["--attribute <name=value>", "may be repeated", "many"],
    ["--business-key <key>", "key to look the message up by"],
    ["--dedup-id <id>", "stored once: within the topic's window a repeat is told the first one's id"],
    ["--traceparent <context>", "the trace that it belongs to, as W3C Trace Context writes it"],
    ["--tracestate <entries>", "what goes with --traceparent"],
    ["--idempotency-key <key>", "names this publish: sent again within a day, it is stored once"],
    ["--expires-in-seconds <seconds>", "seconds after which it is no longer delivered"],
    ["--delay <seconds>", "publish it after so many seconds: 1 second to a year"],
    ["--deliver-at <time>", "publish it at this time, such as 2027-01-31T18:00:00Z"],
  ],
  input: Input,
  run: async ({ client, context, input, result }) => {
    const { topic, body, text, file, contentType, attribute, delay, idempotencyKey, ...meta } = input;
    const message: Message = {
      ...(file === undefined
        ? await textBody(context, input)
        : await fileBody(await client(), context, file, input)),
      ...meta,
      ...(delay === undefined ? {} : { delaySeconds: delay }),
      ...(attribute ? { attributes: Object.fromEntries(attribute) } : {}),
    };
    const [published] = await (await client()).publishEach(topic, [message], given({ idempotencyKey }));
    if (!published) throw new CommandFailed("unexpected-answer: it names no message");
    if ("error" in published) {
      throw new CommandFailed(`${published.error.code}: ${published.error.detail}`);
    }
    await result(published, published.id);
  },
});

type BodyInput = Pick<z.output<typeof Input>, "body" | "text" | "contentType">;

/** A body of JSON, kept to the last digit, or of plain text. */
export async function textBody(
  context: Context,
  { body, text, contentType }: BodyInput,
): Promise<Pick<Message, "body">> {
  if (contentType !== undefined) throw new UsageError("--content-type goes with --file");
  const given = body ?? (await context.stdin());
  if (given === undefined) {
    throw new UsageError("the body is missing: give it as an argument, on standard input or with --file");
  }
  const words = utf8(given);
  if (text) return { body: words };
  return { body: jsonBody(words, " (for a plain string: --text)") };
}

/** @throws {UsageError} */
export function jsonBody(text: string, hint = ""): JsonText {
  try {
    return new JsonText(text.trim());
  } catch (error) {
    throw new UsageError(`${(error as Error).message}${hint}`);
  }
}

/** Node puts this in place of bytes on the command line that are not UTF-8. */
const REPLACEMENT = "\uFFFD";

/** Decodes text; other bytes would be changed by it. @throws {UsageError} */
function utf8(given: string | Uint8Array): string {
  const notText = new UsageError("the body is not UTF-8 text: give its bytes with --file PATH, or --file -");
  if (typeof given === "string") {
    if (given.includes(REPLACEMENT)) throw notText;
    return given;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(given);
  } catch {
    throw notText;
  }
}

const BYTES_TYPE = "application/octet-stream";
const TYPES: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".gif": "image/gif",
  ".gz": "application/gzip",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".webp": "image/webp",
  ".xml": "application/xml",
  ".zip": "application/zip",
};

type FileInput = BodyInput & Pick<z.output<typeof Input>, "topic" | "delay" | "deliverAt">;

async function fileBody(client: SluiceClient, context: Context, file: string, input: FileInput) {
  const { body, text, topic, delay, deliverAt } = input;
  if (body !== undefined) throw new UsageError("give either a body or --file, not both");
  if (text) throw new UsageError("--text and --file cannot be combined: a file's bytes are sent unchanged");
  const contentType = input.contentType ?? TYPES[extname(file).toLowerCase()] ?? BYTES_TYPE;
  const path = resolve(context.directory, file);
  if (file !== "-" && (await isLarge(path)))
    return await uploadFile(client, context, {
      topic,
      path,
      contentType,
      ...given({ delaySeconds: delay, deliverAt }),
    });
  const bytes = file === "-" ? await context.stdin() : await bytesOf(path);
  if (bytes === undefined) throw new UsageError("--file - reads standard input, which is a terminal");
  // The client uploads what is large.
  return { body: bytes, contentType };
}

const bytesOf = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((error: Error) => {
    throw new CommandFailed(`the file cannot be read: ${error.message}`);
  });
