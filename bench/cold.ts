import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaNode } from "execa";
import { BYTES_AT_MOST, bundleFunctions } from "../scripts/bundle-functions.js";
import { type Row, showGoals } from "./goals.js";
import { median, whole } from "./measure.js";

const ROUNDS = 15;

/** Milliseconds until a new process has loaded a function's bundle. */
const MS_AT_MOST = { api: 90, pump: 70, dispatcher: 40 } as const;
type Name = keyof typeof MS_AT_MOST;
const NAMES = Object.keys(MS_AT_MOST) as readonly Name[];

/** Loads the module that its argument names. Time on a processor, since others share the machine. */
const LOADER = `
const before = process.cpuUsage();
await import(process.argv[2]);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1_000);
`;

const inKb = (bytes: number): string => `${whole(bytes / 1_000)} KB`;

async function timesIn(folder: string): Promise<ReadonlyMap<Name, number>> {
  const loader = join(folder, "loader.mjs");
  await writeFile(loader, LOADER);
  const times = new Map<Name, number[]>(NAMES.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, taken] of times) {
      const { stdout } = await execaNode(loader, [join(folder, name, "index.mjs")], { nodeOptions: [] });
      taken.push(Number(stdout));
    }
  }
  return new Map([...times].map(([name, taken]) => [name, median(taken)]));
}

export async function runCold(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-cold-"));
  try {
    const sizes = await bundleFunctions(folder);
    const times = await timesIn(folder);
    const rows = NAMES.flatMap((name): Row[] => {
      const [bytes, bytesAtMost] = [sizes.get(name) ?? Infinity, BYTES_AT_MOST[name] ?? 0];
      const [ms, msAtMost] = [times.get(name) ?? Infinity, MS_AT_MOST[name]];
      return [
        {
          what: `${name}: size of its bundle`,
          measured: inKb(bytes),
          goal: inKb(bytesAtMost),
          holds: bytes <= bytesAtMost,
        },
        {
          what: `${name}: loading it in a new process`,
          measured: `${whole(ms)} ms`,
          goal: `${msAtMost} ms`,
          holds: ms <= msAtMost,
        },
      ];
    });
    return showGoals(rows, [
      `loading: time on a processor, the median of ${ROUNDS} processes each, in turns`,
      "a cold start on AWS also takes the start of the runtime, and the first connection to each service",
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
