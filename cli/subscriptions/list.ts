import { z } from "zod";
import { allPages } from "../all-pages.js";
import { command } from "../command.js";

export const listSubscriptions = command({
  usage: "list <topic>",
  summary: "List the subscriptions of a topic",
  input: z.object({ topic: z.string() }),
  run: async ({ client, input: { topic }, result }) => {
    const api = await client();
    const items = await allPages((page) => api.listSubscriptions(topic, page));
    const lines = items.map(
      ({ name, target, paused }) => `${name}\t${target.type}${paused ? "\tpaused" : ""}`,
    );
    await result({ items }, lines.join("\n"));
  },
});
