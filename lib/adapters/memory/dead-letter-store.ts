import {
  ACTS_TOLD,
  type DeadLetterEntry,
  type KeptAct,
  type LetterAct,
  actKey,
  actPrefix,
  countChanges,
  deadLetterKey,
  entryOf,
  isListed,
  mendedPrefix,
} from "../../domain/dead-letter.js";
import type { DeadLetterStore } from "../../domain/ports/dead-letter-store.js";
import type { Move } from "../../domain/progress/records.js";
import { type SubscriptionRef, subscriptionKey } from "../../domain/subscription.js";
import { pageOf } from "./pages.js";
import { type MemoryStorage, ProgressEntry, answered, copy } from "./storage.js";

export function memoryDeadLetterStore({ progress }: MemoryStorage): DeadLetterStore {
  const entryOfSubscription = (subscription: SubscriptionRef): ProgressEntry =>
    progress.get(subscriptionKey(subscription)) ?? new ProgressEntry();
  return {
    get: async (subscription, id) => {
      await answered();
      return copy(entryOfSubscription(subscription).letters.get(id));
    },
    list: async (subscription, query, page) => {
      await answered();
      const { listedLetters } = entryOfSubscription(subscription);
      return pageOf(listedLetters, (entry) => (isListed(entry, query) ? copy(entry) : undefined), page);
    },
    mended: async (subscription, name) => {
      await answered();
      return copy(entryOfSubscription(subscription).mended.get(name)?.copy);
    },
    mendedOf: async (subscription, place) => {
      await answered();
      const all = [...entryOfSubscription(subscription).mended.values()];
      return all
        .filter(({ name }) => name.startsWith(mendedPrefix(place)))
        .map((one) => copy({ name: one.name, copy: one.copy }));
    },
    dropMended: async (subscription, name) => {
      await answered();
      entryOfSubscription(subscription).mended.delete(name);
    },
    acts: async (subscription, id) => {
      await answered();
      const told: KeptAct[] = [];
      for (const [key, act] of entryOfSubscription(subscription).acts.entries(actPrefix(id))) {
        if (!key.startsWith(actPrefix(id)) || told.length === ACTS_TOLD) break;
        told.push(copy(act));
      }
      return told;
    },
    count: async (subscription, nowMs) => {
      await answered();
      const { letterCounts } = entryOfSubscription(subscription);
      return [...letterCounts].reduce((sum, [expiresAtMs, n]) => sum + (expiresAtMs > nowMs ? n : 0), 0);
    },
  };
}

/** Whether the dead letters are as the move expects them. */
export function holdsLetters({ letters }: ProgressEntry, move: Move): boolean {
  const { deadLetters = [], endedDeadLetters = [] } = move;
  return (
    deadLetters.every(({ letter, replaces }) => letters.get(letter.id)?.nonce === replaces?.nonce) &&
    endedDeadLetters.every(({ id, nonce }) => letters.get(id)?.nonce === nonce)
  );
}

/** The dead letters' part of a move. */
export function applyLetters(entry: ProgressEntry, move: Move): void {
  const { letters, listedLetters, letterCounts, mended, acts } = entry;
  for (const one of move.mended ?? []) mended.set(one.name, one);
  for (const { letter, replaces } of move.deadLetters ?? []) {
    letters.set(letter.id, letter);
    if (replaces) listedLetters.delete(deadLetterKey(replaces));
    listedLetters.set(deadLetterKey(letter), entryOf(letter));
  }
  for (const ended of move.endedDeadLetters ?? []) {
    letters.delete(ended.id);
    listedLetters.delete(deadLetterKey(ended));
    if (move.act) acts.set(actKey(ended, move.act), keptAct(ended, move.act));
  }
  for (const [expiresAtMs, by] of countChanges(move))
    letterCounts.set(expiresAtMs, (letterCounts.get(expiresAtMs) ?? 0) + by);
}

const keptAct = ({ expiresAtMs, nonce }: DeadLetterEntry, act: LetterAct): KeptAct => ({
  ...act,
  expiresAtMs,
  nonce,
});
