import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";

export const getSubscription = command({
  usage: "get <topic> <subscription>",
  summary: "One subscription, and how far it has come",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input, result }) => {
    const subscription = await (await client()).getSubscription(input.topic, input.subscription);
    await result(subscription, lines(subscription));
  },
});
