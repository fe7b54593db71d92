import { z } from "zod";
import { command } from "../command.js";
import { UsageError } from "../context.js";
import { lines } from "../lines.js";
import { SETTINGS_OPTIONS, settingsFields, settingsIn } from "./settings.js";

export const updateSubscription = command({
  usage: "update <topic> <subscription>",
  summary: "Change some settings of a subscription",
  options: [...SETTINGS_OPTIONS, ["--no-filter", "all messages match from now on"]],
  input: z.object({ topic: z.string(), subscription: z.string(), ...settingsFields }),
  run: async ({ client, context, input: { topic, subscription, ...settings }, result }) => {
    const change = await settingsIn(settings, context);
    if (Object.keys(change).length === 0) throw new UsageError("nothing to change: give a setting");
    const changed = await (await client()).changeSubscription(topic, subscription, change);
    await result(changed, lines(changed));
  },
});
