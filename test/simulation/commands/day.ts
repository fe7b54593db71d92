import { bundle } from "../bundle.js";
import type { DayReport } from "../day.js";
import { took, work } from "./workers.js";

const SEED = 11;
/** What the whole process may take; a list of a million messages with its checkers' sets takes several times that. */
const HEAP_MB = 512;
const SUBSCRIPTIONS = 5;
/**
 * Write units a message, over its publish and five subscriptions. A batch of 50 costs 1 to 5 for its slot; each
 * subscription 5 a lease, or 1 a commit and 2 a wake-up. Doubled for what the faults have written in vain.
 */
const UNITS_AT_MOST = 1.6;

/** A day under faults in one process, on a heap that would not hold it. */
export async function runDay(messages: number): Promise<number> {
  const file = await bundle();
  const sinceMs = Date.now();
  let last: DayReport | undefined;
  let mostBytes = 0;
  await work(
    file,
    { kind: "day", seed: SEED, messages },
    (report) => {
      if (report.kind !== "day") return;
      last = report.report;
      mostBytes = Math.max(mostBytes, last.heapBytes);
      if (!last.isOver && (last.hours % 4 === 0 || last.violations.length > 0))
        console.log(line(last, sinceMs));
    },
    { heapMb: HEAP_MB },
  );
  if (!last?.isOver) {
    console.log(`the day did not end: ${last?.violations.join("; ") ?? "no word of it"}`);
    return 1;
  }
  const perMessage = last.writeUnits / last.published;
  for (const violation of last.violations) console.log(violation);
  const isDear = perMessage > UNITS_AT_MOST;
  if (isDear) console.log(`cost: ${perMessage.toFixed(2)} write units a message, ${UNITS_AT_MOST} at most`);
  console.log(
    `a day: ${last.published} messages to ${SUBSCRIPTIONS} subscriptions, ${last.steps} steps, ` +
      `${perMessage.toFixed(2)} write units a message, heap ${inMb(mostBytes)} MB at most of ${HEAP_MB}, ` +
      `${last.violations.length} violations, ${took(sinceMs)}`,
  );
  return last.violations.length + (isDear ? 1 : 0);
}

const inMb = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

const line = ({ hours, published, steps, heapBytes, known }: DayReport, sinceMs: number): string =>
  `hour ${String(hours).padStart(2)}: ${published} published, ${steps} steps, ` +
  `${known} messages known, heap ${inMb(heapBytes)} MB, ${took(sinceMs)}`;
