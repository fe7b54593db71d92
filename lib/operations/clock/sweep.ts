import { type Round, type Rounds, roundsNote, roundsOf } from "../../domain/round.js";
import type { Engine } from "../engine.js";
import { MARGIN_MS } from "./margin.js";
import { purgeGarbage } from "./purge-garbage.js";
import { ROUNDS, type RoundPlan, isWork } from "./sweep-rounds.js";

/** The sweeper's lock. Its note holds how far each round has come. */
export const SWEEP_LOCK = "clock#sweep";

/** Outlives two failed renewals, as a lane's does. */
const LOCK_MS = 45_000;
const RENEW_EVERY_MS = 15_000;

/**
 * Makes up for lost starts and doorbells. If there is nothing to do it takes no lock; a process that does not get the
 * lock does nothing. The rounds and the purge run side by side: none waits for another, and a failure of one does not
 * stop the others.
 */
export async function sweep(engine: Engine, { deadlineMs }: { deadlineMs: number }): Promise<void> {
  const { locks, clock, random, telemetry } = engine;
  const untilMs = deadlineMs - MARGIN_MS;
  if (clock.nowMs() >= untilMs || !(await isNeeded(engine))) return;
  const owner = random.nonce();
  const acquired = await locks.acquire(SWEEP_LOCK, owner, clock.nowMs(), clock.nowMs() + LOCK_MS);
  if (acquired.kind === "held") return;
  const sweeping = new Sweeping(engine, owner, roundsOf(acquired.note), acquired.deaths > 0);
  const outcomes = await Promise.allSettled([
    ...ROUNDS.map((round) => sweeping.go(round, untilMs)),
    purgeGarbage(engine, untilMs),
  ]);
  await locks.release(SWEEP_LOCK, owner, sweeping.note);
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (!failed) return;
  telemetry.event("sweep-failed", "error", { error: String(failed.reason) });
  throw failed.reason;
}

/** Whether there is anything to do. If that cannot be read, the sweep runs and reports what is wrong. */
async function isNeeded(engine: Engine): Promise<boolean> {
  try {
    const [rounds, garbage] = await Promise.all([
      engine.locks.note(SWEEP_LOCK),
      engine.garbage.list({ limit: 1 }),
    ]);
    return garbage.items.length > 0 || (await isWork(engine, roundsOf(rounds)));
  } catch {
    return true;
  }
}

/** One run under the lock, with the places of its rounds. */
class Sweeping {
  #keptAtMs: number;

  constructor(
    private readonly engine: Engine,
    private readonly owner: string,
    private rounds: Rounds,
    private readonly isCareful: boolean,
  ) {
    this.#keptAtMs = engine.clock.nowMs();
  }

  get note(): string {
    return roundsNote(this.rounds);
  }

  async go({ go, ...plan }: RoundPlan, untilMs: number): Promise<void> {
    const { name } = plan;
    const keep = (next: Round): Promise<boolean> => this.#keep(name, next);
    const round = await go(this.engine, { ...plan, round: this.rounds[name], keep, untilMs });
    if (round) this.rounds = { ...this.rounds, [name]: round };
  }

  /**
   * Stores the round's place with each renewal of the lock. If the previous sweeper died, stores it before each visit,
   * so that a topic that kills its sweeper is skipped by the next one. A failed renewal ends nothing: sweeping twice
   * does no harm.
   */
  async #keep(name: string, round: Round): Promise<boolean> {
    const { locks, clock, telemetry } = this.engine;
    this.rounds = { ...this.rounds, [name]: round };
    const nowMs = clock.nowMs();
    if (!this.isCareful && nowMs - this.#keptAtMs < RENEW_EVERY_MS) return true;
    this.#keptAtMs = nowMs;
    try {
      const untilMs = nowMs + LOCK_MS;
      return (await locks.renew(SWEEP_LOCK, this.owner, untilMs, !this.isCareful, this.note)) === "renewed";
    } catch (error) {
      telemetry.event("lock-not-renewed", "warn", { name: SWEEP_LOCK, error: String(error) });
      return true;
    }
  }
}
