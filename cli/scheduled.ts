import { z } from "zod";
import { allPages } from "./all-pages.js";
import { Count, command } from "./command.js";

export const scheduled = command({
  usage: "scheduled <topic>",
  summary: "List a topic's delayed messages, soonest first, without their bodies",
  options: [["--limit <count>", "no more than so many; default: all"]],
  input: z.object({ topic: z.string(), limit: Count.optional() }),
  run: async ({ client, input: { topic, limit }, result }) => {
    const queue = await client();
    const items = await allPages((page) => queue.scheduled(topic, page), limit);
    const lines = items.map(({ id, deliverAt, key, tag }) =>
      [
        deliverAt,
        id,
        ...(key === undefined ? [] : [`key ${key}`]),
        ...(tag === undefined ? [] : [`tag ${tag}`]),
      ].join("\t"),
    );
    await result({ items }, lines.join("\n"));
  },
});
