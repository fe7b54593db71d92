import { z } from "zod";
import { command } from "./command.js";
import { lines } from "./lines.js";
import { placeOf } from "./place.js";

export const seek = command({
  usage: "seek <topic> <subscription> <to>",
  summary: "Move a subscription to earliest, latest, a time (RFC 3339) or a message id",
  input: z.object({ topic: z.string(), subscription: z.string(), to: z.string() }),
  run: async ({ client, input: { topic, subscription, to }, result }) => {
    const sought = await (await client()).seek(topic, subscription, placeOf(to));
    await result(sought, lines(sought));
  },
});
