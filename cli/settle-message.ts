import { z } from "zod";
import type { OperatorSettlementInput } from "../lib/client/index.js";
import { Count, command } from "./command.js";
import { UsageError } from "./context.js";
import { forEachId } from "./each-id.js";

const Input = z.object({
  topic: z.string(),
  subscription: z.string(),
  id: z.array(z.string()),
  outcome: z.enum(["ack", "retry", "reject"], {
    error: 'must be "ack", "retry" or "reject": give --outcome',
  }),
  delaySeconds: Count.optional(),
  error: z.string().optional(),
});

export const settleMessages = command({
  usage: "settle <topic> <subscription> <id...>",
  summary: "End messages, send them again or make them dead letters, whatever their state (see stuck)",
  options: [
    ["--outcome <outcome>", "ack: it is done; retry: send it again; reject: make it a dead letter; required"],
    ["--delay-seconds <seconds>", "with retry: how long it waits; default 0"],
    ["--error <text>", "with retry or reject: why"],
  ],
  input: Input,
  run: async ({ client, input: { topic, subscription, id: ids, ...word }, result }) => {
    const messages = (await client()).messages(topic, subscription);
    const settlement = settlementOf(word);
    const act = (id: string) => messages.settle(id, settlement);
    await forEachId(ids, { act, status: "ok", participle: "settled", result });
  },
});

function settlementOf({
  outcome,
  delaySeconds,
  error,
}: Pick<z.output<typeof Input>, "outcome" | "delaySeconds" | "error">): OperatorSettlementInput {
  if (delaySeconds !== undefined && outcome !== "retry")
    throw new UsageError("--delay-seconds goes with --outcome retry");
  if (error !== undefined && outcome === "ack")
    throw new UsageError("--error goes with --outcome retry or reject");
  const why = error === undefined ? {} : { error };
  if (outcome === "ack") return { outcome };
  if (outcome === "reject") return { outcome, ...why };
  return { outcome, ...why, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
}
