import { Command, Option } from "commander";
import { z } from "zod";
import type { SluiceClient } from "../lib/client/index.js";
import { PLAIN_WORDS } from "../lib/http/plain-words.js";
import { type ConnectOptions, connect } from "./connect.js";
import { type Context, UsageError } from "./context.js";

/** What a command runs with: its checked input, and where its results go. */
export interface Work<I> {
  readonly input: I;
  readonly context: Context;
  readonly client: () => Promise<SluiceClient>;
  /** Whether to print results as JSON. */
  readonly json: boolean;
  /** Prints one result as JSON or as text; an empty text prints nothing. */
  readonly result: (value: unknown, text: string) => Promise<void>;
}

export interface CommandSpec<S extends z.ZodObject> {
  /** Name and arguments: `get <topic>`. */
  readonly usage: string;
  readonly summary: string;
  /** `[flags, description, collects?]`, the first two as commander takes them. */
  readonly options?: readonly (readonly [flags: string, description: string, collects?: "many"])[];
  /** Checks arguments and options; the API checks ranges. */
  readonly input: S;
  readonly run: (work: Work<z.output<S>>) => Promise<void>;
}

/** Builds the command for a context; each run builds its own program. */
export type MakeCommand = (context: Context) => Command;

const GLOBAL_OPTIONS = z.object({
  json: z.boolean().optional(),
  apiUrl: z.string().optional(),
  auth: z.enum(["iam", "none"]).optional(),
  region: z.string().optional(),
});

/** A whole number on the command line. */
export const Count = z
  .string()
  .regex(/^\d{1,15}$/, "must be a whole number")
  .transform(Number);

export function command<S extends z.ZodObject>(spec: CommandSpec<S>): MakeCommand {
  return (context) => {
    const [name = "", ...args] = spec.usage.split(" ");
    const made = new Command(name).summary(spec.summary).description(spec.summary);
    for (const argument of args) made.argument(argument);
    for (const [flags, description, collects] of spec.options ?? []) {
      const option = new Option(flags, description);
      if (collects) option.argParser(added);
      made.addOption(option);
    }
    made.action(async () => {
      const globals = GLOBAL_OPTIONS.parse(made.optsWithGlobals());
      const named = made.registeredArguments.map((argument, index): [string, unknown] => [
        argument.name(),
        made.processedArgs[index],
      ]);
      const input = checkInput(spec.input, { ...made.opts(), ...Object.fromEntries(named) });
      const json = globals.json ?? false;
      const client = () => connect(context, connectOptions(globals));
      const result = async (value: unknown, text: string): Promise<void> => {
        if (json) await context.stdout(`${JSON.stringify(value)}\n`);
        else if (text !== "") await context.stdout(`${text}\n`);
      };
      await spec.run({ input, context, client, json, result });
    });
    return made;
  };
}

/** Collects an option that may be repeated. */
const added = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

const connectOptions = ({ apiUrl, auth, region }: z.output<typeof GLOBAL_OPTIONS>): ConnectOptions => ({
  apiUrl,
  auth,
  region,
});

function checkInput<S extends z.ZodObject>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given, PLAIN_WORDS);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")} ${message}`);
  throw new UsageError(problems.join("; "));
}
