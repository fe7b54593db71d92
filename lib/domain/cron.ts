import { Cron } from "croner";
import type { FieldProblem } from "./errors.js";

/** When a schedule runs: a cron expression of five fields, read in an IANA time zone. */
export interface Timing {
  readonly cron: string;
  readonly timeZone: string;
}

const FIELDS = 5;
const NICKNAMES = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/**
 * The first run after a time, to the minute; undefined if there is none. A run at fixed times of the day that the
 * clocks skip comes as they go on, and one that they show twice comes once. Whatever has `*` or a step in its hour or
 * minute goes by time that passes: what is skipped falls away, what comes twice runs twice.
 */
export function nextRunAfter({ cron, timeZone }: Timing, afterMs: number): number | undefined {
  // eslint-disable-next-line no-restricted-globals -- it says what time is asked for, and reads no clock
  return parsed(cron, timeZone).nextRun(new Date(afterMs))?.getTime();
}

const parsed = (cron: string, timeZone: string): Cron =>
  new Cron(cron, { timezone: timeZone, mode: "5-part", fixedTimeRule: "no-wildcard" });

/** What is wrong with it; nothing if it runs after that time. */
export function timingProblems(timing: Timing, nowMs: number): readonly FieldProblem[] {
  const problems = [cronProblem(timing.cron), timeZoneProblem(timing.timeZone)].flat();
  if (problems.length > 0) return problems;
  if (nextRunAfter(timing, nowMs) !== undefined) return [];
  const detail = `"${timing.cron}" never comes: no month has such a day`;
  return [{ path: "cron", detail }];
}

function cronProblem(cron: string): readonly FieldProblem[] {
  const problem = (detail: string): readonly FieldProblem[] => [{ path: "cron", detail }];
  const fields = cron.trim().split(/\s+/);
  if (cron.trim().startsWith("@")) {
    if (NICKNAMES.includes(cron.trim().toLowerCase())) return [];
    return problem(
      `"${cron}" is not known: use ${NICKNAMES.join(", ")}, or five fields such as "30 2 * * *"`,
    );
  }
  if (fields.length !== FIELDS || cron.trim() === "") {
    const has = cron.trim() === "" ? 0 : fields.length;
    const rest =
      has === FIELDS + 1 ? ": seconds and years have none, since a schedule runs to the minute" : "";
    return problem(
      'must have five fields (minute, hour, day of month, month, day of week), such as "30 2 * * *": ' +
        `it has ${has}${rest}`,
    );
  }
  try {
    parsed(cron, "UTC");
    return [];
  } catch (error) {
    return problem(`"${cron}" is not a cron expression: ${reasonIn(error)}`);
  }
}

/** Without the library's own names. */
const reasonIn = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replace(/^\w+: /, "")
    .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());

/** An offset such as +02:00 is none: it knows no daylight-saving time, and what is meant mostly has it. */
function timeZoneProblem(timeZone: string): readonly FieldProblem[] {
  const detail = `"${timeZone}" is not a time zone: use a name of the IANA database, such as Europe/Berlin or UTC`;
  if (!/^[A-Za-z][\w+/-]*$/.test(timeZone)) return [{ path: "timeZone", detail }];
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return [];
  } catch {
    return [{ path: "timeZone", detail }];
  }
}
