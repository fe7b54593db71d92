import { z } from "zod";
import type { ReceivedMessage, SettlementInput, SluiceClient } from "../lib/client/index.js";
import { acknowledgePrinted } from "./acknowledge-printed.js";
import { Count, type Work, command } from "./command.js";
import { CommandFailed, UsageError } from "./context.js";
import { follow } from "./follow.js";
import { jsonLineOf, jsonOf, lineOf } from "./received.js";
import { writeBody } from "./write-body.js";

const Input = z.object({
  topic: z.string(),
  subscription: z.string(),
  maxMessages: Count.optional(),
  waitSeconds: Count.optional(),
  ackDeadlineSeconds: Count.optional(),
  consumer: z.string().optional(),
  ack: z.boolean().optional(),
  raw: z.boolean().optional(),
  output: z.string().optional(),
  follow: z.boolean().optional(),
});

type ReceiveWork = Work<z.output<typeof Input>>;

export const receive = command({
  usage: "receive <topic> <subscription>",
  summary: "Lease messages of a pull subscription, and acknowledge them with --ack",
  options: [
    ["--max-messages <count>", "1 to 1000; default 10"],
    ["--wait-seconds <seconds>", "0 to 20; default 0, with --follow 20"],
    [
      "--ack-deadline-seconds <seconds>",
      "until messages that are not settled are handed out again; default: the subscription's",
    ],
    ["--consumer <name>", "what `sluice stuck` calls whoever has these messages; default: nothing"],
    ["--ack", "acknowledge each message once it is printed; hand back those that are not"],
    [
      "--follow",
      "go on until Ctrl-C, and acknowledge what is printed; with --json one JSON object on each line",
    ],
    ["--raw", "print only the bytes of one message's body"],
    ["--output <file>", "the same to a file"],
  ],
  input: Input,
  run: async (work) => {
    const { context, input } = work;
    const { topic, subscription, ack, raw, output, follow: follows, ...request } = input;
    checkRaw(work);
    const api = await work.client();
    if (follows) return await follow(api, context, { topic, subscription, ...request }, linePrinter(work));
    const options = isRaw(input) ? { ...request, maxMessages: 1 } : request;
    const messages = await api.receive(topic, subscription, options);
    if (messages.length === 0) context.stderr("no messages\n");
    const print = printer(api, work, messages);
    if (!ack || messages.length === 0) await print(messages);
    else await acknowledge(api, work, messages, print);
  },
});

const isRaw = ({ raw, output }: ReceiveWork["input"]): boolean => raw === true || output !== undefined;

function checkRaw({ input, json }: ReceiveWork): void {
  const { follow: follows, maxMessages = 1, output } = input;
  if (!isRaw(input)) return;
  const name = output === undefined ? "--raw" : "--output";
  if (follows)
    throw new UsageError(`${name} and --follow cannot be combined: nothing would separate the bodies`);
  if (json && output === undefined) throw new UsageError("--raw and --json cannot be combined");
  if (maxMessages !== 1)
    throw new UsageError(`${name} is for one message: nothing would separate several bodies`);
}

type Print = (group: readonly ReceivedMessage[]) => Promise<void>;

/** Prints each message on a line. */
const linePrinter =
  ({ context, json }: ReceiveWork): Print =>
  (group) =>
    context.stdout(group.map((message) => (json ? jsonLineOf(message) : lineOf(message, false))).join(""));

/** Prints group after group. With --json all groups together form one JSON document. */
function printer(
  api: SluiceClient,
  { context, input, json }: ReceiveWork,
  messages: readonly ReceivedMessage[],
): Print {
  const { stdout } = context;
  if (isRaw(input))
    return async ([message]) => {
      if (!message) return;
      await writeBody(api, context, message, input.output);
      if (input.output === undefined) return;
      if (json) await stdout(`{"messages":[${jsonOf(message)}]}\n`);
      else await stdout(`${message.id}${input.ack ? "" : `\treceipt ${message.receipt}`}\n`);
    };
  if (!json) {
    return (group) => stdout(group.map((message) => lineOf(message, !input.ack)).join(""));
  }
  let printed = 0;
  return async (group) => {
    const start = printed === 0 ? '{"messages":[' : ",";
    printed += group.length;
    await stdout(`${start}${group.map(jsonOf).join(",")}${printed === messages.length ? "]}\n" : ""}`);
  };
}

async function acknowledge(
  api: SluiceClient,
  { context, input }: ReceiveWork,
  messages: readonly ReceivedMessage[],
  print: Print,
): Promise<void> {
  let failed = 0;
  const settle = async (
    group: readonly ReceivedMessage[],
    word: (receipt: string) => SettlementInput,
  ): Promise<void> => {
    const words = group.map(({ receipt }) => word(receipt));
    const results = await api.settle(input.topic, input.subscription, words);
    failed += results.filter((one) => "error" in one).length;
  };
  await acknowledgePrinted(messages, {
    print,
    acknowledge: (group) => settle(group, (receipt) => ({ receipt, outcome: "ack" })),
    giveBack: (group) => settle(group, (receipt) => ({ receipt, outcome: "extend", ackDeadlineSeconds: 0 })),
    isPiped: context.isPiped,
    stopped: context.stopped,
  });
  if (failed > 0) throw new CommandFailed(`${failed} of ${messages.length} could not be acknowledged`);
}
