import { Command, CommanderError, Option, type OutputConfiguration } from "commander";
import { SluiceProblem, SluiceUnreachable, SluiceUsageError } from "../lib/client/index.js";
import type { MakeCommand } from "./command.js";
import { type Context, CommandFailed, UsageError } from "./context.js";
import { body } from "./body.js";
import { cancel } from "./cancel.js";
import { deleteDeadLetter } from "./dead-letters/delete.js";
import { deadLetterHistory } from "./dead-letters/history.js";
import { getDeadLetter } from "./dead-letters/get.js";
import { listDeadLetters } from "./dead-letters/list.js";
import { purgeDeadLetters } from "./dead-letters/purge.js";
import { dev } from "./dev/dev.js";
import { doctor } from "./doctor.js";
import { erase } from "./erase.js";
import { get } from "./get.js";
import { cancelJob } from "./jobs/cancel.js";
import { getJob } from "./jobs/get.js";
import { listJobs } from "./jobs/list.js";
import { OutputClosed } from "./output.js";
import { testFilter } from "./filter/test.js";
import { outbox } from "./outbox.js";
import { publish } from "./publish.js";
import { publishLines } from "./publish-lines.js";
import { receive } from "./receive.js";
import { redrive } from "./redrive.js";
import { replay } from "./replay.js";
import { scheduled } from "./scheduled.js";
import { ack, extend, reject, retry } from "./settle.js";
import { seek } from "./seek.js";
import { settleMessages } from "./settle-message.js";
import { stuck } from "./stuck.js";
import { tail } from "./tail.js";
import { trace } from "./trace.js";
import { deleteSchedule } from "./schedules/delete.js";
import { getSchedule } from "./schedules/get.js";
import { listSchedules } from "./schedules/list.js";
import { pauseSchedule, resumeSchedule } from "./schedules/pause.js";
import { runSchedule } from "./schedules/run.js";
import { setSchedule } from "./schedules/set.js";
import { createSubscription } from "./subscriptions/create.js";
import { deleteSubscription } from "./subscriptions/delete.js";
import { getSubscription } from "./subscriptions/get.js";
import { listSubscriptions } from "./subscriptions/list.js";
import { pauseSubscription, resumeSubscription } from "./subscriptions/pause.js";
import { updateSubscription } from "./subscriptions/update.js";
import { listSetAside } from "./subscriptions/set-aside.js";
import { wakeSubscription } from "./subscriptions/wake.js";
import { createTopic } from "./topics/create.js";
import { deleteTopic } from "./topics/delete.js";
import { getTopic } from "./topics/get.js";
import { listTopics } from "./topics/list.js";
import { pauseTopic, resumeTopic } from "./topics/pause.js";
import { updateTopic } from "./topics/update.js";
import { rotateSecret } from "./webhooks/rotate-secret.js";
import { testWebhook } from "./webhooks/test.js";

const GROUPS: readonly (readonly [name: string, summary: string, commands: readonly MakeCommand[]])[] = [
  [
    "topics",
    "Named logs of messages",
    [listTopics, getTopic, createTopic, updateTopic, pauseTopic, resumeTopic, deleteTopic],
  ],
  [
    "subscriptions",
    "Named readers of a topic, each with its own progress",
    [
      listSubscriptions,
      getSubscription,
      createSubscription,
      updateSubscription,
      pauseSubscription,
      resumeSubscription,
      wakeSubscription,
      listSetAside,
      deleteSubscription,
    ],
  ],
  [
    "schedules",
    "Messages of a topic that are published again and again",
    [listSchedules, getSchedule, setSchedule, pauseSchedule, resumeSchedule, runSchedule, deleteSchedule],
  ],
  ["webhooks", "Subscriptions that post to an HTTPS endpoint", [testWebhook, rotateSecret]],
  ["filter", "Patterns that select messages", [testFilter]],
  [
    "dead-letters",
    "Messages of a subscription that have no attempt left",
    [listDeadLetters, getDeadLetter, deadLetterHistory, deleteDeadLetter, purgeDeadLetters],
  ],
  ["jobs", "Redrives and replays, which go on by themselves", [listJobs, getJob, cancelJob]],
];

export type ExitCode = 0 | 1 | 2;

/** Runs one command line. Exit codes: 0 done, 1 failed, 2 wrong usage. */
export async function run(args: readonly string[], context: Context): Promise<ExitCode> {
  try {
    await parsed(args, context);
    return 0;
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    // Commander has already printed what is wrong.
    if (error instanceof CommanderError) return 2;
    context.stderr(`sluice: ${sentence(error)}\n`);
    return error instanceof UsageError || error instanceof SluiceUsageError ? 2 : 1;
  }
}

async function parsed(args: readonly string[], context: Context): Promise<void> {
  const help: string[] = [];
  const program = programFor(context);
  withManners(program, { writeOut: (text) => help.push(text), writeErr: context.stderr });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode !== 0) throw error;
    await context.stdout(help.join(""));
  }
}

function programFor(context: Context): Command {
  const program = new Command("sluice")
    .description("A serverless message queue for your own AWS account")
    .addOption(new Option("--json", "print results as JSON"))
    .addOption(new Option("--api-url <url>", "the API; default: SLUICE_API_URL, then .sluice/local.json"))
    .addOption(new Option("--auth <how>", "default: iam, or none for an http URL").choices(["iam", "none"]))
    .addOption(new Option("--region <region>", "the API's region, if its URL does not contain it"))
    .addHelpText("after", "\nAn API that counts its callers by keys: set SLUICE_API_KEY.");
  for (const [name, summary, commands] of GROUPS) {
    const group = program.command(name).summary(summary).description(summary);
    for (const make of commands) group.addCommand(make(context));
  }
  for (const make of [
    publish,
    publishLines,
    receive,
    tail,
    ack,
    retry,
    reject,
    extend,
    seek,
    get,
    body,
    trace,
    scheduled,
    cancel,
    erase,
    stuck,
    outbox,
    settleMessages,
    redrive,
    replay,
    doctor,
    dev,
  ])
    program.addCommand(make(context));
  return program;
}

/** Sets up every command alike: it never exits the process itself, and prints only through `output`. */
function withManners(command: Command, output: OutputConfiguration): void {
  command
    .exitOverride()
    .configureOutput(output)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(sluice --help lists all commands)");
  for (const child of command.commands) withManners(child, output);
}

const SENTENCES = [SluiceProblem, SluiceUnreachable, SluiceUsageError, UsageError, CommandFailed];

/** Our own errors are whole sentences; any other error is shown with its name. */
const sentence = (error: unknown): string =>
  SENTENCES.some((kind) => error instanceof kind) ? (error as Error).message : String(error);
