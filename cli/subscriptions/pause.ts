import { z } from "zod";
import { type MakeCommand, command } from "../command.js";
import { lines } from "../lines.js";

const setPaused = (name: string, summary: string, paused: boolean): MakeCommand =>
  command({
    usage: `${name} <topic> <subscription>`,
    summary,
    input: z.object({ topic: z.string(), subscription: z.string() }),
    run: async ({ client, input: { topic, subscription }, result }) => {
      const changed = await (await client()).changeSubscription(topic, subscription, { paused });
      await result(changed, lines(changed));
    },
  });

export const pauseSubscription = setPaused("pause", "Pause a subscription: hand out no messages", true);
export const resumeSubscription = setPaused("resume", "End a subscription's pause", false);
