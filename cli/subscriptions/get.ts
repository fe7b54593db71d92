import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";

export const getSubscription = command({
  usage: "get <topic> <subscription>",
  summary: "Show a subscription with its state",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input, result }) => {
    const subscription = await (await client()).getSubscription(input.topic, input.subscription);
    await result(subscription, lines(subscription));
  },
});
