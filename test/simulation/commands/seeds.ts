import { bundle } from "../bundle.js";
import { COUNTED } from "../faults.js";
import type { Report, SeedResult } from "../worker.js";
import { repeat, showShrunk } from "./one.js";
import { took, work } from "./workers.js";

export interface SeedOptions {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
}

const SHOWN_FAILURES = 5;
const TOLD_EVERY = 500;
/** What happens beside the faults that have a rate. */
const BESIDE = [
  "published",
  "packed",
  "clocks-apart",
  "sought",
  "retention-changed",
  "topic-deleted",
  "dead-lettered",
  "redriven",
  "deduplicated",
  "sent-again",
  "key-reused",
  "schema-refused",
  "journaled",
  "journal-read",
  "rejected",
  "filter-changed",
  "filter-looked-at",
  "left-out",
  "fairness-looked-at",
  "past-looked-at",
  "origin-looked-at",
  "consumer-looked-at",
];
/** So many seeds have every fault among them; fewer may miss a rare one. */
const EVERY_FAULT_SEEDS = 600;

/** Many seeds, each on its own; the first that fails is shown with its timeline, as small as it gets. */
export async function runSeeds({ seeds, from, jobs }: SeedOptions): Promise<number> {
  const file = await bundle();
  const sinceMs = Date.now();
  const failures: SeedResult[] = [];
  const counts = new Map<string, number>();
  let steps = 0;
  let done = 0;
  const take = (report: Report): void => {
    if (report.kind !== "seed") return;
    const { result } = report;
    steps += result.events;
    for (const [name, count] of result.counts) counts.set(name, (counts.get(name) ?? 0) + count);
    if (result.violation !== undefined) {
      failures.push(result);
      if (failures.length <= SHOWN_FAILURES)
        console.log(`seed ${result.seed}: ${result.violation}\n  repeat it: ${repeat(result.seed)}`);
    }
    if (++done % TOLD_EVERY === 0) console.log(`${done} seeds, ${took(sinceMs)}`);
  };
  await Promise.all(
    Array.from({ length: jobs }, (_, offset) => {
      const share = { from: from + offset, to: from + seeds, stride: jobs };
      return work(file, { kind: "seeds", ...share }, take);
    }),
  );
  const missing = seeds >= EVERY_FAULT_SEEDS ? faultsMissing(counts) : [];
  if (missing.length > 0) console.log(`never happened, so nothing is known of it: ${missing.join(", ")}`);
  console.log(`happened: ${happened(counts)}`);
  console.log(`${done} seeds, ${steps} steps, ${failures.length} with violations, ${took(sinceMs)}`);
  const first = failures.sort((one, other) => one.seed - other.seed)[0];
  if (first) await showShrunk(file, first.seed);
  return failures.length + missing.length + (done === seeds ? 0 : 1);
}

const faultsMissing = (counts: ReadonlyMap<string, number>): readonly string[] =>
  [...new Set([...Object.values(COUNTED), ...BESIDE])].filter((name) => !counts.has(name));

const happened = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .filter(([name]) => !name.startsWith("event "))
    .sort()
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");

const REPEATED_SEEDS = 40;

/** The same seed gives the same history, bit for bit, in whichever process it runs. */
export async function runTwice(): Promise<number> {
  const sinceMs = Date.now();
  const file = await bundle();
  const digests = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    await work(file, { kind: "digests", seeds: REPEATED_SEEDS }, (report) => {
      if (report.kind === "digest") found.push(report.digest);
    });
    return found;
  };
  const [one, other] = await Promise.all([digests(), digests()]);
  const differing = one.flatMap((digest, seed) => (digest === other[seed] ? [] : [seed]));
  console.log(
    `${one.length} seeds run twice, ${differing.length} with another history` +
      `${differing.length > 0 ? ` (${differing.join()})` : ""}, ${took(sinceMs)}`,
  );
  return differing.length + (one.length === REPEATED_SEEDS ? 0 : 1);
}
