import { type Round, type Rounds, roundsNote, roundsOf } from "../../domain/round.js";
import type { Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { sweepExpired } from "./sweep-expired.js";
import { MARGIN_MS } from "./margin.js";
import { purgeGarbage } from "./purge-garbage.js";
import { goRound } from "./rounds.js";
import { sweepTopic } from "./sweep-topic.js";

/** The lock of whoever sweeps; its note says how far each round has come. */
export const SWEEP_LOCK = "clock#sweep";

/** As a lane's: outlives two renewals that go wrong. */
const LOCK_MS = 45_000;
const RENEW_EVERY_MS = 15_000;

/** A little less than the rule's minute, so that a clock which comes a moment early does not skip its turn. */
const SWEEP_EVERY_MS = 50_000;

/** Slots stand for two hours after their expiry, so that a look an hour finds all of them. */
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
 * Makes up for what was lost. Whoever does not get the lock does nothing. The rounds and the purge go on beside each
 * other: none waits for another, and one that fails stops no other.
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

/** One holding of the lock, with how far its rounds have come. */
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
   * Stored with each renewal of the lock. Before each visit where the last one who swept died: if a topic kills its
   * sweeper, the next one goes on behind it. A renewal that fails ends nothing: to sweep twice is harmless.
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
