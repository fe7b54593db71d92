import { bundle } from "../bundle.js";
import type { DayReport } from "../day.js";
import { took, work } from "./workers.js";

const SEED = 11;
/** What the whole process may take; a list of a million messages with its checkers' sets takes several times that. */
const HEAP_MB = 512;
const SUBSCRIPTIONS = 5;
const TOLD_EVERY_HOURS = 4;
/**
 * Write units a batch of some 50: its slot, and the leases or commits of five subscriptions, faults included. A few
 * records are over a kilobyte, since each message keeps the failures of its attempts.
 */
const UNITS_A_SLOT = 56;
/** The clock, and that it stays for retries. */
const UNITS_A_MINUTE = 16;

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
      if (!last.isOver && (hoursOf(last) % TOLD_EVERY_HOURS === 0 || last.violations.length > 0))
        console.log(line(last, sinceMs));
    },
    { heapMb: HEAP_MB },
  );
  if (!last?.isOver) {
    console.log(`the day did not end: ${last?.violations.join("; ") ?? "no word of it"}`);
    return 1;
  }
  const perMessage = last.writeUnits / last.published;
  const bound = UNITS_A_SLOT * last.slots + UNITS_A_MINUTE * last.minutes;
  const violations = [...last.violations];
  if (last.writeUnits > bound)
    violations.push(`cost: ${last.writeUnits} write units, ${bound.toFixed(0)} at most`);
  for (const violation of violations) console.log(violation);
  const spent = Object.entries(last.spent).map(([what, units]) => `${units} for ${what}`);
  console.log(`${last.writeUnits} write units: ${spent.join(", ")}`);
  console.log(
    `a day: ${last.published} messages to ${SUBSCRIPTIONS} subscriptions, ${last.steps} steps, ` +
      `${perMessage.toFixed(2)} write units a message, heap ${inMb(mostBytes)} MB at most of ${HEAP_MB}, ` +
      `${violations.length} violations, ${took(sinceMs)}`,
  );
  return violations.length;
}

const inMb = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

const hoursOf = ({ minutes }: DayReport): number => Math.round(minutes / 60);

function line(report: DayReport, sinceMs: number): string {
  const { published, steps, heapBytes, known } = report;
  const hour = `hour ${String(hoursOf(report)).padStart(2)}: ${published} published, ${steps} steps`;
  return `${hour}, ${known} messages known, heap ${inMb(heapBytes)} MB, ${took(sinceMs)}`;
}
