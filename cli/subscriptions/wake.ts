import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";

export const wakeSubscription = command({
  usage: "wake <topic> <subscription>",
  summary: "Try the target of a subscription that sleeps, or is disabled, now",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input: { topic, subscription }, result }) => {
    const woken = await (await client()).wake(topic, subscription);
    await result(woken, lines(woken));
  },
});
