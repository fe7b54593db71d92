import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { REGION, emulatorEnv } from "./emulator.js";
import { ROOT, WORK } from "./paths.js";
import { run } from "./process.js";
import { withLock } from "./python.js";

/** A stack's outputs, by name. */
export type Outputs = Readonly<Record<string, string>>;

export interface Deployment {
  /** The file of the CDK app, in this project. */
  readonly app: string;
  readonly stack: string;
  readonly endpointUrl: string;
  readonly context: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

const tsx = join(ROOT, "node_modules", "tsx", "dist", "cli.mjs");
const cdk = join(ROOT, "node_modules", "aws-cdk", "bin", "cdk");

/** Prepares the endpoint's account for the CDK, deploys the app's stack and returns its outputs. @throws {UserError} */
export async function deploy({ app, stack, endpointUrl, context, onLine }: Deployment): Promise<Outputs> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-deploy-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const env = { ...process.env, ...emulatorEnv(endpointUrl), CDK_DISABLE_CLI_TELEMETRY: "1", CI: "true" };
  const options = { env, cwd: ROOT, ...(onLine ? { onLine } : {}) };
  const common = ["--no-notices", "--no-version-reporting", "--output", join(folder, "out")];
  try {
    await mkdir(WORK, { recursive: true });
    // Two bootstraps of one endpoint at the same time would make one of them fail.
    await withLock(join(WORK, `bootstrap-${new URL(endpointUrl).host.replace(":", "-")}`), async () => {
      if (await isBootstrapped(endpointUrl)) return;
      // Run outside the project: the CDK would first synthesize the app named in its cdk.json, which needs what `npm
      // run build` makes.
      const bootstrap = [cdk, "bootstrap", "aws://000000000000/us-east-1", ...common];
      await run(process.execPath, bootstrap, { ...options, cwd: folder });
    });
    const outputs = join(folder, "outputs.json");
    const given = Object.entries(context).flatMap(([key, value]) => ["--context", `${key}=${value}`]);
    const command = ["deploy", stack, "--app", `"${process.execPath}" "${tsx}" ${app}`, ...given, ...common];
    await run(
      process.execPath,
      [cdk, ...command, "--require-approval", "never", "--outputs-file", outputs],
      options,
    );
    const all = JSON.parse(await readFile(outputs, "utf8")) as Record<string, Outputs>;
    return all[stack] ?? {};
  } finally {
    process.removeListener("exit", remove);
    remove();
  }
}

/** Checked here because the CDK itself takes seconds to find that it has nothing to do. */
async function isBootstrapped(endpoint: string): Promise<boolean> {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new CloudFormationClient({ endpoint, region: REGION, credentials });
  const found = await client
    .send(new DescribeStacksCommand({ StackName: "CDKToolkit" }))
    .catch(() => undefined);
  return /^(CREATE|UPDATE)_COMPLETE$/.test(found?.Stacks?.[0]?.StackStatus ?? "");
}

/** An emulator's URL for an HTTP API or a REST API. */
export const emulatedApiUrl = (endpointUrl: string, apiId: string, stage: string): string =>
  `${endpointUrl}/_aws/execute-api/${apiId}/${stage}`;
