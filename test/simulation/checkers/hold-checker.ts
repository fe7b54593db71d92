import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { holdsFor } from "../../../lib/domain/progress/holds.js";
import { type Due, type Move, isWaiting, openSpans } from "../../../lib/domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../../lib/domain/subscription.js";
import type { World } from "../world.js";
import type { Logged } from "./partition-log.js";
import type { PlaceChecker } from "./place-checker.js";
import type { Watched } from "./watched.js";

/**
 * Where a subscription holds: each dead letter is in a record of its key as long as it is there, and meanwhile no later
 * message of that key is handed out.
 */
export class HoldChecker {
  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly places: PlaceChecker,
  ) {}

  /** What a move leaves: of what dies in it the key holds, and what ends in it holds no more. */
  moved(
    who: string,
    ref: SubscriptionRef,
    { deadLetters = [], endedDeadLetters = [], put = [] }: Move,
  ): void {
    const watched = this.#holding(ref);
    if (!watched) return;
    const { name, epoch } = watched.subscription;
    for (const { letter } of deadLetters) {
      if (letter.epoch < epoch) continue;
      this.world.count("keys-held");
      const isHeld = put.some((one) => one.partition === letter.partition && holdsFor(one, letter.offset));
      if (!isHeld) this.world.violation("hold", `${who} has ${letter.id} of ${name} die, and no key holds`);
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

  /** No message is handed out while a dead letter of an earlier one of its key is there. */
  handsOut(watched: Watched, { id, key, partition, offset }: Logged, who: string): void {
    if (!this.#holding(watched.subscription)) return;
    const { name, epoch } = watched.subscription;
    const letters = this.storage.progress.get(subscriptionKey(watched.subscription))?.letters.values() ?? [];
    for (const letter of letters) {
      if (letter.key !== key || letter.partition !== partition || letter.offset >= offset) continue;
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

  #holding(ref: SubscriptionRef): Watched | undefined {
    const watched = this.places.of(ref);
    const holds = watched?.subscription.deadLetter.onDeadLetter === "hold" && !watched.isDeleted;
    return holds ? watched : undefined;
  }
}

/** Clocks are this far apart at the most. */
const SKEW_MS = 125_000;
