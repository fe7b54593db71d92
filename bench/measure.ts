import Table from "cli-table3";

/** The middle one, or between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = 0, above = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (below + above) / 2;
}

/** The value below which `share` of all lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** How often something was done in how long. */
export interface Pace {
  readonly count: number;
  readonly elapsedMs: number;
}

export const perSecond = ({ count, elapsedMs }: Pace): number => (count * 1_000) / Math.max(1, elapsedMs);

/**
 * Has `workers` do one step after the other, until the time is up or a step says that there is no more (0). A step
 * gives how much it did.
 */
export async function keepBusy(
  workers: number,
  forMs: number,
  step: (worker: number) => Promise<number>,
): Promise<Pace> {
  const startedMs = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      while (performance.now() - startedMs < forMs) {
        const done = await step(worker);
        if (done === 0) return;
        count += done;
      }
    }),
  );
  return { count, elapsedMs: performance.now() - startedMs };
}

export const whole = (value: number): string => Math.round(value).toLocaleString("en");
export const fixed = (value: number, digits = 2): string => value.toFixed(digits);

/** What is printed of one benchmark. `notes`: how it was measured. */
export function show(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  notes: readonly string[],
): void {
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  for (const row of rows) table.push([...row]);
  console.log(`\n${table.toString()}`);
  for (const note of notes) console.log(`- ${note}`);
}
