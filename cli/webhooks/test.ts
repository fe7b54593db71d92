import { z } from "zod";
import { command } from "../command.js";
import { CommandFailed } from "../context.js";
import { lines } from "../lines.js";

export const testWebhook = command({
  usage: "test <topic> <subscription>",
  summary: "Send a sample message to a webhook, and show what it answers; exit 1 unless it takes it",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input: { topic, subscription }, result }) => {
    const tested = await (await client()).testWebhook(topic, subscription);
    await result(tested, lines(tested));
    if (tested.outcome !== "done") throw new CommandFailed(`the webhook did not take it: ${tested.error}`);
  },
});
