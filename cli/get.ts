import { z } from "zod";
import { command } from "./command.js";
import { printMessage } from "./message-text.js";

export const get = command({
  usage: "get <id>",
  summary: "Show a message with its body: scheduled, in the outbox, in the log, or a dead letter",
  input: z.object({ id: z.string() }),
  run: async ({ client, context, json, input: { id } }) =>
    await printMessage(context, json, await (await client()).getMessage(id)),
});
