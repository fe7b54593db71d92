import { z } from "zod";
import type { ReadMessage, ReadPage, Tail } from "../lib/client/index.js";
import { Count, type Work, command } from "./command.js";
import { bodyOf, jsonLineOf, jsonOf } from "./received.js";

const PAGE = 100;

const Input = z.object({
  topic: z.string(),
  from: z.string().optional(),
  cursor: z.string().optional(),
  key: z.string().optional(),
  businessKey: z.string().optional(),
  limit: Count.optional(),
  follow: z.boolean().optional(),
});

type TailWork = Work<z.output<typeof Input>>;

export const tail = command({
  usage: "tail <topic>",
  summary: "Read a topic's messages without a subscription: nothing changes",
  options: [
    ["--from <place>", "earliest, latest, a time or a message's id; default: earliest, with --follow latest"],
    ["--cursor <cursor>", "go on behind an earlier read: its nextCursor, which --json prints"],
    ["--key <key>", "only messages with this ordering key"],
    ["--business-key <key>", "only messages with this business key"],
    ["--limit <count>", "end after so many messages"],
    ["-f, --follow", "go on until Ctrl-C; with --json one JSON object on each line"],
  ],
  input: Input,
  run: async (work) => {
    const { context, input, json } = work;
    const { topic, follow: follows = false, limit = Infinity, cursor, ...selection } = input;
    const from = input.from ?? (cursor !== undefined ? undefined : follows ? "latest" : "earliest");
    const given = Object.entries({ ...selection, from, cursor }).filter(([, value]) => value !== undefined);
    const reader = (await work.client()).tail(topic, {
      ...Object.fromEntries(given),
      limit: Math.min(PAGE, limit),
      untilEnd: !follows,
      signal: context.stopped,
      onMissed: (messages) => context.stderr(`${messages} messages expired before they were read\n`),
      onError: (error) => {
        if (!follows) throw error;
        context.stderr(`${error instanceof Error ? error.message : String(error)}\n`);
      },
    });
    if (json && !follows) return await printDocument(work, reader, limit);
    const line = json ? jsonLineOf : lineOf;
    for await (const { items } of upTo(reader, limit)) await context.stdout(items.map(line).join(""));
  },
});

/** The first `limit` messages. */
async function* upTo(reader: Tail, limit: number): AsyncGenerator<ReadPage> {
  let left = limit;
  for await (const page of reader.pages()) {
    yield { ...page, items: page.items.slice(0, left) };
    left -= page.items.length;
    if (left <= 0) return;
  }
}

/** One JSON document, printed page by page. */
async function printDocument({ context }: TailWork, reader: Tail, limit: number): Promise<void> {
  let nextCursor: string | undefined;
  let separator = "";
  await context.stdout('{"items":[');
  for await (const page of upTo(reader, limit)) {
    ({ nextCursor } = page);
    if (page.items.length === 0) continue;
    await context.stdout(`${separator}${page.items.map(jsonOf).join(",")}`);
    separator = ",";
  }
  await context.stdout(`],${JSON.stringify({ nextCursor }).slice(1)}\n`);
}

/** A message on one line: when it was published, its id and key, and its body. */
function lineOf(message: ReadMessage): string {
  const { publishedAt, id, key, unreadable } = message;
  const fields = [
    publishedAt,
    id,
    ...(key === undefined ? [] : [`key ${key}`]),
    unreadable === undefined ? bodyOf(message) : `unreadable: ${unreadable}`,
  ];
  return `${fields.join("\t")}\n`;
}
