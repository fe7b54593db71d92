import { z } from "zod";
import type { FilterTest } from "../../lib/client/index.js";
import { jsonSource } from "../../lib/http/json-source.js";
import { command } from "../command.js";
import { type Context, UsageError } from "../context.js";
import { fileText } from "../file-text.js";
import { jsonText } from "../json-text.js";

const Input = z.object({
  filter: z.string().optional(),
  message: z.array(z.string()),
  filterFile: z.string().optional(),
  messageFile: z.string().optional(),
});

export const testFilter = command({
  usage: "test [filter] [message...]",
  summary: "Say which messages a filter matches, and why not the others",
  options: [
    ["--filter-file <path>", "the filter is in a file; - for standard input"],
    [
      "--message-file <path>",
      "the messages are in a file: one, a list, or one a line; - for standard input, the default",
    ],
  ],
  input: Input,
  run: async ({ client, context, input, result }) => {
    const { filter, messages } = await textsIn(input, context);
    if (messages.length === 0) throw new UsageError("the messages are missing: the input is empty");
    const sent = messages.map((text, index) => jsonText(text, `message ${index + 1}`));
    // The API checks what they are.
    const results = await (await client()).testFilter(jsonText(filter, "the filter"), sent as never);
    await result({ results }, results.map(lineOf).join("\n"));
  },
});

const lineOf = ({ matches, because = [] }: FilterTest): string =>
  matches ? "matches" : `does not match: ${because.join("; ")}`;

interface Texts {
  readonly filter: string;
  readonly messages: readonly string[];
}

const MISSING = "the messages are missing: give them as arguments, by --message-file or on standard input";

async function textsIn(
  { filter, message, filterFile, messageFile }: z.output<typeof Input>,
  context: Context,
): Promise<Texts> {
  // With --filter-file, all arguments are messages.
  const [first, ...rest] = filterFile === undefined ? [filter, ...message] : [undefined, filter, ...message];
  const given = rest.flatMap((text) => (text === undefined ? [] : [text]));
  if (given.length > 0 && messageFile !== undefined) {
    throw new UsageError("messages are given twice: as arguments and by --message-file");
  }
  if (filterFile === "-" && given.length === 0 && (messageFile ?? "-") === "-") {
    throw new UsageError("standard input holds the filter or the messages, not both");
  }
  const text = filterFile === undefined ? first : await fileText(filterFile, context, MISSING);
  if (text === undefined)
    throw new UsageError("the filter is missing: give it as an argument or by --filter-file");
  if (given.length > 0) return { filter: text, messages: given };
  return { filter: text, messages: messagesIn(await fileText(messageFile ?? "-", context, MISSING)) };
}

/** The source of each message: of a list, of the `messages` that `sluice receive --json` prints, or of each line. */
function messagesIn(text: string): readonly string[] {
  if (!isJson(text)) return text.split("\n").filter((line) => line.trim() !== "");
  const { kept } = jsonSource(text, (path) => /^(messages)?\[\d+\]$/.test(path));
  return kept.size > 0 ? [...kept.values()].map((source) => source.text) : [text];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
