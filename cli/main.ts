#!/usr/bin/env node
import { buffer } from "node:stream/consumers";
import { isPipe, outputTo } from "./output.js";
import { run } from "./program.js";

const STOP_MS = 1_000;
const INTERRUPTED = 130;

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stopped.abort();
    // A command that is still running waits for a response that nobody wants any more.
    setTimeout(() => process.exit(INTERRUPTED), STOP_MS).unref();
  });
}

const say = outputTo(process.stderr);

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  directory: process.cwd(),
  stdout: outputTo(process.stdout),
  isPiped: isPipe(process.stdout.fd),
  // If standard error is closed, there is nobody to tell.
  stderr: (words) => void say(words).catch(() => undefined),
  stdin: async () => (process.stdin.isTTY ? undefined : await buffer(process.stdin)),
  stopped: stopped.signal,
});
