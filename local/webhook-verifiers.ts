import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, WORK } from "./paths.js";
import { run } from "./process.js";
import { isPython, virtualEnv } from "./python.js";

/** A webhook as it arrived, and the secret that its receiver has. */
export interface ReceivedWebhook {
  readonly secret: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks a library of Standard Webhooks about each: `yes`, or `no: ` and why. */
export type Verifier = (webhooks: readonly ReceivedWebhook[]) => Promise<readonly string[]>;

const SOURCES = join(ROOT, "test", "adapters", "https", "verifiers");

/** The library for Python; `skipped` says what is missing. */
export async function pythonVerifier(): Promise<Verifier | { readonly skipped: string }> {
  if (!(await isPython("python3", 3, 10))) return { skipped: "needs Python 3.10, which is not installed" };
  const bin = await virtualEnv(join(WORK, "standardwebhooks"), "python3", ["standardwebhooks==1.1.0"]);
  return asks((given, answered) =>
    run(join(bin, "python"), [join(SOURCES, "python", "verify.py"), given, answered]),
  );
}

/** The library for Go; `skipped` says what is missing. */
export async function goVerifier(): Promise<Verifier | { readonly skipped: string }> {
  const isThere = await run("go", ["version"]).then(
    () => true,
    () => false,
  );
  if (!isThere) return { skipped: "needs Go, which is not installed" };
  await mkdir(WORK, { recursive: true });
  const program = join(WORK, "verify-webhooks");
  await run("go", ["build", "-o", program, "."], { cwd: join(SOURCES, "go") });
  return asks((given, answered) => run(program, [given, answered]));
}

function asks(verify: (given: string, answered: string) => Promise<unknown>): Verifier {
  return async (webhooks) => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-webhooks-"));
    try {
      const [given, answered] = [join(folder, "webhooks"), join(folder, "verdicts")];
      await writeFile(given, webhooks.map((webhook) => `${JSON.stringify(webhook)}\n`).join(""));
      await verify(given, answered);
      return (await readFile(answered, "utf8")).trimEnd().split("\n");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}
