import { z } from "zod";
import { command } from "../command.js";

export const deadLetterHistory = command({
  usage: "history <topic> <subscription> <id>",
  summary: "Show what became of the dead letters of one message: who did what, and when",
  input: z.object({ topic: z.string(), subscription: z.string(), id: z.string() }),
  run: async ({ client, input: { topic, subscription, id }, result }) => {
    const items = await (await client()).deadLetters(topic, subscription).history(id);
    const lines = items.map(({ act, at, by = "-", job }) => [at, act, by, ...(job ? [job] : [])].join("\t"));
    await result({ items }, lines.join("\n"));
  },
});
