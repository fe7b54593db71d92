import { z } from "zod";
import type { SettlementInput } from "../lib/client/index.js";
import { Count, type Work, command } from "./command.js";
import { CommandFailed } from "./context.js";

const target = { topic: z.string(), subscription: z.string(), receipt: z.array(z.string()) };

/** Settles each receipt in the same way. */
async function settleAll(
  { client, input, result }: Work<z.output<z.ZodObject<typeof target>>>,
  word: (receipt: string) => SettlementInput,
): Promise<void> {
  const { topic, subscription, receipt: receipts } = input;
  const results = await (await client()).settle(topic, subscription, receipts.map(word));
  const lines = results.map((one) =>
    "error" in one ? `${one.error.code}: ${one.error.detail}` : one.status,
  );
  await result({ results }, lines.join("\n"));
  const failed = results.filter((one) => "error" in one).length;
  if (failed > 0) throw new CommandFailed(`${failed} of ${results.length} could not be settled`);
}

export const ack = command({
  usage: "ack <topic> <subscription> <receipt...>",
  summary: "Acknowledge messages by their receipts",
  input: z.object(target),
  run: (work) => settleAll(work, (receipt) => ({ receipt, outcome: "ack" })),
});

export const retry = command({
  usage: "retry <topic> <subscription> <receipt...>",
  summary: "Hand messages back, to be received again later",
  options: [
    ["--delay-seconds <seconds>", "how long they wait; default 1"],
    ["--error <text>", "why they failed; shown when they are received again"],
  ],
  input: z.object({ ...target, delaySeconds: Count.optional(), error: z.string().optional() }),
  run: (work) => {
    const { delaySeconds, error } = work.input;
    return settleAll(work, (receipt) => ({ receipt, outcome: "retry", delaySeconds, error }));
  },
});

export const reject = command({
  usage: "reject <topic> <subscription> <receipt...>",
  summary: "Make messages dead letters: no other attempt will do",
  options: [["--error <text>", "why; shown with the dead letter"]],
  input: z.object({ ...target, error: z.string().optional() }),
  run: (work) => {
    const { error } = work.input;
    return settleAll(work, (receipt) => ({ receipt, outcome: "reject", error }));
  },
});

export const extend = command({
  usage: "extend <topic> <subscription> <receipt...>",
  summary: "Set the deadline of leased messages",
  options: [["--ack-deadline-seconds <seconds>", "from now; 0 hands them back at once; required"]],
  input: z.object({
    ...target,
    ackDeadlineSeconds: z.string({ error: "is required: give --ack-deadline-seconds" }).pipe(Count),
  }),
  run: (work) => {
    const { ackDeadlineSeconds } = work.input;
    return settleAll(work, (receipt) => ({ receipt, outcome: "extend", ackDeadlineSeconds }));
  },
});
