import { UserError } from "../../local/user-error.js";
import { CRASH_MODES, type CrashMode } from "./crash-mode.js";
import { WRITE_NAMES } from "./port-calls.js";
import { SMALL_PLANS, smallPlan } from "./small-plans.js";
import { type Run, simulate } from "./simulate.js";

const SEED = 7;

export interface CrashResult {
  readonly plan: string;
  readonly at: number;
  readonly mode: CrashMode;
  /** `pump-2 progress.move` */
  readonly call: string;
  readonly violation: string | undefined;
}

export interface CrashTask {
  readonly share: number;
  readonly of: number;
  /** Beside the first call of each kind that a plan makes: so many of the others, spread evenly; default: all. */
  readonly furtherCalls?: number | undefined;
}

/** Kills whoever makes a call, at the calls of every small plan and in every way, and sees all of it end well. */
export async function crashPoints(
  { share, of, furtherCalls = Infinity }: CrashTask,
  tell: (result: CrashResult) => void,
): Promise<void> {
  let number = 0;
  for (const [name, plan] of Object.entries(SMALL_PLANS)) {
    const whole = await simulate(SEED, { plan });
    for (const at of chosenOf(whole.calls, furtherCalls)) {
      for (const mode of modesOf(whole.calls[at] ?? "")) {
        if (number++ % of !== share) continue;
        const { violations, counts } = await simulate(SEED, { plan, crash: { at, mode } });
        const violation = violations[0] ?? (counts.has("killed") ? undefined : "crash: nobody was killed");
        tell({ plan: name, at, mode, call: whole.calls[at] ?? "?", violation });
      }
    }
  }
}

/** `pump progress.move`: of whichever pump. */
export const kindOf = (call: string): string => call.replace(/-\d+ /, " ");

/** The places of the first call of each kind, and of `further` of the others. */
export function chosenOf(calls: readonly string[], further: number): readonly number[] {
  const kinds = calls.map(kindOf);
  const isFirst = (at: number): boolean => kinds.indexOf(kinds[at] ?? "") === at;
  const others = kinds.flatMap((_, at) => (isFirst(at) ? [] : [at]));
  const every = Math.max(1, Math.ceil(others.length / further));
  const taken = new Set(others.filter((_, index) => index % every === 0));
  return kinds.flatMap((_, at) => (isFirst(at) || taken.has(at) ? [at] : []));
}

/** A read leaves nothing behind: to die in front of it, or with its answer, is to die between two writes. */
function modesOf(call: string): readonly CrashMode[] {
  const isWrite = WRITE_NAMES.some((name) => call.endsWith(` ${name}`));
  return isWrite ? CRASH_MODES : CRASH_MODES.slice(0, 1);
}

/** One of them again, with its timeline. */
export async function crashOne(name: string, at: number, mode: CrashMode): Promise<Run> {
  const plan = smallPlan(name);
  const run = await simulate(SEED, { plan, crash: { at, mode }, keepTimeline: true });
  if (!run.counts.has("killed")) throw new UserError(`"${name}" makes no call ${at}: nobody was killed`);
  return run;
}
