import { type Timer, timerName } from "../../domain/timer.js";
import type { Engine } from "../engine.js";
import { CLOCK_EVERY_MS, TIMERS_LOCK, startIdleClock } from "../push/start-clock.js";
import { fire } from "./fire.js";
import { MARGIN_MS } from "./margin.js";

export interface TimerOptions {
  readonly deadlineMs: number;
  /** Who holds the lock of the timers for this clock; whoever started it for a timer names it. */
  readonly owner?: string;
}

/** Timers whose work is under way at once. */
export const TIMERS_AT_ONCE = 100;

/** Outlives two renewals that go wrong; each is a write, so not at every step. */
const LOCK_MS = 15_000;
export const RENEW_EVERY_MS = 5_000;

/** A step waits no longer than this, so that a timer which is set meanwhile is at most a second late. */
export const STEP_MS = 1_000;
/** A timer that is not put off is tried again, but not in a tight loop. */
export const STEP_AT_LEAST_MS = 50;

/**
 * Serves the timers while something is due within the minute. Whoever does not get the lock does nothing. It looks once
 * more after it has let go: whoever set a timer and found the lock held did so before that look. Out of time with
 * something due soon, it starts its successor: the rule's next clock may have come, and gone, while this one was at
 * work.
 */
export async function serveTimers(engine: Engine, { deadlineMs, owner }: TimerOptions): Promise<void> {
  const { locks, clock, random } = engine;
  const name = owner ?? random.nonce();
  const lastMs = deadlineMs - MARGIN_MS;
  if (clock.nowMs() >= lastMs) return;
  do {
    const acquired = await locks.acquire(TIMERS_LOCK, name, clock.nowMs(), clock.nowMs() + LOCK_MS);
    if (acquired.kind === "held") return;
    const service = new Service(engine, name, lastMs);
    const ended = await service.run();
    if (ended === "lost") return;
    await locks.release(TIMERS_LOCK, name);
    const soon = await engine.timers.due(clock.nowMs() + CLOCK_EVERY_MS, 1);
    if (soon.length === 0) return;
  } while (clock.nowMs() < lastMs);
  await startIdleClock(engine);
}

/** One holding of the lock. */
class Service {
  /** What is under way, by timer: a slow one is not started again, and holds up none. */
  readonly #underWay = new Map<string, Promise<void>>();
  #renewAtMs: number;
  #lockEndsAtMs: number;

  constructor(
    private readonly engine: Engine,
    private readonly owner: string,
    private readonly lastMs: number,
  ) {
    const nowMs = engine.clock.nowMs();
    this.#renewAtMs = nowMs + RENEW_EVERY_MS;
    this.#lockEndsAtMs = nowMs + LOCK_MS;
  }

  async run(): Promise<"quiet" | "out-of-time" | "lost"> {
    try {
      while (this.engine.clock.nowMs() < this.lastMs) {
        if (await this.#isLost()) return "lost";
        const soon = await this.#look();
        if (soon?.length === 0) return "quiet";
        await this.#wait(this.#startAll(soon ?? []));
      }
      return "out-of-time";
    } finally {
      await Promise.all(this.#underWay.values());
    }
  }

  /** The timers due within the minute; undefined where they could not be read. */
  async #look(): Promise<readonly Timer[] | undefined> {
    const { timers, clock, telemetry } = this.engine;
    try {
      return await timers.due(clock.nowMs() + CLOCK_EVERY_MS, TIMERS_AT_ONCE + this.#underWay.size);
    } catch (error) {
      telemetry.event("timers-unread", "warn", { error: String(error) });
      return undefined;
    }
  }

  /** Begins the work of those that are due. Gives when there is something to begin next, as far as that is known. */
  #startAll(soon: readonly Timer[]): number {
    const nowMs = this.engine.clock.nowMs();
    const isFull = soon.length >= TIMERS_AT_ONCE;
    for (const timer of soon) {
      const name = nameAt(timer);
      if (this.#underWay.has(name)) continue;
      if (timer.dueMs > nowMs || this.#underWay.size >= TIMERS_AT_ONCE) return timer.dueMs;
      const work = fire(this.engine, timer).finally(() => this.#underWay.delete(name));
      this.#underWay.set(name, work);
    }
    return isFull ? nowMs : Infinity;
  }

  async #wait(nextMs: number): Promise<void> {
    const { clock } = this.engine;
    await clock.sleep(Math.min(STEP_MS, Math.max(STEP_AT_LEAST_MS, nextMs - clock.nowMs())));
  }

  /** A renewal that fails is made up for by the next one, as long as the lock lasts. */
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
