import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { z } from "zod";
import { JsonText, type TopicMessageInput } from "../lib/client/index.js";
import { given } from "../lib/http/given.js";
import { command } from "./command.js";
import { CommandFailed, type Context, UsageError } from "./context.js";

const Input = z.object({
  file: z.string(),
  topic: z.string().optional(),
  atomic: z.boolean().optional(),
  idempotencyKey: z.string().optional(),
});

export const publishLines = command({
  usage: "publish-lines <file>",
  summary: "Publish up to 1000 messages to one or several topics: a JSON object a line; - for standard input",
  options: [
    ["--topic <topic>", "for lines that name none"],
    ["--atomic", "all or nothing, in one transaction"],
    ["--idempotency-key <key>", "names this publish: sent again within a day, it is stored once"],
  ],
  input: Input,
  run: async ({ client, context, input, result }) => {
    const { file, topic, atomic, idempotencyKey } = input;
    const text = new TextDecoder().decode(await bytesOf(context, file));
    const messages = text
      .split("\n")
      .flatMap((line, at) => (line.trim() === "" ? [] : [messageIn(line.trim(), at + 1, topic)]));
    if (messages.length === 0) throw new UsageError("there are no messages: give one JSON object a line");
    const results = await (await client()).publishToTopicsEach(messages, given({ atomic, idempotencyKey }));
    const lines = results.map((one) => ("error" in one ? `${one.error.code}: ${one.error.detail}` : one.id));
    await result({ messages: results }, lines.join("\n"));
    const failed = results.filter((one) => "error" in one).length;
    if (failed > 0) throw new CommandFailed(`${failed} of ${results.length} messages were not stored`);
  },
});

/** The line as it is, to the last digit, with the topic that it does not name. @throws {UsageError} */
function messageIn(line: string, number: number, topic: string | undefined): TopicMessageInput {
  let value: unknown;
  try {
    value = JSON.parse(new JsonText(line).text);
  } catch (error) {
    throw new UsageError(`line ${number}: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UsageError(`line ${number}: is not a JSON object, such as {"topic":"orders","body":1}`);
  const isNamed = "topic" in value;
  if (!isNamed && topic === undefined)
    throw new UsageError(`line ${number}: names no topic: add "topic", or give --topic`);
  const rest = Object.keys(value).length === 0 ? "}" : `,${line.slice(1)}`;
  const text = isNamed ? line : `{"topic":${JSON.stringify(topic)}${rest}`;
  // The API checks its fields.
  return new JsonText(text) as unknown as TopicMessageInput;
}

async function bytesOf(context: Context, file: string): Promise<Uint8Array> {
  if (file !== "-")
    return await readFile(resolve(context.directory, file)).catch((error: Error) => {
      throw new CommandFailed(`the file cannot be read: ${error.message}`);
    });
  const bytes = await context.stdin();
  if (bytes === undefined) throw new UsageError("- reads standard input, which is a terminal");
  return bytes;
}
