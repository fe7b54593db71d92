import { z } from "zod";
import { command } from "../command.js";

export const deleteSubscription = command({
  usage: "delete <topic> <subscription>",
  summary: "Delete a subscription with its progress",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input: { topic, subscription }, result }) => {
    await (await client()).deleteSubscription(topic, subscription);
    await result({ deleted: subscription }, `deleted ${subscription} of ${topic}`);
  },
});
