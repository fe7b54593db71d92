import { z } from "zod";
import type { OutboxEntry } from "../lib/client/index.js";
import { allPages } from "./all-pages.js";
import { Count, type Work, command } from "./command.js";
import { tableOf } from "./table.js";

/** What needs an operator's eye comes first. */
const STATES = ["refused", "waiting"] as const;
const SHOWN = 100;

const Input = z.object({
  topic: z.string(),
  state: z.enum(STATES, { error: 'must be "waiting" or "refused"' }).optional(),
  limit: Count.optional(),
});

export const outbox = command({
  usage: "outbox <topic>",
  summary: "Show the messages in a topic's outbox: what each waits for, or why the topic refused it",
  options: [
    ["--state <state>", "only those that are waiting, or refused; default: both"],
    ["--limit <count>", `the most of each state; default ${SHOWN}`],
  ],
  input: Input,
  run: async (work) => {
    const { topic, state, limit = SHOWN } = work.input;
    const items: OutboxEntry[] = [];
    for (const one of state ? [state] : STATES) items.push(...(await firstOf(work, one, limit)));
    if (items.length === 0 && !work.json)
      work.context.stderr(`no ${state ?? "waiting or refused"} messages in the outbox of ${topic}\n`);
    await work.result({ items }, tableOf(HEADINGS, items.map(rowOf)));
  },
});

async function firstOf(
  { client, input: { topic } }: Work<z.output<typeof Input>>,
  state: OutboxEntry["state"],
  limit: number,
): Promise<readonly OutboxEntry[]> {
  const connected = await client();
  return await allPages((page) => connected.listOutbox(topic, { ...page, state }), limit);
}

const HEADINGS = ["ID", "KEY", "STATE", "WRITTEN", "WHY"];

const WAITING: Readonly<Record<NonNullable<OutboxEntry["waitsFor"]>, string>> = {
  relay: "on its way",
  topic: "there is no topic of that name",
  pause: "publishing to the topic is paused",
  "newer-release": "a newer client library wrote it: upgrade the stack",
};

const rowOf = ({ id, key, state, writtenAt, waitsFor, why }: OutboxEntry): readonly string[] => [
  id,
  key ?? "-",
  state,
  writtenAt,
  why ?? (waitsFor ? WAITING[waitsFor] : "-"),
];
