import { z } from "zod";
import { allPages } from "../all-pages.js";
import { command } from "../command.js";

export const listTopics = command({
  usage: "list",
  summary: "List all topics",
  input: z.object({}),
  run: async ({ client, result }) => {
    const api = await client();
    const items = await allPages((cursor) => api.listTopics(cursor));
    const lines = items.map(
      ({ name, ordering, partitions }) => `${name}\tordering ${ordering}\tpartitions ${partitions}`,
    );
    await result({ items }, lines.join("\n"));
  },
});
