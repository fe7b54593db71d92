// Loads a function's module, then answers the invocations that arrive on standard input, one a line, on a descriptor
// of its own: standard output is the function's.
import { existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const answers = Number(process.argv[2]);
const { _HANDLER: setting, LAMBDA_TASK_ROOT: root } = process.env;
const reply = (kind, json) => writeFileSync(answers, `${kind} ${json}\n`);

class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = `Runtime.${name}`;
  }
}

/** An error as Lambda reports it; anything can be thrown. */
function shown(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split("\n") ?? [] };
}

function fail(error, kind = "error") {
  const json = JSON.stringify(shown(error));
  console.error(`${new Date().toISOString()}\t${current ?? "undefined"}\tERROR\tInvoke Error \t${json}`);
  reply(kind, json);
}

/** The setting is `folder/module.export`. */
async function load() {
  const name = basename(setting);
  const dot = name.indexOf(".");
  const base = join(root, setting.slice(0, setting.length - name.length + dot));
  const file = [".js", ".mjs", ".cjs"].map((extension) => base + extension).find(existsSync);
  if (!file) throw new RuntimeError("ImportModuleError", `Error: Cannot find module '${name.slice(0, dot)}'`);
  const module = await import(pathToFileURL(file).href);
  const exported = name.slice(dot + 1);
  const handler = module[exported] ?? module.default?.[exported];
  if (typeof handler === "function") return handler;
  throw new RuntimeError("HandlerNotFound", `${setting} is undefined or not exported`);
}

function contextOf({ "invoke-id": awsRequestId, "invoked-function-arn": invokedFunctionArn, deadlineMs }) {
  return {
    awsRequestId,
    invokedFunctionArn,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadlineMs - Date.now())),
  };
}

let current;

async function invoke(handler, line) {
  const invocation = JSON.parse(line);
  current = invocation["invoke-id"];
  process.env._X_AMZN_TRACE_ID = invocation["trace-id"];
  try {
    const result = await handler(JSON.parse(invocation.payload || "{}"), contextOf(invocation));
    reply("result", JSON.stringify(result) ?? "null");
  } catch (error) {
    fail(error);
  }
  current = undefined;
}

process.on("uncaughtException", (error, origin) => {
  const isRejection = origin === "unhandledRejection";
  fail(isRejection ? new RuntimeError("UnhandledPromiseRejection", String(error)) : error, "ended");
  process.exit(isRejection ? 128 : 129);
});

try {
  const handler = await load();
  reply("ready", "null");
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => void invoke(handler, line));
  // The server is gone, however it went.
  lines.on("close", () => process.exit());
} catch (error) {
  fail(error);
}
