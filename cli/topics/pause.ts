import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";

export const pauseTopic = command({
  usage: "pause <topic>",
  summary: "Hold back a topic's deliveries, its publishes, or both",
  options: [["--what <what>", "delivery, publish or all; default delivery"]],
  input: z.object({ topic: z.string(), what: z.enum(["delivery", "publish", "all"]).default("delivery") }),
  run: async ({ client, input: { topic, what }, result }) => {
    const changed = await (await client()).changeTopic(topic, { paused: what });
    await result(changed, lines(changed));
  },
});

export const resumeTopic = command({
  usage: "resume <topic>",
  summary: "End a topic's pause",
  input: z.object({ topic: z.string() }),
  run: async ({ client, input: { topic }, result }) => {
    const changed = await (await client()).changeTopic(topic, { paused: "none" });
    await result(changed, lines(changed));
  },
});
