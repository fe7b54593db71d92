import { z } from "zod";
import { command } from "../command.js";

export const purgeDeadLetters = command({
  usage: "purge <topic> <subscription>",
  summary: "Delete all dead letters of a subscription for good",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input: { topic, subscription }, result }) => {
    const letters = (await client()).deadLetters(topic, subscription);
    let deleted = 0;
    for (let more = true; more;) {
      const purged = await letters.purge();
      deleted += purged.deleted;
      more = purged.more;
    }
    await result({ deleted }, `deleted ${deleted} dead letters`);
  },
});
