import type { Mutant } from "./mutant.js";

const SCHEDULE = "lib/domain/schedule.ts";
const MOVES = "lib/domain/schedule-run.ts";
const RUN = "lib/operations/schedule/run-schedule.ts";
const PUBLISH = "lib/operations/schedule/publish-run.ts";
/** Of seeds, few have a run that does not fit its schema any more. */
const UNFIT = "schedules: of a topic whose schema changes, so that runs are refused";
const LATE = "schedules: changed again and again, while calls land late";
const APART = "schedules: while clocks are set, and are apart";
const CHANGE = "lib/operations/manage/schedules.ts";

/** Bugs of schedules. */
export const SCHEDULE_MUTANTS: readonly Mutant[] = [
  {
    name: "schedule-run-whatever-became-of-it",
    file: "lib/adapters/memory/records.ts",
    find: 'if (change.kind === "schedule") return !holdsVersionBefore(storage, change.schedule);',
    replace: 'if (change.kind === "schedule") return false;',
    found: ["schedule"],
    plan: LATE,
  },
  {
    name: "schedule-makes-up-for-each-missed-run",
    file: MOVES,
    find: "return { ...rescheduled(ran, nowMs), version: schedule.version + 1 };",
    replace: "return { ...rescheduled(ran, dueMs), version: schedule.version + 1 };",
    found: ["schedule"],
  },
  {
    name: "schedule-runs-again-for-a-clock-that-is-behind",
    file: MOVES,
    find: ": nextRunAfter(schedule, Math.max(nowMs, schedule.lastDueMs ?? 0));",
    replace: ": nextRunAfter(schedule, nowMs);",
    found: ["schedule"],
    plan: APART,
  },
  {
    name: "schedule-without-the-timer-of-its-next-run",
    file: PUBLISH,
    find: '...(timer ? [{ kind: "timer", timer } as const] : []),',
    replace: '...(timer && Number.isNaN(0) ? [{ kind: "timer", timer } as const] : []),',
    found: ["schedule"],
  },
  {
    name: "schedule-runs-early",
    file: RUN,
    find: "const nowMs = Math.max(clock.nowMs(), timer.dueMs);",
    replace: "const nowMs = Math.max(clock.nowMs(), timer.dueMs) + 60_000;",
    found: ["schedule"],
  },
  {
    name: "schedule-runs-while-it-is-paused",
    file: CHANGE,
    find: "before.cron !== after.cron || before.timeZone !== after.timeZone || before.paused !== after.paused;",
    replace: "before.cron !== after.cron || before.timeZone !== after.timeZone;",
    found: ["schedule"],
  },
  {
    name: "schedule-run-now-moves-its-next-run",
    file: MOVES,
    find: "return { ...before, lastRunMs: nowMs, lastMessageId: messageId, version: schedule.version + 1 };",
    replace: "return afterRun(before, schedule.nextRunMs ?? nowMs, { messageId, nowMs });",
    found: ["schedule"],
  },
  {
    name: "schedule-run-now-without-its-claim",
    file: PUBLISH,
    find: "...(claim ? [claim] : []),",
    replace: "...(claim && Number.isNaN(0) ? [claim] : []),",
    found: ["schedule"],
  },
  {
    name: "schedule-run-checked-by-no-schema",
    file: PUBLISH,
    find: "const faults = await bodyFaults(engine, topic, [message]);",
    replace: "const faults = await bodyFaults(engine, {}, [message]);",
    found: ["schedule", "schema"],
    plan: UNFIT,
  },
  {
    name: "schedule-refused-is-due-again-at-once",
    file: MOVES,
    find: "return { ...rescheduled(refused, lastRefusal.atMs), version: schedule.version + 1 };",
    replace: "return { ...refused, version: schedule.version + 1 };",
    found: ["schedule"],
    plan: UNFIT,
  },
  {
    name: "schedule-of-a-deleted-topic-never-purged",
    file: "lib/operations/clock/purge-garbage.ts",
    find: "if (!(await purgeSchedules(engine, garbage.topic))) return false;",
    replace: "void purgeSchedules;",
    found: ["leak"],
    within: 1_500,
  },
  {
    name: "schedule-timer-removed-that-was-set-anew",
    file: SCHEDULE,
    find: "const nonce = `${uid}-${version}`;",
    replace: "const nonce = `${uid}-${version - version}`;",
    found: ["schedule"],
    within: 1_500,
  },
];
