import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { FUNCTIONS_DIRECTORY_CONTEXT, FUNCTION_NAMES } from "../../cdk/function-code.js";
import { SluiceClient } from "../../lib/client/index.js";
import { type Outputs, deploy, emulatedApiUrl } from "../../local/deploy.js";
import { ROOT, WORK } from "../../local/paths.js";
import { withLock } from "../../local/python.js";
import { bundleFunctions } from "../../scripts/bundle-functions.js";
import { endpointIn } from "../adapters/endpoint.js";
import { recordCalls, recordOf } from "./calls/recording.js";
import { type Deliveries, deliveriesIn } from "./deliveries.js";
import { runsOnHost } from "./host-processes.js";
import type { QueueName, SubscriberName } from "./names.js";

/** One deployed queue. */
export interface DeployedQueue {
  readonly apiUrl: string;
  readonly client: SluiceClient;
  readonly logTable: string;
  readonly outboxTable: string;
  readonly bucket: string;
  readonly pumpFunction: string;
  readonly dispatcher: string;
}

/** The stack of app.ts on the endpoint of this run. */
export interface Deployment {
  readonly endpointUrl: string;
  queue(name: QueueName): DeployedQueue;
  /** A target that pushes to this function. */
  push(name: SubscriberName): { readonly type: "lambda"; readonly functionArn: string };
  readonly deliveries: Deliveries;
}

/** LocalStack without a licence has no HTTP APIs. */
const KIND = process.env.SLUICE_E2E_EMULATOR === "localstack" ? "rest" : "http";
const STAGE = { rest: "prod", http: "$default" }[KIND];

/** The deployed stack, which the first that asks deploys: once in a run of jest, whichever tests it runs. */
export async function deployment(): Promise<Deployment> {
  const endpointUrl = endpointIn(["SLUICE_E2E_ENDPOINT"], "AWS endpoint");
  const file = join(WORK, `e2e-${process.env.SLUICE_E2E_RUN}.json`);
  const outputs = await withLock(file, async () => {
    const known = await readFile(file, "utf8").catch(() => undefined);
    if (known !== undefined) return JSON.parse(known) as Outputs;
    const fresh = await deployTo(endpointUrl);
    await writeFile(`${file}.new`, JSON.stringify(fresh));
    await rename(`${file}.new`, file);
    return fresh;
  });
  return over(endpointUrl, outputs);
}

/** The functions are bundled into a folder of their own: other tests bundle at the same time. */
async function deployTo(endpointUrl: string): Promise<Outputs> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-e2e-"));
  try {
    await Promise.all([bundleFunctions(folder), ...SOURCES.map((name) => bundleSource(name, folder))]);
    if (runsOnHost(endpointUrl)) {
      const file = recordOf(process.env.SLUICE_E2E_RUN ?? "");
      await Promise.all(OWN_BUNDLES.map((name) => recordCalls(join(folder, name), file)));
    }
    const context = { endpoint: KIND, [FUNCTIONS_DIRECTORY_CONTEXT]: folder };
    return await deploy({ app: "test/e2e/app.ts", stack: "SluiceE2e", endpointUrl, context });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Those that several names share are one file. */
const OWN_BUNDLES = FUNCTION_NAMES.filter((name) => name !== "receive");

/** Of the functions that messages are pushed to. */
const SOURCES = ["recorder", "powertools"] as const;

const bundleSource = (name: (typeof SOURCES)[number], folder: string) =>
  build({
    entryPoints: [join(ROOT, "test", "e2e", "functions", `${name}.ts`)],
    outfile: join(folder, name, "index.js"),
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
  });

function over(endpointUrl: string, outputs: Outputs): Deployment {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`the stack has no output ${name}`);
    return value;
  };
  return {
    endpointUrl,
    queue: (name) => {
      const apiUrl = emulatedApiUrl(endpointUrl, output(`${name}ApiIdIs`), STAGE);
      return {
        apiUrl,
        client: new SluiceClient({ apiUrl, auth: "none" }),
        logTable: output(`${name}LogTableIs`),
        outboxTable: output(`${name}OutboxTableIs`),
        bucket: output(`${name}BucketIs`),
        pumpFunction: output(`${name}PumpFunctionIs`),
        dispatcher: output(`${name}DispatcherIs`),
      };
    },
    push: (name) => ({ type: "lambda", functionArn: output(`${name}Arn`) }),
    deliveries: deliveriesIn(endpointUrl, output("DeliveriesTable")),
  };
}
