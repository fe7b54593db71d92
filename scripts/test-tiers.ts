import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasJava, startDynamoDbLocal } from "../local/dynamodb-local.js";
import type { Emulator } from "../local/emulator.js";
import { startLocalStack } from "../local/localstack.js";
import { startMiniStack } from "../local/ministack.js";
import { ROOT, WORK } from "../local/paths.js";
import { runShown } from "../local/process.js";

/** How many checks of a tier passed, failed and were skipped. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const plus = (one: Outcome, other: Outcome): Outcome => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});

/** One kind of check. */
export interface Tier {
  readonly name: string;
  readonly what: string;
  /** May run at the same time as its neighbours that allow it too: alone they do not keep two processors busy. */
  readonly isBeside?: boolean;
  readonly run: () => Promise<Outcome>;
}

/**
 * Leaves out AWS and Sluice settings of the developer's shell, so that they do not affect tests, and turns off the
 * SDK's warning about future Node versions.
 */
function testEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS_|SLUICE_)/.test(name));
  return {
    ...Object.fromEntries(own),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    ...more,
  };
}

const bin = (path: string): string => join(ROOT, "node_modules", path);
const TSC = bin("typescript/bin/tsc");
const ESLINT = bin("eslint/bin/eslint.js");
const PRETTIER = bin("prettier/bin/prettier.cjs");
const JEST = bin("jest/bin/jest.js");
const TSX = bin("tsx/dist/cli.mjs");

/** A tool's cache, kept for its next run. */
const kept = (name: string): string => join(WORK, `${name}-cache`);
const keptIn = (name: string): readonly string[] => [
  "--cache",
  "--cache-strategy",
  "content",
  "--cache-location",
  kept(name),
];

const node = (script: string, args: readonly string[], env = testEnv()): Promise<number> =>
  runShown(process.execPath, [script, ...args], env);

/** Runs commands at the same time; each passes or fails as a whole. */
async function checks(...commands: readonly (readonly [string, ...string[]])[]): Promise<Outcome> {
  const codes = await Promise.all(commands.map(([script, ...args]) => node(script, args)));
  const failed = codes.filter((code) => code !== 0).length;
  return { passed: codes.length - failed, failed, skipped: 0 };
}

interface JestSummary {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** Runs Jest and counts by its report; a missing report is a failure. */
async function jest(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  await mkdir(WORK, { recursive: true });
  const report = join(WORK, `jest-${randomUUID()}.json`);
  const code = await node(JEST, [...args, "--json", `--outputFile=${report}`], testEnv(env));
  try {
    const summary = JSON.parse(await readFile(report, "utf8")) as JestSummary;
    const failed = summary.numFailedTests + summary.numRuntimeErrorTestSuites;
    return {
      passed: summary.numPassedTests,
      failed: failed === 0 && code !== 0 ? 1 : failed,
      skipped: summary.numPendingTests + summary.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    await rm(report, { force: true });
  }
}

async function withEmulators(
  starts: readonly (() => Promise<Emulator>)[],
  use: (...endpoints: readonly string[]) => Promise<Outcome>,
): Promise<Outcome> {
  const started = await Promise.allSettled(starts.map((start) => start()));
  try {
    const emulators = started.map((one) => {
      if (one.status === "rejected") throw one.reason;
      return one.value;
    });
    return await use(...emulators.map(({ endpointUrl }) => endpointUrl));
  } finally {
    await Promise.all(started.flatMap((one) => (one.status === "fulfilled" ? [one.value.stop()] : [])));
  }
}

/** The simulation reports its own counts: seeds, crash points, planted bugs. */
const simulation = (...args: readonly string[]): Promise<Outcome> =>
  reported("test/simulation/run.ts", ...args);

/** Runs a script that reports its own counts; a missing report fails the tier. */
async function reported(script: string, ...args: readonly string[]): Promise<Outcome> {
  await mkdir(WORK, { recursive: true });
  const report = join(WORK, `report-${randomUUID()}.json`);
  try {
    await node(TSX, [script, ...args, "--report", report]);
    return JSON.parse(await readFile(report, "utf8")) as Outcome;
  } finally {
    await rm(report, { force: true });
  }
}

/** These caches are safe: what tsc and prettier find in a file changes only with the file. */
const types = [TSC, "--noEmit", "-p", ROOT, "--incremental", "--tsBuildInfoFile", kept("types")] as const;
const structure = [TSX, "scripts/structure.ts"] as const;
const formatting = [PRETTIER, "--check", "--log-level", "warn", ...keptIn("formatting"), "."] as const;

const inContract = (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Outcome> =>
  jest(["--selectProjects", "contract", ...args], env);

/** DynamoDB's contract tests run on two implementations at once; without Java, on MiniStack alone. */
async function contract(): Promise<Outcome> {
  const onMiniStack = (url: string) => ({ SLUICE_TEST_MINISTACK: url, SLUICE_TEST_S3: url });
  if (await hasJava()) {
    return await withEmulators([startDynamoDbLocal, startMiniStack], (db, ministack) =>
      inContract({ SLUICE_TEST_DYNAMODB: db, ...onMiniStack(ministack) }),
    );
  }
  console.log("DynamoDB Local needs Java, which is not installed: testing DynamoDB on MiniStack only");
  return await withEmulators([startMiniStack], (ministack) =>
    inContract(onMiniStack(ministack), "--testPathIgnorePatterns", "test/contract/dynamodb.test.ts"),
  );
}

/** And afterwards, whether the functions' roles allow what these tests had them call, and no more. */
async function endToEnd(emulator: string, endpoint: string | undefined, args: readonly string[]) {
  const run = `tier-${randomUUID()}`;
  const env = { SLUICE_E2E_EMULATOR: emulator, SLUICE_E2E_ENDPOINT: endpoint, SLUICE_E2E_RUN: run };
  try {
    const tests = await jest(["--selectProjects", "e2e", "--passWithNoTests", ...args], env);
    return plus(tests, await jest(["--selectProjects", "recorded"], env));
  } finally {
    const left = ["json", "calls"].map((end) => rm(join(WORK, `e2e-${run}.${end}`), { force: true }));
    await Promise.all(left);
  }
}

/** Tests of behaviour that only LocalStack shares with AWS. */
const LOCALSTACK_ONLY = "test/e2e/localstack/";
/** LocalStack makes an alias anew that it already has, where a stack goes back. */
const UPGRADE = "test/e2e/upgrade";

const ministack = (): Promise<Outcome> => {
  const given = process.env.AWS_ENDPOINT_URL;
  const test = (endpoint?: string) =>
    endToEnd("ministack", endpoint, ["--testPathIgnorePatterns", LOCALSTACK_ONLY]);
  return given ? test(given) : withEmulators([startMiniStack], test);
};

async function localstack(): Promise<Outcome> {
  const emulator = await startLocalStack({ log: (line) => console.log(line) });
  if ("skipped" in emulator) {
    console.log(`SKIPPED: ${emulator.skipped}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  return await withEmulators([() => Promise.resolve(emulator)], (endpoint) =>
    endToEnd("localstack", endpoint, ["--testPathIgnorePatterns", UPGRADE]),
  );
}

async function builtPackage(): Promise<Outcome> {
  const declared = await checks([TSC, "-p", "tsconfig.build.json"]);
  const bundled = await checks([TSX, "scripts/build.ts"]);
  const apps = await jest(["--selectProjects", "package"]);
  return [declared, bundled].reduce(plus, apps);
}

const unit: Tier = {
  name: "unit",
  what: "domain, operations, HTTP, client, CLI",
  // By default Jest would use only one of two processors.
  run: () => jest(["--selectProjects", "unit", "--maxWorkers=100%"]),
};

const typesTier: Tier = { name: "types", what: "tsc, strict", run: () => checks(types) };

/** Every fault happens within them; `npm run simulate` has more. */
const LANDING_SEEDS = "600";

/** All tiers, in order. */
export const TIERS: readonly Tier[] = [
  { ...typesTier, isBeside: true },
  {
    name: "lint",
    what: "eslint and prettier",
    isBeside: true,
    run: () => checks([ESLINT, "."], structure, formatting),
  },
  {
    name: "build",
    what: "the published package: dist/, bundled functions, and apps made from its tarball",
    isBeside: true,
    run: builtPackage,
  },
  {
    name: "jsii",
    what: "the constructs in Python, from the wheel: the same templates as in TypeScript; needs Python 3.10",
    run: () => reported("test/jsii/run.ts"),
  },
  unit,
  {
    name: "processes",
    what: "tests with their own processes: a pump's memory, bursts of calls, npm start",
    run: () => jest(["--selectProjects", "processes"]),
  },
  {
    name: "simulation",
    what: "every operation under faults, crash points, planted bugs",
    run: () => simulation("--all", "--seeds", LANDING_SEEDS),
  },
  {
    name: "schemathesis",
    what: "the API against its own OpenAPI document, by generated requests; needs Python 3.10",
    run: () => reported("test/schemathesis/run.ts"),
  },
  { name: "contract", what: "every port on memory, DynamoDB Local and MiniStack", run: contract },
  { name: "cdk", what: "the template, and cdk-nag over it", run: () => jest(["--selectProjects", "cdk"]) },
  {
    name: "docs",
    what: "the pages: commands, snippets, links, errors, limits",
    run: () => jest(["--selectProjects", "docs"]),
  },
  { name: "ministack", what: "end to end on MiniStack", run: ministack },
  { name: "localstack", what: "the same and more on LocalStack, if it can run", run: localstack },
];

const SEEDS = "200";

/** The tiers worth running before each commit, all at the same time: together they keep two processors busy. */
export const CHECK_TIERS: readonly Tier[] = [
  typesTier,
  {
    name: "lint",
    // With the cache, a rule that uses types may miss the effect of a change in another file; `npm test` lints
    // everything.
    what: "eslint and prettier, on what has changed",
    run: () => checks([ESLINT, ...keptIn("lint"), "."], structure, formatting),
  },
  unit,
  {
    name: "seeds",
    what: `${SEEDS} seeds of the simulation`,
    run: () => simulation("--seeds", SEEDS, "--jobs", "1"),
  },
].map((tier) => ({ ...tier, isBeside: true }));
