import { spawn } from "node:child_process";
import { mkdtemp, mkdir, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

jest.setTimeout(30_000);

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** `npm start` as it is, in a process of its own, up to where it ends by itself or is interrupted. */
async function start(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly interruptAt?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ["scripts/bootstrap.mjs", "start", ...args], {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const hear = (chunk: Buffer): void => {
    said += chunk.toString("utf8");
    if (options.interruptAt && said.includes(options.interruptAt)) child.kill("SIGINT");
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, said };
}

/** One sentence, and no stack. */
const oneSentence = /^[^\n]+\n?$/;
const lastLineOf = ({ said }: Ended): string => said.trimEnd().split("\n").at(-1) ?? "";

describe("npm start", () => {
  it("GIVEN --help WHEN it is started THEN it says what it takes, and ends well", async () => {
    const ended = await start(["--help"]);
    expect(ended.code).toBe(0);
    for (const option of ["--example", "--once", "--orders", "--port", "--endpoint"])
      expect(ended.said).toContain(option);
  });

  it("GIVEN an unknown option WHEN it is started THEN it says so in a sentence, and ends with 2", async () => {
    const ended = await start(["--nonsense"]);
    expect(ended.code).toBe(2);
    expect(ended.said).toContain("--nonsense");
    expect(ended.said).not.toContain("    at ");
  });

  it.each([
    ["--port", "99999"],
    ["--port", "web"],
    ["--orders", "0"],
    ["--endpoint", "grpc"],
    ["--example", "constructor"],
  ])("GIVEN %s %s WHEN it is started THEN one sentence says what would be right", async (option, value) => {
    const ended = await start([option, value]);
    expect(ended.code).toBe(1);
    expect(ended.said).toMatch(oneSentence);
    expect(ended.said).toContain(option);
    expect(ended.said).toContain(`"${value}"`);
  });

  it("GIVEN a port that is taken WHEN it is started THEN one sentence says so", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const ended = await start(["--port", String(port)]);
    server.close();
    expect(ended.code).toBe(1);
    expect(lastLineOf(ended)).toContain(`port ${port} is in use`);
  });

  it("GIVEN no python3 WHEN it is started THEN one sentence says what is needed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-no-python-"));
    await mkdir(join(folder, "bin"));
    await symlink(process.execPath, join(folder, "bin", "node"));
    const ended = await start([], { env: { PATH: join(folder, "bin") } });
    await rm(folder, { recursive: true });
    expect(ended.code).toBe(1);
    expect(lastLineOf(ended)).toMatch(/^python3 3\.10 or newer .* is needed/);
  });

  it("GIVEN a run that is to end by itself WHEN it is interrupted THEN it does not say that all is well", async () => {
    const ended = await start(["--once"], { interruptAt: "setting up" });
    expect(ended.code).toBe(130);
    expect(ended.said).not.toContain("consistent");
  });
});
