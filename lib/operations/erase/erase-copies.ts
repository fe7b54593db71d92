import { type DeadLetterEntry, entryOf } from "../../domain/dead-letter.js";
import { Conflict } from "../../domain/errors.js";
import type { Erasure } from "../../domain/message.js";
import { settleInRecord } from "../../domain/moves/operator.js";
import type { Move } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Topic } from "../../domain/topic.js";
import { findHolding } from "../consume/find-holding.js";
import { cursorIn } from "../consume/known-cursors.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { tellExpired } from "../log/tell-expired.js";
import { everySubscription } from "../lookup.js";
import { endDeadLetters, wakeUpHeld } from "../redrive/end-dead-letters.js";
import type { ErasedInLog } from "./erase-in-log.js";
import { eraseInJournal } from "./erase-journal.js";
import { deleteNamed, deleteUpload } from "./objects.js";

const ATTEMPTS = 16;
/** Subscriptions that are looked at side by side. */
const AT_ONCE = 25;

/** What is to be taken out, and how long may be worked on it. */
export interface Erasing {
  readonly id: string;
  readonly erasure: Erasure;
  /** Where it lies in the log; undefined if that does not have it any more. */
  readonly inLog: ErasedInLog | undefined;
  readonly untilMs: number;
}

export interface ErasedCopies {
  /** Whether any subscription had a dead letter of it. */
  readonly hadLetter: boolean;
  /** Whether time ran out before all were looked at. */
  readonly isPart: boolean;
}

/**
 * Takes out what the subscriptions of a topic have of a message: dead letters, what it was mended to, why its attempts
 * failed. A retry of it ends as what has expired; who has it under a lease may still settle it. It may be repeated.
 * @throws {Conflict} {Throttled} {StorageUnavailable}
 */
export async function eraseCopies(engine: Engine, topic: Topic, erasing: Erasing): Promise<ErasedCopies> {
  let [hadLetter, isPart] = [false, false];
  for await (const subscriptions of everySubscription(engine, topic)) {
    for (let from = 0; from < subscriptions.length && !isPart; from += AT_ONCE) {
      const some = subscriptions.slice(from, from + AT_ONCE);
      const done = await Promise.all(
        some.map((subscription) => new Copies(engine, { topic, subscription }, erasing).erase()),
      );
      hadLetter ||= done.some((one) => one.hadLetter);
      isPart = done.some((one) => one.isPart) || engine.clock.nowMs() >= erasing.untilMs;
    }
    if (isPart) break;
  }
  return { hadLetter, isPart };
}

/** What one subscription has of it. */
class Copies {
  constructor(
    private readonly engine: Engine,
    private readonly reader: Reader,
    private readonly erasing: Erasing,
  ) {}

  async erase(): Promise<ErasedCopies> {
    const { engine, reader } = this;
    const { inLog, untilMs } = this.erasing;
    // What was mended first: a retry of it would be delivered as long as that is there.
    if (inLog) await this.#dropMended(inLog);
    const hadLetter = await this.#endLetter();
    await this.#deleteFormerLetters();
    if (!inLog) return { hadLetter, isPart: false };
    await this.#endRetry(inLog);
    const isAll = await eraseInJournal(engine, reader.subscription, inLog, untilMs);
    return { hadLetter, isPart: !isAll };
  }

  /** The object goes first: after a crash in between, what refers to it leads here again. */
  async #dropMended({ address }: ErasedInLog): Promise<void> {
    const { deadLetters, segments } = this.engine;
    const { subscription } = this.reader;
    for (const { name, copy } of await deadLetters.mendedOf(subscription, address)) {
      if (copy.content.kind === "segment") await segments.delete(copy.content.key);
      await deadLetters.dropMended(subscription, name);
    }
  }

  async #endLetter(): Promise<boolean> {
    const { engine, reader } = this;
    const { id, erasure } = this.erasing;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const letter = await engine.deadLetters.get(reader.subscription, id);
      if (!letter) return attempt > 1;
      if (!this.erasing.inLog) await deleteUpload(engine, reader.topic, letter.copy);
      const { content } = letter.copy;
      if (content.kind === "segment") await engine.segments.delete(content.key);
      const entry: DeadLetterEntry = entryOf(letter);
      const ended = await endDeadLetters(engine, reader, [entry], { kind: "erased", ...erasure });
      if (ended === "ended-holds") await wakeUpHeld(engine, reader);
      if (ended !== "conflict") return true;
      await backOff(engine, attempt);
    }
    throw new Conflict(`erasing dead letters of message "${id}"`);
  }

  /** Those that were sent again or deleted before have left their objects to the bucket's rules. */
  async #deleteFormerLetters(): Promise<void> {
    const { engine, reader } = this;
    for (const { nonce } of await engine.deadLetters.acts(reader.subscription, this.erasing.id))
      if (nonce !== "") await deleteNamed(engine, reader.topic, nonce);
  }

  /** It would be passed over as it comes due. Until then its record would keep why it failed. */
  async #endRetry({ address: { partition, offset } }: ErasedInLog): Promise<void> {
    const { engine, reader } = this;
    const { clock, random, progress } = engine;
    const { topic, subscription } = reader;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const cursor = cursorIn(subscription, partition, await progress.cursor(subscription, partition));
      if (offset >= cursor.head) return;
      const record = await findHolding(engine, subscription, { partition, cursor, offset });
      if (record === undefined || record === "too-many" || record.kind === "lease") return;
      const making = { nowMs: clock.nowMs(), nonce: () => random.nonce() };
      const { move } = settleInRecord(record, offset, { kind: "ack" }, topic.ordering, making);
      const ended: Move = { ...move, expired: 1 };
      if ((await progress.move(subscription, ended)) === "moved") {
        tellExpired(engine, reader, partition, 1);
        return await wakeUpHeld(engine, reader);
      }
      await backOff(engine, attempt);
    }
  }
}
