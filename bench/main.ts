import { parseArgs } from "node:util";
import { runAppend } from "./append.js";
import { runBacklog } from "./backlog.js";
import { runCold } from "./cold.js";
import { runConsumers } from "./consumers.js";
import { runEndToEnd } from "./end-to-end.js";
import { runFilters } from "./filters.js";
import { runIdle } from "./idle.js";
import { runIsolation } from "./isolation.js";
import { runKeys } from "./keys.js";
import type { BenchOptions } from "./options.js";
import { runOutbox } from "./outbox.js";
import { runPolls } from "./polls.js";
import { runTimers } from "./timers.js";
import { runDeployedTimers } from "./timers-deployed.js";
import { runThroughput } from "./throughput.js";
import { runWide } from "./wide.js";
import { runWake } from "./wake.js";
import { runWriteUnits } from "./write-units.js";

interface Benchmark {
  readonly name: string;
  readonly what: string;
  /** Resolves to `false` if a goal was missed. */
  readonly run: (options: BenchOptions) => Promise<boolean | void>;
}

const BENCHMARKS: readonly Benchmark[] = [
  { name: "append", what: "16 writers at once, beside conflict-free puts of the same bytes", run: runAppend },
  { name: "throughput", what: "publish, and receive and acknowledge, in batches of 250", run: runThroughput },
  {
    name: "write-units",
    what: "what a message costs, pushed and pulled, alone and in batches",
    run: runWriteUnits,
  },
  {
    name: "idle",
    what: "what idle topics, polls and a single message cost, beside their goals",
    run: runIdle,
  },
  {
    name: "cold",
    what: "size of the functions' bundles, and how long a process takes to load each",
    run: runCold,
  },
  {
    name: "filters",
    what: "messages a second that a filter looks at, by their header and by their body",
    run: runFilters,
  },
  { name: "polls", what: "from a publish to the answer of a long poll, 50 a second", run: runPolls },
  { name: "keys", what: "consumers of one ordered partition: how many are at work at once", run: runKeys },
  {
    name: "wide",
    what: "deliveries a second by maxConcurrency, and one message to a wide pump",
    run: runWide,
  },
  {
    name: "wake",
    what: "calls and units of waking pumps: one message, a thousand subscriptions, a trickle",
    run: runWake,
  },
  {
    name: "isolation",
    what: "a good subscription beside five bad ones, and keys beside failing ones",
    run: runIsolation,
  },
  {
    name: "backlog",
    what: "receives from a backlog of a million, beside one of a thousand",
    run: runBacklog,
  },
  { name: "consumers", what: "32 pull consumers on one partition's backlog, beside one", run: runConsumers },
  { name: "timers", what: "how late delayed messages are delivered", run: runTimers },
  {
    name: "timers-deployed",
    what: "the same, of the deployed stack on an AWS emulator",
    run: runDeployedTimers,
  },
  {
    name: "outbox",
    what: "from a transaction to the log and to the handler, on an AWS emulator",
    run: runOutbox,
  },
  {
    name: "end-to-end",
    what: "the API, the pump and three Lambda subscribers on an AWS emulator",
    run: runEndToEnd,
  },
];

const NAME_WIDTH = 16;
const USAGE = `npm run bench -- NAME ... [options]

${BENCHMARKS.map(({ name, what }) => `  ${name.padEnd(NAME_WIDTH)} ${what}`).join("\n")}

  --endpoint URL   an AWS emulator that is running, for those that deploy (default: each starts one)
  --delay SECONDS  of timers-deployed, instead of 1 and 90; may be given more than once
  --help           this text

Each starts what it needs on a free port, takes one to four minutes, and compares within one run: absolute figures
are this machine's, at this moment. bench/README.md says how each is measured, and what was last seen.`;

interface Asked extends BenchOptions {
  readonly names: readonly string[];
  readonly help: boolean;
}

/** @throws {TypeError} for an option that there is not */
function asked(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      endpoint: { type: "string" },
      delay: { type: "string", multiple: true, default: [] },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const wrong = positionals.filter((name) => !BENCHMARKS.some((one) => one.name === name));
  if (wrong.length > 0) throw new TypeError(`no such benchmark: ${wrong.join(", ")}`);
  const delaysSeconds = values.delay.map(Number);
  if (!delaysSeconds.every((seconds) => Number.isInteger(seconds) && seconds >= 1))
    throw new TypeError("--delay takes whole seconds, 1 or more");
  return { names: positionals, help: values.help, endpointUrl: values.endpoint, delaysSeconds };
}

async function main(args: readonly string[]): Promise<number> {
  let options: Asked;
  try {
    options = asked(args);
  } catch (error) {
    console.error((error as Error).message);
    console.log(USAGE);
    return 2;
  }
  const { names, help } = options;
  if (help || names.length === 0) {
    console.log(USAGE);
    return help ? 0 : 2;
  }
  // Which Node the SDK will want next year is nothing that a reader of our output can act on.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
  let missed = 0;
  for (const { name, what, run } of BENCHMARKS.filter((one) => names.includes(one.name))) {
    const startedMs = Date.now();
    console.log(`\n== ${name}: ${what}`);
    if ((await run(options)) === false) missed++;
    console.log(`== ${name} took ${((Date.now() - startedMs) / 1_000).toFixed(0)} s`);
  }
  return missed === 0 ? 0 : 1;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

process.exit(await main(process.argv.slice(2)));
