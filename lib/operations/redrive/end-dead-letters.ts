import type { DeadLetterEntry, LetterAct } from "../../domain/dead-letter.js";
import { letGoMove } from "../../domain/moves/hold.js";
import type { Due, Holding, Move } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { cursorIn } from "../consume/known-cursors.js";
import { ListedKeys } from "../consume/listed-keys.js";
import { mayBeDue } from "../consume/nothing-due.js";
import type { Engine } from "../engine.js";
import { wakeUp } from "../push/start-pumps.js";

/**
 * Ends dead letters for good, in one move with that by which the keys go on that hold for them. `conflict`: another
 * process has changed one of them, or of their records.
 */
export async function endDeadLetters(
  engine: Engine,
  reader: Reader,
  letters: readonly DeadLetterEntry[],
  act: LetterAct,
): Promise<"ended" | "ended-holds" | "conflict"> {
  const { clock, random, progress } = engine;
  const holds = await holdsOf(engine, reader, letters);
  if (holds === "changed") return "conflict";
  const making = { nowMs: clock.nowMs(), nonce: () => random.nonce() };
  const moves = holds.map(({ record, offsets }) => letGoMove(record, offsets, making));
  const put: readonly Due[] = moves.flatMap((move) => move.put ?? []);
  const remove: readonly Due[] = moves.flatMap((move) => move.remove ?? []);
  const move: Move = { endedDeadLetters: letters, act, put, remove };
  if ((await progress.move(reader.subscription, move)) === "conflict") return "conflict";
  return holds.length > 0 ? "ended-holds" : "ended";
}

interface Hold {
  readonly record: Holding;
  readonly offsets: Set<Offset>;
}

/** The records in which dead letters hold their keys, and where. `changed`: a record became another one meanwhile. */
async function holdsOf(
  engine: Engine,
  { topic, subscription }: Reader,
  letters: readonly DeadLetterEntry[],
): Promise<readonly Hold[] | "changed"> {
  const { progress } = engine;
  if (topic.ordering === "none") return [];
  const holds = new Map<string, Hold>();
  for (const partition of new Set(letters.map((letter) => letter.partition))) {
    const stored = await progress.cursor(subscription, partition);
    const keys = new ListedKeys(engine, subscription, cursorIn(subscription, partition, stored));
    let isSure = true;
    for (const letter of letters.filter((one) => one.partition === partition)) {
      const record = await keys.holdOf(letter);
      isSure &&= record !== undefined || keys.gone.size === 0;
      if (!record) continue;
      const known = holds.get(record.id) ?? { record, offsets: new Set() };
      holds.set(record.id, known);
      known.offsets.add(letter.offset);
    }
    // What is gone has ended if the cursor has not changed since; else it may be what held the key.
    const isSame = isSure || (await progress.cursor(subscription, partition))?.version === stored?.version;
    if (!isSame) return "changed";
  }
  return [...holds.values()];
}

/** Has those look at once who deliver what waited behind dead letters. */
export async function wakeUpHeld(engine: Engine, { topic, subscription }: Reader): Promise<void> {
  const memory = engine.caches.consumers.get(subscriptionKey(subscription));
  if (memory) mayBeDue(memory);
  engine.news.ring(topic.uid);
  await wakeUp(engine, subscription);
}
