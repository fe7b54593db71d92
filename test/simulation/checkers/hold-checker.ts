import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { holdsFor } from "../../../lib/domain/progress/holds.js";
import { type Due, type Move, isWaiting, openSpans } from "../../../lib/domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import type { Call } from "../port-calls.js";
import type { World } from "../world.js";
import type { Logged } from "./partition-log.js";
import type { PauseChecker } from "./pause-checker.js";
import type { PlaceChecker } from "./place-checker.js";
import { SettingChecker } from "./setting-checker.js";
import type { Watched } from "./watched.js";

/**
 * Where a subscription holds: each dead letter is in a record of its key as long as it is there, and meanwhile no later
 * message of that key is handed out. Where it holds no more, nothing is held: what dies from then on, and soon what
 * was held before.
 */
export class HoldChecker {
  readonly #settings: SettingChecker<boolean>;
  /** By subscription key: dead letters for which a key holds, by their nonces. */
  readonly #held = new Map<string, Set<string>>();

  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly places: PlaceChecker,
    pauses: PauseChecker,
  ) {
    this.#settings = new SettingChecker(
      world,
      pauses,
      ({ deadLetter }) => deadLetter.onDeadLetter === "hold",
    );
  }

  after(call: Call, outcome: unknown): void {
    const changed = this.#settings.after(call, outcome);
    if (!changed) return;
    this.world.count("hold-changed");
    // They are let go: right after, or by the sweep.
    if (this.#settings.now(changed) === false) this.#held.delete(subscriptionKey(changed));
  }

  /** What a move leaves: of what dies in it the key holds, and what ends in it holds no more. */
  moved(
    who: string,
    ref: SubscriptionRef,
    { deadLetters = [], endedDeadLetters = [], put = [] }: Move,
  ): void {
    const watched = this.#everHeld(ref);
    if (!watched) return;
    const { name, epoch } = watched.subscription;
    for (const { letter } of deadLetters) {
      if (letter.epoch < epoch) continue;
      const isHeld = put.some((one) => one.partition === letter.partition && holdsFor(one, letter.offset));
      const what = `${who} has ${letter.id} of ${name} die`;
      if (!isHeld && !this.#settings.mayKnow(who, ref, false))
        this.world.violation("hold", `${what}, and no key holds`);
      if (isHeld && !this.#settings.mayKnow(who, ref, true))
        this.world.violation("hold", `${what}, and a key holds, which should not`);
      if (isHeld && this.#settings.now(ref)) this.#holds(ref, letter.nonce);
    }
    for (const { id, partition, offset } of endedDeadLetters) {
      const held = this.#records(watched).find((one) => one.partition === partition && holdsFor(one, offset));
      if (held)
        this.world.violation("hold", `${who} ends dead letter ${id} of ${name}, which ${held.id} holds for`);
    }
    for (const record of put) {
      if (record.kind !== "lease" || record.version > 1 || record.epoch < epoch) continue;
      const handedOut = openSpans(record).filter((span) => !isWaiting(record, span));
      const log = this.places.logOf(watched.subscription, record.partition);
      for (const message of handedOut.flatMap(({ from, to }) => log.between(from, to)))
        this.handsOut(watched, message, `${who} with ${record.id}`);
    }
  }

  #holds(ref: SubscriptionRef, nonce: string): void {
    this.world.count("keys-held");
    const key = subscriptionKey(ref);
    this.#held.set(key, (this.#held.get(key) ?? new Set()).add(nonce));
  }

  /** No message is handed out while a dead letter of an earlier one of its key is there. */
  handsOut(watched: Watched, { id, key, partition, offset }: Logged, who: string): void {
    const held = this.#held.get(subscriptionKey(watched.subscription));
    if (!held || watched.isDeleted) return;
    const { name, epoch } = watched.subscription;
    const letters = this.storage.progress.get(subscriptionKey(watched.subscription))?.letters.values() ?? [];
    for (const letter of letters) {
      if (letter.key !== key || letter.partition !== partition || letter.offset >= offset) continue;
      if (!held.has(letter.nonce)) continue;
      if (letter.epoch < epoch || letter.expiresAtMs <= this.world.nowMs + SKEW_MS) continue;
      // A pump that has it in memory hears of an operator's word with its next commit.
      if (watched.operated.has(letter.id)) continue;
      this.world.violation("hold", `${who} hands out ${id} of ${name}: its key holds for ${letter.id}`);
    }
  }

  #records({ subscription }: Watched): readonly Due[] {
    const records = this.storage.progress.get(subscriptionKey(subscription))?.records() ?? [];
    return records.filter(({ epoch }) => epoch >= subscription.epoch);
  }

  #everHeld(ref: SubscriptionRef): Watched | undefined {
    const watched = this.places.of(ref);
    return watched && !watched.isDeleted && this.#settings.ever(ref, true) ? watched : undefined;
  }
}

/** Clocks are this far apart at the most. */
const SKEW_MS = 125_000;
