import { type Found, duration, wrong } from "../../domain/finding.js";
import { type Round, type Rounds, roundsOf } from "../../domain/round.js";
import { timerSubject } from "../../domain/timer.js";
import { SWEEP_LOCK } from "../clock/sweep.js";
import type { Engine } from "../engine.js";

/** A clock runs each minute, and the clocks of two processes are two minutes apart at the most. */
const SILENT_MS = 5 * 60_000;
const LATE_MS = 3 * 60_000;
/** A round that is not over goes on with each clock, and says only when it began. */
const UNFINISHED_MS = 30 * 60_000;
/** One round begins each day, also where nothing is in use. */
const DAILY_MS = 25 * 3_600_000;
const MARKS = 100;
const TIMERS = 100;

const CLOCK = "look at the clock's alarms and its log, and whether its rule is enabled";

/**
 * Whether the clock does its work, by what it leaves behind: how far its rounds have come, and timers that are overdue.
 * These are the reads of one clock, however large the queue is.
 */
export async function clockFindings(engine: Engine): Promise<readonly Found[]> {
  const { timers, locks, clock } = engine;
  const nowMs = clock.nowMs();
  const [late, note, topics] = await Promise.all([
    timers.due(nowMs - LATE_MS, TIMERS),
    locks.note(SWEEP_LOCK, { consistent: true }),
    engine.topics.list({ limit: 1 }),
  ]);
  const isOld = topics.items.some(({ createdAtMs }) => nowMs - createdAtMs > SILENT_MS);
  const rounds = roundsOf(note);
  if (isOld && (await isSilent(engine, rounds))) {
    const began = Object.values(rounds).map(({ beganAtMs }) => beganAtMs);
    const what = "the clock does not run: lost starts are not repaired, delayed messages and retries wait";
    return [wrong("clock-silent", what, CLOCK, ...(began.length > 0 ? [Math.max(...began)] : []))];
  }
  const [first] = late;
  if (!first) return [];
  const { topic = "" } = timerSubject(first);
  const count = late.length < TIMERS ? `${late.length}` : `${TIMERS} or more`;
  const behind = `the first by ${duration(nowMs - first.dueMs)}, of topic ${topic}`;
  const what = `timers are not served in time: ${count} late, ${behind}`;
  return [wrong("timers-late", what, CLOCK, first.dueMs)];
}

/**
 * A clock takes its lock at once in a new queue, and each day from then on, so a note is there. A topic that is to be
 * looked after is visited within a minute.
 */
async function isSilent({ marks, clock }: Engine, { wake, all }: Rounds): Promise<boolean> {
  if (!wake && !all) return true;
  const nowMs = clock.nowMs();
  if (all && isOver(all, nowMs, DAILY_MS)) return true;
  if (wake && !isOver(wake, nowMs, SILENT_MS)) return false;
  const { items } = await marks.list({ limit: MARKS });
  return items.some(({ setAtMs, nextLookMs = setAtMs }) => nowMs - nextLookMs > SILENT_MS);
}

/** Whether the next one should have begun for long. */
const isOver = ({ beganAtMs, place }: Round, nowMs: number, afterMs: number): boolean =>
  nowMs - beganAtMs > (place ? Math.max(afterMs, UNFINISHED_MS) : afterMs);
