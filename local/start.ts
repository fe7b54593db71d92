import { parseArgs } from "node:util";
import { bundleFunctions } from "../scripts/bundle-functions.js";
import { CONFIG } from "./config.js";
import { deploy } from "./deploy.js";
import { ECOMMERCE } from "./ecommerce.js";
import { type Emulator, emulatorEnv } from "./emulator.js";
import type { Example } from "./example.js";
import { FLASH_SALE } from "./flash-sale.js";
import { type LocalDeployment, localDeployment, removeLocalFile, writeLocalFile } from "./local-file.js";
import { startMiniStack } from "./ministack.js";
import { ORDERS } from "./orders.js";
import { TASKS } from "./tasks.js";
import { TRANSFER } from "./transfer.js";
import { UserError } from "./user-error.js";

const USAGE = `npm start -- [options]

Deploys the queue and an example to an AWS emulator on this machine (or to the endpoint in AWS_ENDPOINT_URL), runs the
example's scenario, and stays up until Ctrl-C.

  --example NAME   "ecommerce" (default): an order is heard of by three consumers, one of them broken;
                   "flash-sale": a rush of orders, and a back end that bears 50 a second (two minutes);
                   "config": twenty servers that fetch what is new, and keep their own places;
                   "tasks": tasks for workers that come, leave and are killed;
                   "transfer": funds between accounts, while publisher and receiver fail in every way;
                   "orders": orders and their messages in one transaction, while the service is killed
  --once           end after the scenario: exit 0 if all results are consistent, 1 otherwise
  --orders N       how many orders to place, settings to change, tasks to do, or transfers to make
                   (default 200; flash-sale: 5000; transfer: 1000; orders: 600)
  --port N         the emulator's port (default: a free one)
  --endpoint KIND  "http", or "rest" for endpoints without HTTP APIs (default http)
  --no-private-targets
                   refuse webhooks to this machine and its network, as a deployment does
  --help           this text`;

const EXAMPLES: ReadonlyMap<string, Example> = new Map([
  ["ecommerce", ECOMMERCE],
  ["flash-sale", FLASH_SALE],
  ["config", CONFIG],
  ["tasks", TASKS],
  ["transfer", TRANSFER],
  ["orders", ORDERS],
]);
const ORDERS_AT_MOST = 9_999;
const PORTS = 65_535;
/** A shell's exit code for an interrupted program. */
const INTERRUPTED = 130;

interface Options {
  readonly example: Example;
  readonly once: boolean;
  readonly orders: number;
  readonly port: number | undefined;
  readonly endpoint: "http" | "rest";
  /** Whether webhooks may lead to this machine and its network. */
  readonly privateTargets: boolean;
}

const startedMs = Date.now();
const say = (text: string): void =>
  console.log(`[${((Date.now() - startedMs) / 1_000).toFixed(1).padStart(6)} s] ${text}`);

function wholeNumber(name: string, text: string, atMost: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > atMost)
    throw new UserError(`--${name} takes a whole number from 1 to ${atMost}, not "${text}"`);
  return value;
}

function optionsOf(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      example: { type: "string", default: "ecommerce" },
      once: { type: "boolean", default: false },
      orders: { type: "string" },
      port: { type: "string" },
      endpoint: { type: "string", default: "http" },
      "no-private-targets": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  if (values.endpoint !== "http" && values.endpoint !== "rest") {
    throw new UserError(`--endpoint must be "http" or "rest", not "${values.endpoint}"`);
  }
  const example = EXAMPLES.get(values.example);
  if (!example) {
    const names = [...EXAMPLES.keys()].map((name) => `"${name}"`);
    throw new UserError(`--example must be one of ${names.join(", ")}, not "${values.example}"`);
  }
  return {
    example,
    once: values.once,
    orders:
      values.orders === undefined ? example.orders : wholeNumber("orders", values.orders, ORDERS_AT_MOST),
    port: values.port === undefined ? undefined : wholeNumber("port", values.port, PORTS),
    endpoint: values.endpoint,
    privateTargets: !values["no-private-targets"],
  };
}

/** An emulator that was already running keeps running when we end, with what is deployed to it. */
async function startEmulator(port: number | undefined): Promise<Emulator & { readonly isOurs: boolean }> {
  const given = process.env.AWS_ENDPOINT_URL;
  if (given !== undefined && given !== "") {
    say(`using the endpoint in AWS_ENDPOINT_URL: ${given}`);
    return { endpointUrl: given.replace(/\/+$/, ""), isOurs: false, stop: () => Promise.resolve() };
  }
  say("setting up and starting an AWS emulator (the first time takes half a minute) ...");
  const emulator = await startMiniStack(port === undefined ? {} : { port });
  say(`emulator at ${emulator.endpointUrl}`);
  return { ...emulator, isOurs: true };
}

async function main(
  options: Options,
  endpointUrl: string,
  onDeployed: (deployment: LocalDeployment) => void,
): Promise<boolean> {
  Object.assign(process.env, emulatorEnv(endpointUrl));
  say("bundling the functions ...");
  await bundleFunctions();
  say("deploying the queue and the example with CDK (about 25 s) ...");
  const outputs = await deploy({
    app: options.example.app,
    stack: options.example.stack,
    endpointUrl,
    context: {
      auth: "none",
      endpoint: options.endpoint,
      ...(options.privateTargets ? { privateTargets: "allow" } : {}),
    },
  });
  const stage = options.endpoint === "rest" ? "prod" : "$default";
  const deployment = localDeployment(endpointUrl, outputs, stage);
  say(`deployed: ${deployment.apiUrl} (no authentication: this is a local deployment)`);
  say(
    options.privateTargets
      ? "webhooks may lead to this machine and its network; a deployment refuses that (--no-private-targets)"
      : "webhooks may lead to the public internet only, as in a deployment",
  );
  onDeployed(deployment);
  await writeLocalFile(deployment);
  return await options.example.run({ deployment, outputs, stage, orders: options.orders, say });
}

/** The first Ctrl-C stops the run in order; the second one ends the process at once. */
const untilInterrupted = (): Promise<undefined> =>
  new Promise((resolve) => {
    const keepAlive = setInterval(() => undefined, 60_000);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        clearInterval(keepAlive);
        process.once(signal, () => process.exit(INTERRUPTED));
        resolve(undefined);
      });
    }
  });

async function run(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const interrupted = untilInterrupted();
  let emulator: Awaited<ReturnType<typeof startEmulator>> | undefined;
  let deployment: LocalDeployment | undefined;
  const work = async (): Promise<boolean> => {
    emulator = await startEmulator(options.port);
    return await main(options, emulator.endpointUrl, (deployed) => {
      deployment = deployed;
    });
  };
  try {
    const consistent = await Promise.race([work(), interrupted]);
    if (consistent === undefined) return INTERRUPTED;
    const verdict = consistent ? "all consistent" : "NOT consistent";
    say(options.once ? verdict : `${verdict}; staying up until Ctrl-C`);
    if (!options.once) await interrupted;
    return consistent ? 0 : 1;
  } finally {
    say("stopping ...");
    if (emulator?.isOurs && deployment) await removeLocalFile(deployment);
    await emulator?.stop();
  }
}

try {
  process.exit(await run());
} catch (error) {
  const isOurs =
    error instanceof UserError || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS");
  console.error(isOurs ? (error as Error).message : error);
  process.exit(isOurs && !(error instanceof UserError) ? 2 : 1);
}
