import { type Round, type Rounds, roundsNote, roundsOf } from "../../domain/round.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { sweepExpired } from "./sweep-expired.js";
import { MARGIN_MS } from "./margin.js";
import { purgeGarbage } from "./purge-garbage.js";
import { goRound } from "./rounds.js";
import { sweepTopic } from "./sweep-topic.js";

/** The sweeper's lock. Its note holds how far each round has come. */
export const SWEEP_LOCK = "clock#sweep";

/** Outlives two failed renewals, as a lane's does. */
const LOCK_MS = 45_000;
const RENEW_EVERY_MS = 15_000;

/** A little less than the rule's minute, so that a clock that starts a moment early does not skip its turn. */
const SWEEP_EVERY_MS = 50_000;

/** Slots stay stored for two hours after they expire, so a look every hour finds all of them. */
const EXPIRED_EVERY_MS = 60 * 60_000;

interface RoundPlan {
  readonly name: string;
  readonly everyMs: number;
  readonly visit: (engine: Engine, topic: Topic) => Promise<void>;
}

const ROUNDS: readonly RoundPlan[] = [
  { name: "wake", everyMs: SWEEP_EVERY_MS, visit: sweepTopic },
  { name: "expired", everyMs: EXPIRED_EVERY_MS, visit: sweepExpired },
];

/**
 * Makes up for lost starts and doorbells. A process that does not get the lock does nothing. The rounds and the purge
 * run side by side: none waits for another, and a failure of one does not stop the others.
 */
export async function sweep(engine: Engine, { deadlineMs }: { deadlineMs: number }): Promise<void> {
  const { locks, clock, random, telemetry } = engine;
  const untilMs = deadlineMs - MARGIN_MS;
  if (clock.nowMs() >= untilMs) return;
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

  async go({ name, everyMs, visit }: RoundPlan, untilMs: number): Promise<void> {
    const round = await goRound(this.engine, {
      name,
      everyMs,
      round: this.rounds[name],
      visit: (topic) => visit(this.engine, topic),
      keep: (next) => this.#keep(name, next),
      untilMs,
    });
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
