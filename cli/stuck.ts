import { z } from "zod";
import type { OpenMessage } from "../lib/client/index.js";
import { allPages } from "./all-pages.js";
import { Count, type Work, command } from "./command.js";
import { PAST_OPTIONS, PastOptions } from "./past-options.js";
import { tableOf } from "./table.js";

/** What needs an operator's eye comes first. */
const STATES = ["held", "retrying", "parked", "leased", "waiting"] as const;
const SHOWN_STATES = ["held", "retrying", "parked", "leased"] as const;
const SHOWN = 100;

const Input = z.object({
  topic: z.string(),
  subscription: z.string(),
  state: z.enum(STATES, { error: 'must be "held", "retrying", "parked", "leased" or "waiting"' }).optional(),
  key: z.string().optional(),
  tag: z.string().optional(),
  ...PastOptions,
  limit: Count.optional(),
});

export const stuck = command({
  usage: "stuck <topic> <subscription>",
  summary: "Show the messages that have not ended: what each waits for, and until when",
  options: [
    [
      "--state <state>",
      "only those that are held, retrying, parked, leased or waiting; default: all but the last, in this order",
    ],
    ["--key <key>", "only those with this ordering key"],
    ["--tag <tag>", "only those with this tag"],
    ...PAST_OPTIONS,
    ["--limit <count>", `the most of each state; default ${SHOWN}`],
  ],
  input: Input,
  run: async (work) => {
    const { state, limit = SHOWN } = work.input;
    const items: OpenMessage[] = [];
    for (const one of state ? [state] : SHOWN_STATES) items.push(...(await firstOf(work, one, limit)));
    if (items.length === 0 && !work.json)
      work.context.stderr(`no ${state ?? "held, retrying, parked or leased"} messages\n`);
    await work.result({ items }, tableOf(HEADINGS, items.map(rowOf)));
  },
});

async function firstOf(
  { client, input: { topic, subscription, state: _, limit: __, ...asked } }: Work<z.output<typeof Input>>,
  state: OpenMessage["state"],
  limit: number,
): Promise<readonly OpenMessage[]> {
  const messages = (await client()).messages(topic, subscription);
  return await allPages((page) => messages.list({ ...page, ...asked, state }), limit);
}

const HEADINGS = ["ID", "KEY", "STATE", "ATTEMPT", "WAITS FOR", "UNTIL", "CONSUMER", "LAST ERROR"];

const rowOf = ({
  id,
  key,
  state,
  attempt,
  waitsFor,
  deadLetter,
  until,
  lastError,
  ...message
}: OpenMessage): readonly string[] => [
  id,
  key ?? "-",
  state,
  String(attempt),
  waitsFor,
  until ?? "-",
  consumerOf(message),
  errorOf({ id, deadLetter, lastError }),
];

/** Its last error; of one that waits for another dead letter, which. An id would make any other column wide. */
export function errorOf({
  id,
  deadLetter,
  lastError,
}: Pick<OpenMessage, "deadLetter" | "lastError"> & { readonly id?: string | undefined }): string {
  const error = lastError === undefined ? [] : [JSON.stringify(lastError)];
  const behind = deadLetter === undefined || deadLetter === id ? [] : [`behind ${deadLetter}`];
  return [...error, ...behind].join(" ") || "-";
}

/** Its name and lane, else who signed its request, else from where that came. */
export function consumerOf({
  consumer,
  lane,
  principal,
  address,
}: Pick<OpenMessage, "consumer" | "lane" | "principal" | "address">): string {
  const name = consumer ?? principal ?? address ?? "-";
  return lane === undefined ? name : `${name} ${lane}`;
}
