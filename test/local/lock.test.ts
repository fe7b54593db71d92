import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../local/python.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-lock-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it("GIVEN a lock whose owner is gone WHEN another comes THEN it takes the lock over at once", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await mkdir(join(folder, "set-up.lock"));
  await writeFile(join(folder, "set-up.lock", "pid"), String(pid));
  await expect(withLock(join(folder, "set-up"), () => Promise.resolve("done"))).resolves.toBe("done");
  expect(await readdir(folder)).toEqual([]);
});

it("GIVEN one at work WHEN a second comes THEN it waits for the first", async () => {
  const events: string[] = [];
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const first = withLock(join(folder, "set-up"), async () => {
    begin();
    await finished;
    events.push("first ends");
  });
  await begun;
  const second = withLock(join(folder, "set-up"), () => Promise.resolve(events.push("second")));
  finish();
  await Promise.all([first, second]);
  expect(events).toEqual(["first ends", "second"]);
});

it("GIVEN work that fails WHEN it is over THEN its lock is gone", async () => {
  await expect(withLock(join(folder, "set-up"), () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await readdir(folder)).toEqual([]);
});

it("GIVEN no folder for the lock WHEN it is taken THEN that is said at once", async () => {
  await expect(withLock(join(folder, "not", "there"), () => Promise.resolve())).rejects.toThrow(/ENOENT/);
});
