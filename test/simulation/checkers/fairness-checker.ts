import type { Handed } from "../../../lib/domain/handed.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { Logged } from "./partition-log.js";
import type { Watched } from "./watched.js";

/** So long a new message may lie there before whoever is at work has seen it. */
const SEEN_WITHIN_MS = 2_000;
/** Idle processes at the most, and some that were cold: each may begin with what is due, and then takes turns. */
const TURNS_PULLED = 16;
/** A look for new messages is under way meanwhile, and a new session begins with what is due. */
const TURNS_PUSHED = 4;

/** What it asks the others. */
interface Beside {
  /** What a subscription has still to do. */
  readonly open: (watched: Watched) => readonly Logged[];
}

/** One subscription that is looked at. */
interface Turns {
  /** Handlers at work, by the first message that they have: whether any of theirs is new. */
  readonly atWork: Map<string, boolean>;
  /** Deliveries in a row that had nothing new. */
  stale: number;
  /** Deliveries in a row that had nothing new, though as many as half of the handlers had nothing new before. */
  beyondHalf: number;
}

/**
 * New messages have their share beside failing ones, so that they drain in at most twice the time that they take with
 * none failing. While one waits, no more than a few deliveries in a row have only what was handed out before. Pushed,
 * those count that start though new messages have less than their half of the handlers; and what is due again has no
 * more than the other half.
 */
export class FairnessChecker {
  /** Names of the subscriptions that it looks at: nothing goes wrong there, but that messages fail. */
  looksAt: ReadonlySet<string> = new Set();
  readonly #turns = new Map<string, Turns>();

  constructor(
    private readonly world: World,
    private readonly beside: Beside,
  ) {}

  /** Messages are handed out, and not yet noted as such. */
  handsOut(watched: Watched, messages: readonly Handed[]): void {
    const { name, target } = watched.subscription;
    if (!this.looksAt.has(name)) return;
    const turns = this.#of(watched);
    const isFresh = messages.some(({ id }) => !watched.handed.has(id));
    if (target.type !== "pull") turns.atWork.set(messages[0]?.id ?? "", isFresh);
    if (isFresh) turns.stale = 0;
    else if (this.#waits(watched)) this.#again(watched, turns);
  }

  /** A handler is over. */
  ended(watched: Watched, messages: readonly Handed[]): void {
    this.#turns.get(subscriptionKey(watched.subscription))?.atWork.delete(messages[0]?.id ?? "");
  }

  /** What was handed out before comes again, while something new waits. */
  #again({ subscription: { name, target, maxConcurrency } }: Watched, turns: Turns): void {
    this.world.count("fairness-looked-at");
    const isPush = target.type !== "pull";
    const ofDue = isPush ? Math.floor(maxConcurrency / 2) : 0;
    const ofFresh = isPush ? maxConcurrency - ofDue : Infinity;
    const fresh = [...turns.atWork.values()].filter((isFresh) => isFresh).length;
    if (fresh < ofFresh) turns.stale++;
    turns.beyondHalf = turns.atWork.size - fresh > Math.max(1, ofDue) ? turns.beyondHalf + 1 : 0;
    if (turns.stale > (isPush ? maxConcurrency + TURNS_PUSHED : TURNS_PULLED))
      this.#violation(name, turns.stale, "what it had before");
    // As many as its width may be left from the pump before.
    if (isPush && turns.beyondHalf > maxConcurrency)
      this.#violation(
        name,
        turns.beyondHalf,
        "more of what it had before than half of its handlers may have",
      );
  }

  #violation(name: string, times: number, what: string): void {
    this.world.violation(
      "fairness",
      `${name} got ${times} times in a row ${what}, while new messages waited`,
    );
  }

  #waits(watched: Watched): boolean {
    // What waits for its batch window is not kept waiting by others.
    const seenMs = this.world.nowMs - SEEN_WITHIN_MS - watched.subscription.batch.windowSeconds * 1_000;
    return this.beside.open(watched).some(({ id, atMs }) => atMs < seenMs && !watched.handed.has(id));
  }

  #of({ subscription }: Watched): Turns {
    const key = subscriptionKey(subscription);
    const turns = this.#turns.get(key) ?? { atWork: new Map<string, boolean>(), stale: 0, beyondHalf: 0 };
    this.#turns.set(key, turns);
    return turns;
  }
}
