import { bundle } from "../bundle.js";
import type { CrashMode } from "../crash-mode.js";
import { crashOne, kindOf } from "../crash-points.js";
import { WRITE_NAMES } from "../port-calls.js";
import { lineText } from "../timeline.js";
import type { Report } from "../worker.js";
import { took, work } from "./workers.js";

const SHOWN_FAILURES = 5;
/**
 * What no small plan makes: it takes a day, or a service that ends several leases at once (a small world ends three
 * together, and seeds kill such services).
 */
const BEYOND_SMALL_PLANS = new Set(["log.retire", "log.raise", "progress.finishTogether"]);

/**
 * Kills at the calls of every small plan, in every way; counted by plan, and by who made the call. `furtherCalls`: so
 * many of each plan beside the first of each kind; default: all.
 */
export async function runCrashPoints(jobs: number, furtherCalls?: number): Promise<number> {
  const file = await bundle();
  const sinceMs = Date.now();
  const byPlan = new Map<string, number>();
  const byCall = new Map<string, number>();
  let failures = 0;
  let all = 0;
  const take = (report: Report): void => {
    if (report.kind !== "crash") return;
    const { plan, at, mode, call, violation } = report.result;
    all++;
    byPlan.set(plan, (byPlan.get(plan) ?? 0) + 1);
    const kind = kindOf(call);
    byCall.set(kind, (byCall.get(kind) ?? 0) + 1);
    if (violation === undefined || ++failures > SHOWN_FAILURES) return;
    const again = `npm run simulate -- --crash-point ${at} --mode ${mode} --plan "${plan}"`;
    console.log(`${plan}, killed ${mode} call ${at} (${call}): ${violation}\n  repeat it: ${again}`);
  };
  const shares = Array.from({ length: jobs }, (_, share) => ({ share, of: jobs, furtherCalls }));
  await Promise.all(shares.map((share) => work(file, { kind: "crash-points", ...share }, take)));
  for (const [plan, count] of byPlan) console.log(`${String(count).padStart(6)}  ${plan}`);
  console.log(
    `by who called what: ${[...byCall]
      .sort()
      .map(([call, count]) => `${call} ${count}`)
      .join(", ")}`,
  );
  const made = WRITE_NAMES.filter((name) => !BEYOND_SMALL_PLANS.has(name));
  const missing = made.filter((name) => ![...byCall.keys()].some((call) => call.endsWith(` ${name}`)));
  if (missing.length > 0) console.log(`no plan makes, so nobody was killed at: ${missing.join(", ")}`);
  const which = furtherCalls === undefined ? "all" : `each kind of call, and ${furtherCalls} more of a plan`;
  console.log(`${all} crash points (${which}), ${failures} with violations, ${took(sinceMs)}`);
  return failures + missing.length + (all > 0 ? 0 : 1);
}

/** One crash point with its timeline. */
export async function runCrashPoint(plan: string, at: number, mode: CrashMode): Promise<number> {
  const { timeline, violations } = await crashOne(plan, at, mode);
  for (const line of timeline) console.log(lineText(line));
  console.log(violations.length === 0 ? "no violation" : violations.join("\n"));
  return violations.length;
}
