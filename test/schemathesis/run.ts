import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listen } from "../../cli/dev/listen.js";
import { createApp } from "../../lib/http/app.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../lib/operations/manage/topics.js";
import { bareEnv } from "../../local/emulator.js";
import { WORK } from "../../local/paths.js";
import { runShown } from "../../local/process.js";
import { isPython, virtualEnv } from "../../local/python.js";
import { anEngine } from "../lambdas/an-engine.js";

const REQUIREMENTS = ["schemathesis==4.32.5"];
/** Bounds what fuzzing takes; the phases before it are bounded by the document. */
const SECONDS = 40;
/** The same requests each time, so that a run fails because of a change; `--seed` makes others. */
const SEED = "4711";
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "unsupported_method",
  "allow_header_conformance",
];

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Serves the API as `sluice dev` does, over memory and a clock that no long poll waits for, and has Schemathesis hold
 * it to its own OpenAPI document: no 5xx, no status, content type or shape that the document does not name.
 */
async function run(seed: string): Promise<Outcome> {
  if (!(await isPython("python3", 3, 10))) {
    console.log("SKIPPED: Schemathesis needs python3 3.10 or newer with its venv module");
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const bin = await virtualEnv(join(WORK, "schemathesis"), "python3", REQUIREMENTS);
  const { engine, telemetry } = anEngine();
  // The names that the document gives as examples.
  await putTopic(engine, "orders", {});
  await putSubscription(engine, "orders", "audit", {});
  const server = await listen(createApp(engine), 0);
  // It keeps what it found in the folder that it runs in.
  const folder = await mkdtemp(join(tmpdir(), "sluice-schemathesis-"));
  const args = [
    ...["run", `${server.url}/v1/openapi.json`, "--checks", CHECKS.join(",")],
    ...["--max-time", String(SECONDS), "--seed", seed, "--generation-database", "none", "--no-color"],
    ...["--continue-on-failure", "--warnings", "off"],
  ];
  const code = await runShown(join(bin, "st"), args, bareEnv(), folder);
  await rm(folder, { recursive: true, force: true });
  await server.close();
  // What is told of as it should be, such as a repeat that was not stored again, is no fault.
  const faults = telemetry.events.filter(({ level }) => level !== "info");
  for (const fault of faults) console.log(JSON.stringify(fault));
  const isFine = code === 0 && faults.length === 0;
  return { passed: isFine ? 1 : 0, failed: isFine ? 0 : 1, skipped: 0 };
}

const { values } = parseArgs({ options: { report: { type: "string" }, seed: { type: "string" } } });
const outcome = await run(values.seed ?? SEED);
if (values.report) await writeFile(values.report, JSON.stringify(outcome));
process.exit(outcome.failed === 0 ? 0 : 1);
