import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";

export const rotateSecret = command({
  usage: "rotate-secret <topic> <subscription>",
  summary: "Replace a webhook's secret; deliveries are signed with both for a day",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input: { topic, subscription }, result }) => {
    const rotated = await (await client()).rotateSecret(topic, subscription);
    await result(rotated, lines(rotated));
  },
});
