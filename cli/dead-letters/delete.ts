import { z } from "zod";
import { command } from "../command.js";

export const deleteDeadLetter = command({
  usage: "delete <topic> <subscription> <id>",
  summary: "Delete a dead letter for good",
  input: z.object({ topic: z.string(), subscription: z.string(), id: z.string() }),
  run: async ({ client, input: { topic, subscription, id }, result }) => {
    await (await client()).deadLetters(topic, subscription).delete(id);
    await result({ deleted: id }, `deleted ${id}`);
  },
});
