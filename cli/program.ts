import { Command, CommanderError, Option } from "commander";
import { SluiceProblem, SluiceUnreachable } from "../lib/client/index.js";
import type { MakeCommand } from "./command.js";
import { type Context, CommandFailed, UsageError } from "./context.js";
import { dev } from "./dev/dev.js";
import { publish } from "./publish.js";
import { receive } from "./receive.js";
import { seek } from "./seek.js";
import { createSubscription } from "./subscriptions/create.js";
import { deleteSubscription } from "./subscriptions/delete.js";
import { getSubscription } from "./subscriptions/get.js";
import { listSubscriptions } from "./subscriptions/list.js";
import { createTopic } from "./topics/create.js";
import { deleteTopic } from "./topics/delete.js";
import { getTopic } from "./topics/get.js";
import { listTopics } from "./topics/list.js";

const GROUPS: readonly (readonly [name: string, summary: string, commands: readonly MakeCommand[]])[] = [
  ["topics", "Named logs of messages", [listTopics, getTopic, createTopic, deleteTopic]],
  [
    "subscriptions",
    "Named readers of a topic, each with its own progress",
    [listSubscriptions, getSubscription, createSubscription, deleteSubscription],
  ],
];

export type ExitCode = 0 | 1 | 2;

/** Runs one command line: 0 done, 1 failed, 2 wrong usage. */
export async function run(args: readonly string[], context: Context): Promise<ExitCode> {
  try {
    await programFor(context).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has said what is wrong already, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    context.stderr(`sluice: ${sentence(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function programFor(context: Context): Command {
  const program = new Command("sluice")
    .description("A serverless message queue for your own AWS account")
    .addOption(new Option("--json", "print results as JSON"))
    .addOption(new Option("--api-url <url>", "the API (or SLUICE_API_URL, or that of .sluice/local.json)"))
    .addOption(new Option("--auth <how>", "default: iam, but none for http:").choices(["iam", "none"]))
    .addOption(new Option("--region <region>", "of the API, where its URL does not say"));
  for (const [name, summary, commands] of GROUPS) {
    const group = program.command(name).summary(summary).description(summary);
    for (const make of commands) group.addCommand(make(context));
  }
  for (const make of [publish, receive, seek, dev]) program.addCommand(make(context));
  return settled(program, context);
}

/** The same manners for every command: no exit of its own, its words to the context. */
function settled(command: Command, context: Context): Command {
  command
    .exitOverride()
    .configureOutput({ writeOut: context.stdout, writeErr: context.stderr })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(sluice --help shows what there is)");
  for (const child of command.commands) settled(child, context);
  return command;
}

/** Our own errors are sentences; of others it is said what they are. */
function sentence(error: unknown): string {
  const isOurs = [SluiceProblem, SluiceUnreachable, UsageError, CommandFailed].some(
    (kind) => error instanceof kind,
  );
  return isOurs ? (error as Error).message : String(error);
}
