#!/usr/bin/env node
import { text } from "node:stream/consumers";
import { run } from "./program.js";

const STOP_MS = 1_000;
const INTERRUPTED = 130;

const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stopped.abort();
    // What does not end by itself is waiting for an answer that nobody wants any more.
    setTimeout(() => process.exit(INTERRUPTED), STOP_MS).unref();
  });
}

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  directory: process.cwd(),
  stdout: (words) => process.stdout.write(words),
  stderr: (words) => process.stderr.write(words),
  stdin: async () => (process.stdin.isTTY ? undefined : await text(process.stdin)),
  stopped: stopped.signal,
});
