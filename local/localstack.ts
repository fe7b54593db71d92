import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Emulator, bareEnv } from "./emulator.js";
import { freePort } from "./free-port.js";
import {
  CUSTOM_RESOURCES,
  LOCALSTACK_IMAGE,
  type LocalStackSetup,
  type SetupOptions,
  type Skipped,
  prepareLocalStack,
} from "./localstack-setup.js";
import { WORK } from "./paths.js";
import { type ServerProcess, run, startServer, waitUntilReady } from "./process.js";

const READY_PATIENCE_MS = 90_000;
const STOP_PATIENCE_S = 20;
const KEEP_FUNCTIONS_MS = 600_000;
/** AWS polls four times a second. LocalStack's default of 1 s grows to 10 s while a stream is quiet. */
const POLL_INTERVAL_S = "0.25";

/** LocalStack runs the scripts in this folder as it starts. */
const START_SCRIPTS = "/etc/localstack/init/start.d";

type HostSetup = Extract<LocalStackSetup, { kind: "host" }>;

/** Settings for both kinds: no usage reports, and streams polled as often as in AWS. */
const SETTINGS = {
  DISABLE_EVENTS: "1",
  DYNAMODB_IN_MEMORY: "1",
  LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC: POLL_INTERVAL_S,
  LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC: POLL_INTERVAL_S,
  LAMBDA_KEEPALIVE_MS: String(KEEP_FUNCTIONS_MS),
  PROVIDER_OVERRIDE_DYNAMODB: "v2",
};

/**
 * Starts LocalStack on a free port, or returns why it cannot. Several copies can run side by side. @throws {UserError}
 */
export async function startLocalStack(
  options: SetupOptions & { readonly port?: number } = {},
): Promise<Emulator | Skipped> {
  const setup = await prepareLocalStack(options);
  if ("skipped" in setup) return setup;
  const port = await freePort(options.port);
  const logFile = join(WORK, `localstack-${port}.log`);
  await mkdir(WORK, { recursive: true });
  options.log?.(`starting LocalStack on port ${port} ...`);
  const { server, end } = await (setup.kind === "container"
    ? startContainer(port, logFile)
    : startOnHost(setup, port, logFile));
  const endpointUrl = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${endpointUrl}/_localstack/health`)).ok;
  await waitUntilReady("LocalStack", server, logFile, isReady, READY_PATIENCE_MS).catch(
    async (error: unknown) => {
      await end();
      throw error;
    },
  );
  return {
    endpointUrl,
    stop: async () => {
      await end();
      await rm(logFile, { force: true });
    },
  };
}

interface Started {
  readonly server: ServerProcess;
  readonly end: () => Promise<void>;
}

async function startOnHost(setup: HostSetup, port: number, logFile: string): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-localstack-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  await provideDownloads(setup, join(folder, "var", "lib", "localstack", "lib"));
  await mkdir(join(folder, START_SCRIPTS), { recursive: true });
  await symlink(CUSTOM_RESOURCES, join(folder, START_SCRIPTS, basename(CUSTOM_RESOURCES)));
  const temporary = join(folder, "tmp");
  await mkdir(temporary);
  const server = startServer(setup.python, ["-m", "sluice_localstack", String(process.pid)], {
    cwd: folder,
    logFile,
    env: {
      ...bareEnv(),
      ...SETTINGS,
      HOME: folder,
      TMPDIR: temporary,
      FILESYSTEM_ROOT: folder,
      OVERRIDE_IN_DOCKER: "0",
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      // By default a queue's URL contains a host name that needs a public name server.
      LOCALSTACK_HOST: `127.0.0.1:${port}`,
      SQS_ENDPOINT_STRATEGY: "path",
      DNS_ADDRESS: "0",
      SKIP_SSL_CERT_DOWNLOAD: "1",
      LAMBDA_RUNTIME_EXECUTOR: "node",
      SLUICE_NODE: process.execPath,
    },
  });
  return {
    server,
    end: async () => {
      await server.stop();
      process.removeListener("exit", remove);
      remove();
    },
  };
}

/** Provides what LocalStack would otherwise download: DynamoDB Local, and a Java to run it. */
async function provideDownloads({ python, java, dynamoDbLocal }: HostSetup, lib: string): Promise<void> {
  await mkdir(join(lib, "dynamodb-local"), { recursive: true });
  await symlink(dynamoDbLocal, join(lib, "dynamodb-local", "2"));
  const home = process.platform === "darwin" ? ["Contents", "Home"] : [];
  const standIn = join(lib, "java", "21", ...home, "bin", "java");
  await mkdir(dirname(standIn), { recursive: true });
  await writeFile(standIn, `#!/bin/sh\nexec "${python}" -m sluice_localstack.java "${java}" "$@"\n`);
  await chmod(standIn, 0o755);
}

async function startContainer(port: number, logFile: string): Promise<Started> {
  const name = `sluice-localstack-${port}`;
  const host = process.env.DOCKER_HOST ?? "";
  const socket = host.startsWith("unix://") ? host.slice("unix://".length) : "/var/run/docker.sock";
  // The same port inside and outside, so that the addresses in its responses work for tests and functions alike.
  const addresses = {
    GATEWAY_LISTEN: `0.0.0.0:${port}`,
    LOCALSTACK_HOST: `localhost.localstack.cloud:${port}`,
  };
  const settings = Object.entries({ ...SETTINGS, ...addresses }).flatMap((pair) => ["--env", pair.join("=")]);
  const script = `${CUSTOM_RESOURCES}:${START_SCRIPTS}/${basename(CUSTOM_RESOURCES)}:ro`;
  const mounts = ["--volume", `${socket}:/var/run/docker.sock`, "--volume", script];
  const given = ["--name", name, "--publish", `127.0.0.1:${port}:${port}`, ...mounts, ...settings];
  const env = { ...bareEnv(), ...(host ? { DOCKER_HOST: host } : {}) };
  const server = startServer("docker", ["run", "--rm", ...given, LOCALSTACK_IMAGE], { env, logFile });
  // Containers outlive this process, however it ends, so a watcher stops them.
  const untilGone = 'while kill -0 "$1" 2>/dev/null; do sleep 1; done; exec docker stop "$2"';
  const watch = spawn("sh", ["-c", untilGone, "sh", String(process.pid), name], {
    env,
    detached: true,
    stdio: "ignore",
  });
  watch.unref();
  return {
    server,
    end: async () => {
      // On a regular stop LocalStack also removes its functions' containers.
      await run("docker", ["stop", "-t", String(STOP_PATIENCE_S), name], { env }).catch(() => undefined);
      await server.stop();
      watch.kill();
    },
  };
}
