import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { virtualEnv } from "../../local/python.js";

/** Stands in for python: makes an environment that consists of itself, and writes down what it is asked for. */
const PYTHON = (log: string): string => `#!/bin/sh
echo "$*" >> ${log}
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi
`;

describe("a virtual environment", () => {
  let folder: string;
  let python: string;
  let calls: () => Promise<readonly string[]>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-python-"));
    python = join(folder, "python");
    const log = join(folder, "calls");
    await writeFile(python, PYTHON(log));
    await chmod(python, 0o755);
    await writeFile(log, "");
    calls = async () => {
      const lines = (await readFile(log, "utf8")).trim().split("\n");
      await writeFile(log, "");
      return lines.filter((line) => line !== "");
    };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is made once for the same requirements", async () => {
    // GIVEN
    const env = join(folder, "env");
    const bin = await virtualEnv(env, python, ["one==1"]);
    expect(bin).toBe(join(env, "bin"));
    expect(await calls()).toEqual([`-m venv ${env}`, expect.stringMatching(/pip install .* one==1$/)]);
    // WHEN
    await virtualEnv(env, python, ["one==1"]);
    // THEN
    expect(await calls()).toEqual([]);
  });

  it("gets other requirements where it is, since a server may be running from it", async () => {
    // GIVEN
    const env = join(folder, "env");
    await virtualEnv(env, python, ["one==1"]);
    await writeFile(join(env, "in-use"), "");
    await calls();
    // WHEN
    await virtualEnv(env, python, ["one==1", "two==2"]);
    // THEN
    expect(await calls()).toEqual([expect.stringMatching(/pip install .* one==1 two==2$/)]);
    expect((await stat(join(env, "in-use"))).isFile()).toBe(true);
    // AND it is complete now
    await virtualEnv(env, python, ["one==1", "two==2"]);
    expect(await calls()).toEqual([]);
  });

  it("is made anew if its set-up was killed", async () => {
    // GIVEN an environment without its stamp
    const env = join(folder, "env");
    await virtualEnv(env, python, ["one==1"]);
    await rm(join(env, "installed.txt"));
    await writeFile(join(env, "half-written"), "");
    await calls();
    // WHEN
    await virtualEnv(env, python, ["one==1"]);
    // THEN
    expect(await calls()).toHaveLength(2);
    await expect(stat(join(env, "half-written"))).rejects.toThrow("ENOENT");
  });
});
