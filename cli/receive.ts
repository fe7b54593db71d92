import { z } from "zod";
import type { ReceivedMessage } from "../lib/client/index.js";
import { Count, command } from "./command.js";
import { CommandFailed } from "./context.js";

export const receive = command({
  usage: "receive <topic> <subscription>",
  summary: "Lease messages of a pull subscription, and acknowledge them with --ack",
  options: [
    ["--max-messages <count>", "1 to 1000; default 10"],
    ["--wait-seconds <seconds>", "0 to 20; default 0"],
    ["--ack-deadline-seconds <seconds>", "until they are handed out again; default: the subscription's"],
    ["--ack", "acknowledge them once they are printed"],
  ],
  input: z.object({
    topic: z.string(),
    subscription: z.string(),
    maxMessages: Count.optional(),
    waitSeconds: Count.optional(),
    ackDeadlineSeconds: Count.optional(),
    ack: z.boolean().optional(),
  }),
  run: async ({ client, context, input, result }) => {
    const { topic, subscription, ack, ...request } = input;
    const api = await client();
    const messages = await api.receive(topic, subscription, request);
    result({ messages }, messages.map((message) => shown(message, ack)).join("\n"));
    if (messages.length === 0) context.stderr("nothing there\n");
    if (!ack) return;
    const settled = await api.ack(topic, subscription, messages);
    const failed = settled.filter((one) => "error" in one).length;
    if (failed > 0) throw new CommandFailed(`${failed} of ${settled.length} could not be acknowledged`);
  },
});

/** With what acknowledges it, where that is still to be done. */
function shown({ id, attempt, key, body, bodyBase64, receipt }: ReceivedMessage, ack?: boolean): string {
  const content = bodyBase64 === undefined ? JSON.stringify(body) : `base64 ${bodyBase64}`;
  const fields = [id, `attempt ${attempt}`, ...(key === undefined ? [] : [`key ${key}`]), content];
  return [...fields, ...(ack ? [] : [`receipt ${receipt}`])].join("\t");
}
