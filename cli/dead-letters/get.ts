import { z } from "zod";
import type { FailedAttempt } from "../../lib/client/index.js";
import { command } from "../command.js";
import { lines } from "../lines.js";

export const getDeadLetter = command({
  usage: "get <topic> <subscription> <id>",
  summary: "Show a dead letter with its body",
  input: z.object({ topic: z.string(), subscription: z.string(), id: z.string() }),
  run: async ({ client, context, json, input: { topic, subscription, id } }) => {
    const { bodyText, ...letter } = await (await client()).deadLetters(topic, subscription).get(id);
    const { body, ...fields } = letter;
    const { attempts = [], ...others } = fields;
    const shown =
      attempts.length > 0 ? `${lines(others)}\nattempts:\n${attempts.map(lineOf).join("\n")}` : lines(others);
    const text = bodyText ?? (body === undefined ? undefined : JSON.stringify(body));
    // The body stays as its publisher wrote it.
    if (!json) await context.stdout(`${shown}\n${text === undefined ? "" : `body: ${text}\n`}`);
    else if (text === undefined) await context.stdout(`${JSON.stringify(fields)}\n`);
    else await context.stdout(`${JSON.stringify(fields).slice(0, -1)},"body":${text}}\n`);
  },
});

function lineOf({ at, attempt, outcome, error, together }: FailedAttempt): string {
  const among = together === undefined ? "" : `, one of ${together} together`;
  const why = error === undefined ? "" : `  ${JSON.stringify(error)}`;
  return `  ${at}  attempt ${attempt}  ${outcome}${among}${why}`;
}
