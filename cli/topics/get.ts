import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";

export const getTopic = command({
  usage: "get <topic>",
  summary: "Show a topic",
  input: z.object({ topic: z.string() }),
  run: async ({ client, input, result }) => {
    const topic = await (await client()).getTopic(input.topic);
    await result(topic, lines(topic));
  },
});
