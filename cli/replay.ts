import { z } from "zod";
import type { ReplayInput, ReplayJob, Replays, WouldReplay } from "../lib/client/index.js";
import { type Work, command } from "./command.js";
import { CommandFailed, UsageError } from "./context.js";
import { replayLine, whenOver } from "./jobs/shown.js";
import { placeOf } from "./place.js";
import { jsonBody } from "./publish.js";
import { Rate } from "./redrive.js";

const Input = z.object({
  topic: z.string(),
  subscription: z.string(),
  from: z.string(),
  to: z.string().optional(),
  key: z.string().optional(),
  businessKey: z.string().optional(),
  filter: z.string().optional(),
  rate: Rate.optional(),
  wait: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});
type Replaying = Work<z.output<typeof Input>>;

export const replay = command({
  usage: "replay <topic> <subscription>",
  summary: "Deliver messages of the log again, to one subscription only",
  options: [
    ["--from <place>", "where to begin: earliest, a time (RFC 3339) or a message id; required"],
    ["--to <place>", "where to end, with what was published then: a time or a message id; default: now"],
    ["--key <key>", "messages of this ordering key"],
    ["--business-key <key>", "messages of this business key"],
    ["--filter <pattern>", "messages that match an event pattern"],
    ["--rate <per-second>", "the most that are delivered again in a second"],
    ["--wait", "wait until it is over, and show how far it has come"],
    ["--dry-run", "only tell what would be delivered again"],
  ],
  input: Input,
  run: async (work) => {
    const { topic, subscription, dryRun } = work.input;
    const input = inputOf(work.input);
    const replays = (await work.client()).replays(topic, subscription);
    if (dryRun) return await tellDry(work, await replays.dryRun(input));
    await start(work, replays, input);
  },
});

function inputOf({ from, to, key, businessKey, filter, rate }: z.output<typeof Input>): ReplayInput {
  const begin = placeOf(from);
  const end = to === undefined ? undefined : placeOf(to);
  if (begin === "latest") throw new UsageError("--from is earliest, a time or a message id");
  if (typeof end === "string") throw new UsageError("--to is a time or a message id");
  return {
    from: begin,
    ...(end === undefined ? {} : { to: end }),
    ...(key === undefined ? {} : { key }),
    ...(businessKey === undefined ? {} : { businessKey }),
    ...(filter === undefined ? {} : { filter: jsonBody(filter) }),
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
  };
}

async function tellDry({ result }: Replaying, dry: WouldReplay): Promise<void> {
  const { read, moved, isAll, reached = "the beginning", partitionsLeft } = dry;
  const end = isAll ? "" : `: its time was over at ${reached}, with ${partitionsLeft} partitions left`;
  await result(dry, `${moved} messages would be delivered again, of ${read} read${end}`);
}

async function start(work: Replaying, replays: Replays, input: ReplayInput): Promise<void> {
  const { context, input: options, result } = work;
  const started = await replays.start(input);
  const look = { line: replayLine, again: (id: string) => replays.job(id) };
  const job: ReplayJob = options.wait ? await whenOver(context, started, look) : started;
  await result({ job }, replayLine(job));
  if (context.stopped.aborted && job.state === "running")
    throw new CommandFailed(`job ${job.id} goes on: end it with sluice jobs cancel --replay`);
  if (job.state === "failed" || job.state === "cancelled")
    throw new CommandFailed(`job ${job.id} is ${job.state}${job.error ? `: ${job.error}` : ""}`);
}
