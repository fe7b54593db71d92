import { z } from "zod";
import { allPages } from "../all-pages.js";
import { command } from "../command.js";

export const listSetAside = command({
  usage: "set-aside <topic> <subscription>",
  summary: "Messages that cannot be read and were passed over, with the reason",
  input: z.object({ topic: z.string(), subscription: z.string() }),
  run: async ({ client, input: { topic, subscription }, result }) => {
    const api = await client();
    const items = await allPages((page) => api.listSetAside(topic, subscription, page));
    const lines = items.map(
      ({ firstId, count, setAsideAt, reason }) => `${firstId}\tmessages ${count}\t${setAsideAt}\t${reason}`,
    );
    await result({ items }, lines.join("\n"));
  },
});
