import { z } from "zod";
import type { DeadLetters, RedriveJob, RedriveResult, RedriveSelection } from "../lib/client/index.js";
import { type Work, command } from "./command.js";
import { CommandFailed, UsageError } from "./context.js";
import { jobLine, jobWhenOver, refusalLines } from "./jobs/shown.js";
import { Attribute, jsonBody } from "./publish.js";

export const Rate = z
  .string()
  .regex(/^\d+(\.\d+)?$/, "must be a number, such as 50 or 0.5")
  .transform(Number);

const Input = z.object({
  topic: z.string(),
  subscription: z.string(),
  id: z.array(z.string()),
  all: z.boolean().default(false),
  filter: z.string().optional(),
  rate: Rate.optional(),
  wait: z.boolean().default(false),
  body: z.string().optional(),
  attribute: z.array(Attribute).optional(),
  dryRun: z.boolean().default(false),
});
type Redriving = Work<z.output<typeof Input>>;

export const redrive = command({
  usage: "redrive <topic> <subscription> [id...]",
  summary: "Send dead letters again, to their subscription only",
  options: [
    ["--all", "all of them, as a job"],
    ["--filter <pattern>", "those that match an event pattern, as a job"],
    ["--rate <per-second>", "the most that are sent again in a second"],
    ["--wait", "wait until the job is over, and show how far it has come"],
    ["--body <json>", "with one id: send it with this body"],
    ["--attribute <name=value>", "with one id: send it with these attributes; may be repeated", "many"],
    ["--dry-run", "only tell what would be sent again"],
  ],
  input: Input,
  run: async (work) => {
    const { topic, subscription, id: ids, all, filter, rate, dryRun, body, attribute } = work.input;
    const ways = [ids.length > 0, all, filter !== undefined].filter(Boolean).length;
    if (ways !== 1) throw new UsageError("give the ids of dead letters, or --filter, or --all");
    const mend = {
      ...(body === undefined ? {} : { body: jsonBody(body) }),
      ...(attribute ? { attributes: Object.fromEntries(attribute) } : {}),
    };
    if (Object.keys(mend).length > 0 && (ids.length !== 1 || rate !== undefined))
      throw new UsageError("--body and --attribute mend one dead letter: give its id alone");
    const letters = (await work.client()).deadLetters(topic, subscription);
    const which = {
      ...(ids.length > 0 ? { ids } : {}),
      ...(all ? { all: true as const } : {}),
      ...(filter === undefined ? {} : { filter: jsonBody(filter) }),
    };
    if (dryRun) return await tellDry(work, await letters.redrive({ ...which, dryRun }));
    if (ids.length > 0 && rate === undefined)
      return await tellRedriven(work, await letters.redrive({ ids, ...mend }));
    await startJob(work, letters, { ...which, ...(rate === undefined ? {} : { ratePerSecond: rate }) });
  },
});

const problemLines = (refused: RedriveResult["refused"]): readonly string[] =>
  refused.map(({ id, error }) => `${id}\t${error.code}: ${error.detail}`);

function checkRefused(refused: number): void {
  if (refused > 0) throw new CommandFailed(`${refused} dead letters cannot be sent again`);
}

async function tellRedriven({ result }: Redriving, { moved, refused }: RedriveResult): Promise<void> {
  await result({ moved, refused }, [...problemLines(refused), `${moved} dead letters sent again`].join("\n"));
  checkRefused(refused.length);
}

async function tellDry({ result }: Redriving, dry: RedriveResult): Promise<void> {
  const { moved, refused, sample = [], examined, total, nextCursor } = dry;
  const stopped =
    nextCursor === undefined ? "" : `, of the first ${examined} that were looked at of ${total}`;
  const lines = [
    ...problemLines(refused),
    ...sample.map(({ id, deadLetteredAt }) => `${id}\t${deadLetteredAt}`),
    `${moved} dead letters would be sent again${stopped}`,
  ];
  await result(dry, lines.join("\n"));
  checkRefused(refused.length);
}

async function startJob(work: Redriving, letters: DeadLetters, selection: RedriveSelection): Promise<void> {
  const started = await letters.startRedrive(selection);
  const job = work.input.wait ? await jobWhenOver(work.context, letters, started) : started;
  await work.result({ job }, [...refusalLines(job), jobLine(job)].join("\n"));
  if (work.context.stopped.aborted && job.state === "running")
    throw new CommandFailed(`job ${job.id} goes on: see sluice jobs get, or end it with sluice jobs cancel`);
  checkEnded(job);
}

function checkEnded(job: RedriveJob): void {
  if (job.state === "failed" || job.state === "cancelled")
    throw new CommandFailed(`job ${job.id} is ${job.state}${job.error ? `: ${job.error}` : ""}`);
  if (job.state === "done") checkRefused(job.refused);
}
