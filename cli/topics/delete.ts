import { z } from "zod";
import { command } from "../command.js";

export const deleteTopic = command({
  usage: "delete <topic>",
  summary: "Delete a topic that has no subscriptions, with its messages",
  input: z.object({ topic: z.string() }),
  run: async ({ client, input: { topic }, result }) => {
    await (await client()).deleteTopic(topic);
    await result({ deleted: topic }, `deleted ${topic}`);
  },
});
