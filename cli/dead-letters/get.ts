import { z } from "zod";
import { command } from "../command.js";
import { attemptLines } from "../failed-attempts.js";
import { lines } from "../lines.js";
import { printMessage } from "../message-text.js";

export const getDeadLetter = command({
  usage: "get <topic> <subscription> <id>",
  summary: "Show a dead letter with its body",
  input: z.object({ topic: z.string(), subscription: z.string(), id: z.string() }),
  run: async ({ client, context, json, input: { topic, subscription, id } }) => {
    const letter = await (await client()).deadLetters(topic, subscription).get(id);
    const { bodyText: _, body: __, attempts = [], ...fields } = letter;
    const shown =
      attempts.length > 0 ? `${lines(fields)}\nattempts:\n${attemptLines(attempts)}` : lines(fields);
    await printMessage(context, json, letter, shown);
  },
});
