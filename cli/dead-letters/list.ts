import { z } from "zod";
import { allPages } from "../all-pages.js";
import { PAST_OPTIONS, PastOptions } from "../past-options.js";
import { command } from "../command.js";

export const listDeadLetters = command({
  usage: "list <topic> <subscription>",
  summary: "List dead letters, longest dead first, without their bodies",
  options: [
    ["--key <key>", "only those with this ordering key"],
    ["--tag <tag>", "only those with this tag"],
    ...PAST_OPTIONS,
  ],
  input: z.object({
    topic: z.string(),
    subscription: z.string(),
    key: z.string().optional(),
    tag: z.string().optional(),
    ...PastOptions,
  }),
  run: async ({ client, input: { topic, subscription, ...asked }, result }) => {
    const letters = (await client()).deadLetters(topic, subscription);
    const items = await allPages((page) => letters.list({ ...page, ...asked }));
    const lines = items.map(({ id, deadLetteredAt, attempt, reason, error }) =>
      [
        id,
        deadLetteredAt,
        `attempt ${attempt}${reason === "rejected" ? ", rejected" : ""}`,
        ...(error === undefined ? [] : [JSON.stringify(error)]),
      ].join("\t"),
    );
    await result({ items }, lines.join("\n"));
  },
});
