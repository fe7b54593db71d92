import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, REGION, bareEnv } from "./emulator.js";
import { freePort } from "./free-port.js";
import { ROOT, WORK } from "./paths.js";
import { startServer, waitUntilReady } from "./process.js";
import { isPython, virtualEnv } from "./python.js";
import { UserError } from "./user-error.js";

const REQUIREMENTS = [
  "ministack==1.5.33",
  "cryptography==46.0.3",
  "uvicorn==0.54.0",
  "uvloop==0.23.0",
  "httptools==0.9.0",
];
const READY_PATIENCE_MS = 30_000;

/** Installs MiniStack once. @throws {UserError} if no suitable Python is installed. */
export async function prepareMiniStack(): Promise<string> {
  if (!(await isPython("python3", 3, 10))) {
    throw new UserError(
      "python3 3.10 or newer with its venv module is needed for the AWS emulator: install it and try again",
    );
  }
  return await virtualEnv(join(WORK, "ministack"), "python3", REQUIREMENTS);
}

/** Starts an AWS emulator on a free port, with its own temporary folder that is removed when it stops. */
export async function startMiniStack(options: { readonly port?: number } = {}): Promise<Emulator> {
  const port = await freePort(options.port);
  const bin = await prepareMiniStack();
  const folder = await mkdtemp(join(tmpdir(), "sluice-ministack-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const logFile = join(WORK, `ministack-${port}.log`);
  await mkdir(WORK, { recursive: true });
  const server = startServer(join(bin, "python"), [join(ROOT, "local", "ministack-server.py")], {
    cwd: folder,
    logFile,
    env: {
      ...bareEnv(),
      TMPDIR: folder,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: "0",
      LAMBDA_EXECUTOR: "local",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: REGION,
    },
  });
  const endpointUrl = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${endpointUrl}/_ministack/health`)).ok;
  await waitUntilReady("MiniStack", server, logFile, isReady, READY_PATIENCE_MS);
  return {
    endpointUrl,
    stop: async () => {
      await server.stop();
      process.removeListener("exit", remove);
      remove();
      await rm(logFile, { force: true });
    },
  };
}
