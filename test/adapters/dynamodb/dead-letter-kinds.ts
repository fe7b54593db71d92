import { dynamoDbDeadLetterStore } from "../../../lib/adapters/dynamodb/dead-letter-store.js";
import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { deadLetterKey } from "../../../lib/domain/dead-letter.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import { NOW_MS, aDeadLetter, aNonce, aSubscriptionRef } from "../../contract/builders.js";
import type { Kind } from "./stored.js";

const PAGE = { limit: 1_000 };
const PART = { letter: "letter#", listed: "letter-at#", count: "letter-count#" } as const;

/** A dead letter is three items: with its message, in the list, and in the count of what expires with it. */
export const deadLetter =
  (part: keyof typeof PART): Kind =>
  async (db) => {
    const [progress, ref] = [dynamoDbProgressStore(db), aSubscriptionRef()];
    const pk = `progress#${subscriptionKey(ref)}`;
    const deadLetters = dynamoDbDeadLetterStore(db);
    const letter = aDeadLetter();
    await progress.move(ref, { deadLetters: [{ letter }] });
    const names = {
      letter: letter.id,
      listed: deadLetterKey(letter),
      count: String(letter.expiresAtMs),
    };
    const reads = {
      letter: () => deadLetters.get(ref, letter.id),
      listed: () => deadLetters.list(ref, { nowMs: NOW_MS }, PAGE),
      count: () => deadLetters.count(ref, NOW_MS),
    };
    const replaced = {
      letter: { ...letter, nonce: aNonce(), deadLetteredAtMs: NOW_MS + 1 },
      replaces: letter,
    };
    const moved = { letter: { ...aDeadLetter(), id: letter.id } };
    return {
      table: "state",
      key: { pk, sk: `${PART[part]}${names[part].padStart(16, "0")}` },
      reads: [reads[part]],
      writes: [
        () => progress.move(ref, { endedDeadLetters: [letter] }),
        ...(part === "count" ? [] : [() => progress.move(ref, { deadLetters: [replaced] })]),
        ...(part === "letter" ? [() => progress.move(ref, { deadLetters: [moved] })] : []),
      ],
    };
  };
