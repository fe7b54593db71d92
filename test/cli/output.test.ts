import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Listening } from "../../cli/dev/listen.js";
import { SluiceClient } from "../../lib/client/index.js";
import { ROOT } from "../../local/paths.js";
import { aServer } from "./a-server.js";

jest.setTimeout(60_000);

let server: Listening;
let client: SluiceClient;

beforeEach(async () => {
  server = await aServer();
  client = new SluiceClient({ apiUrl: server.url, auth: "none" });
  await client.putTopic("orders");
  await client.putSubscription("orders", "audit");
});

afterEach(async () => {
  await server.close();
});

/** `sluice` as it is, in a pipe of a real shell; the exit codes of both ends. */
async function piped(
  command: string,
  reader: string,
): Promise<{ codes: string; stdout: string; stderr: string }> {
  const tsx = join(ROOT, "node_modules", "tsx", "dist", "cli.mjs");
  const sluice = `"${process.execPath}" "${tsx}" "${join(ROOT, "cli", "main.ts")}" ${command}`;
  const script = `${sluice} | ${reader}; echo "codes \${PIPESTATUS[*]}"`;
  const child = spawn("bash", ["-c", script], { env: { ...process.env, SLUICE_API_URL: server.url } });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  await new Promise((resolve) => child.once("close", resolve));
  const [shown = "", codes = ""] = stdout.split("codes ");
  return { codes: codes.trim(), stdout: shown, stderr };
}

it("GIVEN 900 messages WHEN head takes one THEN it is acknowledged, and the others come again", async () => {
  await client.publish(
    "orders",
    Array.from({ length: 900 }, (_, n) => ({ body: { n, filler: "x".repeat(200) } })),
  );
  const { codes, stdout, stderr } = await piped("receive orders audit --ack --max-messages 900", "head -1");
  expect({ codes, stderr }).toEqual({ codes: "0 0", stderr: "" });
  expect(stdout.trim().split("\n")).toHaveLength(1);
  expect(stdout).toContain('"n":0');
  const again = await client.receive("orders", "audit", { maxMessages: 1_000, waitSeconds: 5 });
  expect(again.map(({ body }) => (body as { n: number }).n).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 899 }, (_, n) => n + 1),
  );
});

it("GIVEN a reader that reads nothing WHEN a command prints much THEN it ends quietly", async () => {
  for (let index = 0; index < 3; index++)
    await client.putTopic(`t${index}`, { description: "x".repeat(1_000) });
  for (const command of ["topics list --json", "--help", "receive orders audit --json"]) {
    const { codes, stderr } = await piped(command, "true");
    expect({ command, codes, stderr: stderr.replace("no messages\n", "") }).toEqual({
      command,
      codes: "0 0",
      stderr: "",
    });
  }
});
