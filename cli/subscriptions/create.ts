import { z } from "zod";
import { command } from "../command.js";
import { lines } from "../lines.js";
import { placeOf } from "../place.js";
import { SETTINGS_OPTIONS, settingsFields, settingsIn } from "./settings.js";
import { TARGET_OPTIONS, TargetInput, targetOf } from "./target.js";

export const createSubscription = command({
  usage: "create <topic> <subscription>",
  summary: "Create a subscription, or change it to these settings",
  options: [
    ...TARGET_OPTIONS,
    ["--from <start>", "latest, earliest, a time (RFC 3339) or a message id; only used on creation"],
    ...SETTINGS_OPTIONS,
  ],
  input: TargetInput.extend({
    topic: z.string(),
    subscription: z.string(),
    from: z.string().optional(),
    ...settingsFields,
  }),
  run: async ({ client, context, input, result }) => {
    const { topic, subscription, from } = input;
    const settings = await settingsIn(input, context);
    const made = await (
      await client()
    ).putSubscription(topic, subscription, {
      ...settings,
      ...targetOf(input),
      ...(from === undefined ? {} : { from: placeOf(from) }),
    });
    await result(made, lines(made));
  },
});
