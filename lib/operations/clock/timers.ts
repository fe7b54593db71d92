import { type Timer, timerName } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { CLOCK_EVERY_MS, TIMERS_LOCK, startIdleClock } from "../push/start-clock.js";
import { fire } from "./fire.js";
import { MARGIN_MS } from "./margin.js";

export interface TimerOptions {
  readonly deadlineMs: number;
  /**
   * Holds the timers' lock on behalf of this clock: the process that started it for a timer took the lock in this name.
   */
  readonly owner?: string;
}

/** The most timers that are worked on at once. */
export const TIMERS_AT_ONCE = 100;

/** Outlives two failed renewals. A renewal is a write, so it is not done at every step. */
const LOCK_MS = 15_000;
export const RENEW_EVERY_MS = 5_000;

/** The longest wait between steps, so that a timer set in the meantime is at most a second late. */
export const STEP_MS = 1_000;
/** The shortest wait, so that a timer that could not be put off is not tried in a tight loop. */
export const STEP_AT_LEAST_MS = 50;

/**
 * Serves the timers while one is due within the minute. If none is, it takes no lock; a process that does not get the
 * lock does nothing. After it has released the lock it looks once more, because a process that set a timer and found
 * the lock held did so before that look. If it runs out of time with a timer due soon, it starts its successor: the
 * rule's next clock may have come and gone in the meantime.
 */
export async function serveTimers(engine: Engine, { deadlineMs, owner }: TimerOptions): Promise<void> {
  const { locks, clock, random } = engine;
  const name = owner ?? random.nonce();
  const lastMs = deadlineMs - MARGIN_MS;
  if (clock.nowMs() >= lastMs) return;
  // A process that starts a clock for a timer takes the lock in its name: that has to be released.
  if (owner === undefined && !(await isAnythingDue(engine))) return;
  const work = new Map<string, Promise<void>>();
  try {
    do {
      const acquired = await locks.acquire(TIMERS_LOCK, name, clock.nowMs(), clock.nowMs() + LOCK_MS);
      if (acquired.kind === "held") return;
      const service = new Service(engine, name, lastMs, work);
      const ended = await service.run();
      if (ended === "lost") return;
      await locks.release(TIMERS_LOCK, name);
      if (!(await isAnythingDue(engine))) return;
    } while (clock.nowMs() < lastMs);
    await startIdleClock(engine);
  } finally {
    // Last of all: this clock may be ended while it waits for a timer whose work hangs.
    await Promise.all(work.values());
  }
}

/** Whether a timer is due before the rule starts the next clock. */
const isAnythingDue = async ({ timers, clock }: Engine): Promise<boolean> =>
  (await timers.due(clock.nowMs() + CLOCK_EVERY_MS, 1)).length > 0;

/** One run under the lock. */
class Service {
  #renewAtMs: number;
  #lockEndsAtMs: number;

  constructor(
    private readonly engine: Engine,
    private readonly owner: string,
    private readonly lastMs: number,
    /** The work under way, by timer: a slow timer is not started twice and does not hold up others. */
    private readonly underWay: Map<string, Promise<void>>,
  ) {
    const nowMs = engine.clock.nowMs();
    this.#renewAtMs = nowMs + RENEW_EVERY_MS;
    this.#lockEndsAtMs = nowMs + LOCK_MS;
  }

  async run(): Promise<"quiet" | "out-of-time" | "lost"> {
    while (this.engine.clock.nowMs() < this.lastMs) {
      if (await this.#isLost()) return "lost";
      const soon = await this.#look();
      if (soon?.length === 0) return "quiet";
      await this.#wait(this.#startAll(soon ?? []));
    }
    return "out-of-time";
  }

  /** The timers due within the minute; undefined if they could not be read. */
  async #look(): Promise<readonly Timer[] | undefined> {
    const { timers, clock, telemetry } = this.engine;
    try {
      return await timers.due(clock.nowMs() + CLOCK_EVERY_MS, TIMERS_AT_ONCE + this.underWay.size);
    } catch (error) {
      telemetry.event("timers-unread", "warn", { error: String(error) });
      return undefined;
    }
  }

  /** Starts the work of due timers. Returns when the next one can start, as far as that is known. */
  #startAll(soon: readonly Timer[]): number {
    const nowMs = this.engine.clock.nowMs();
    const isFull = soon.length >= TIMERS_AT_ONCE;
    for (const timer of soon) {
      const name = nameAt(timer);
      if (this.underWay.has(name)) continue;
      if (timer.dueMs > nowMs || this.underWay.size >= TIMERS_AT_ONCE) return timer.dueMs;
      const work = fire(this.engine, timer).finally(() => this.underWay.delete(name));
      this.underWay.set(name, work);
    }
    return isFull ? nowMs : Infinity;
  }

  async #wait(nextMs: number): Promise<void> {
    const { clock } = this.engine;
    await clock.sleep(Math.min(STEP_MS, Math.max(STEP_AT_LEAST_MS, nextMs - clock.nowMs())));
  }

  /** A failed renewal is repeated at the next step, as long as the lock lasts. */
  async #isLost(): Promise<boolean> {
    const { locks, clock, telemetry } = this.engine;
    const nowMs = clock.nowMs();
    if (nowMs < this.#renewAtMs) return false;
    try {
      if ((await locks.renew(TIMERS_LOCK, this.owner, nowMs + LOCK_MS, true)) === "lost") return true;
      this.#renewAtMs = nowMs + RENEW_EVERY_MS;
      this.#lockEndsAtMs = nowMs + LOCK_MS;
      return false;
    } catch (error) {
      telemetry.event("lock-not-renewed", "warn", { name: TIMERS_LOCK, error: String(error) });
      return nowMs >= this.#lockEndsAtMs;
    }
  }
}

const nameAt = (timer: Timer): string => `${timer.dueMs}#${timerName(timer)}`;
