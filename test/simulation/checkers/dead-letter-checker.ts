import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import {
  type DeadLetter,
  type DeadLetterEntry,
  type MendedCopy,
  actKey,
  deadLetterKey,
} from "../../../lib/domain/dead-letter.js";
import { type Due, type Move } from "../../../lib/domain/progress/records.js";
import { type Span, offsetsIn, spanAt } from "../../../lib/domain/progress/spans.js";
import { UnreadableSlot, decodeMessages } from "../../../lib/domain/slot-codec.js";
import { subscriptionKey } from "../../../lib/domain/subscription.js";
import type { Message } from "../../../lib/domain/message.js";
import type { World } from "../world.js";
import { type LogChecker, labelIn } from "./log-checker.js";
import type { RetryChecker } from "./retry-checker.js";
import type { Logged } from "./partition-log.js";
import type { Offset } from "../../../lib/domain/slot.js";
import { type Mended, type Watched, forgetPast } from "./watched.js";
import { messagesIn } from "./messages-in.js";

/** The checkers that it asks. */
interface Beside {
  readonly log: LogChecker;
  readonly retries: RetryChecker;
}

/** How things were before a move: its records, and the head that it moves. */
interface Before {
  readonly records: readonly Due[];
  readonly head: Offset;
}

/** What an operator of the simulation mends. */
export const MENDED_ATTRIBUTE = "mended";
/** Clocks are this far apart at the most. */
const SKEW_MS = 125_000;

/**
 * A message ends in the dead letters in the very move that takes it from its record, with its copy, once it has failed
 * as often as it may, and in no other way; and it is there until somebody deletes it, or sends it again.
 */
export class DeadLetterChecker {
  constructor(
    private readonly world: World,
    private readonly storage: MemoryStorage,
    private readonly beside: Beside,
  ) {}

  /**
   * Looks at a move with its records before. Returns the messages that it takes from the dead letters and puts into
   * records again.
   */
  moved(who: string, watched: Watched, { records, head }: Before, move: Move): readonly Logged[] {
    const { deadLetters = [], endedDeadLetters = [], put = [], cursor, mended = [] } = move;
    for (const { letter } of deadLetters) {
      const { partition, offset, isRejected } = letter;
      // An operator may reject what nobody has got yet.
      const isPassed = cursor?.partition === partition && head <= offset && offset < cursor.next.head;
      const from = isPassed && isRejected ? "ahead" : spanIn(records, letter);
      this.#buried(who, watched, from, put, letter);
    }
    if (endedDeadLetters.length > 0 && !move.act)
      this.world.violation(
        "dead",
        `${who} ended dead letters of ${watched.subscription.name}, and not who it was`,
      );
    for (const entry of endedDeadLetters) this.#isTold(who, watched, entry, move);
    // Deleted, one that a seek has sent again may still be in a record for that.
    const to = isSentAgain(move) ? put : [];
    const again = endedDeadLetters.flatMap((entry) => this.#ended(who, watched, to, entry, mended) ?? []);
    return [...again, ...this.#replayed(who, watched, records, move)];
  }

  /** What a replay puts into records was over, and in no other: it is open again, and its past forgotten. */
  #replayed(
    who: string,
    watched: Watched,
    before: readonly Due[],
    { job, put = [] }: Move,
  ): readonly Logged[] {
    if (!job || !("kind" in job)) return [];
    const { subscription } = watched;
    const records = this.storage.progress.get(subscriptionKey(subscription))?.records() ?? [];
    const others = records.filter(
      (one) => one.epoch >= subscription.epoch && !put.some(({ id }) => id === one.id),
    );
    return put
      .filter(({ epoch }) => epoch >= subscription.epoch)
      .flatMap(({ partition, spans }) =>
        offsetsIn(spans).flatMap((offset) => {
          const logged = this.beside.log.of({ topic: subscription.topic, partition }).at(offset);
          const at = { partition, offset };
          if (!logged || spanIn(before, at)) return [];
          if (spanIn(others, at))
            this.world.violation(
              "replay",
              `${who} has ${logged.id} of ${subscription.name} come again, which is open`,
            );
          this.#comesAgain(watched, logged.id);
          return [logged];
        }),
      );
  }

  #comesAgain(watched: Watched, id: string): void {
    this.world.count("replayed");
    const { settled, ended, leftOut, dead, mended, redriven, replayed } = watched;
    forgetPast(watched, id);
    for (const over of [settled, ended, leftOut]) over.delete(id);
    mended.delete(id);
    // Its dead letter was deleted, or has expired.
    if (!this.storage.progress.get(subscriptionKey(watched.subscription))?.letters.get(id)) dead.delete(id);
    redriven.add(id);
    replayed.add(id);
  }

  /** Whoever ends a dead letter is told of in the same move. */
  #isTold(who: string, { subscription }: Watched, entry: DeadLetterEntry, { act }: Move): void {
    const acts = this.storage.progress.get(subscriptionKey(subscription))?.acts;
    if (!act || acts?.get(actKey(entry, act))?.kind === act.kind) return;
    this.world.violation("dead", `${who} ended ${entry.id} of ${subscription.name}, and nobody is told`);
  }

  #buried(
    who: string,
    watched: Watched,
    from: Span | "ahead" | undefined,
    put: readonly Due[],
    letter: DeadLetter,
  ): void {
    const { subscription } = watched;
    const { id, partition, offset } = letter;
    const name = `${who} made a dead letter of ${id} of ${subscription.name}`;
    if (letter.epoch < subscription.epoch) return;
    this.world.count("dead-lettered");
    const logged = this.beside.log.of({ topic: subscription.topic, partition }).at(offset);
    if (!logged || logged.id !== id) return this.world.violation("dead", `${name}, which is not in the log`);
    if (!from) return this.world.violation("dead", `${name}, which was in no record that it took`);
    if (spanIn(put, letter)) this.world.violation("dead", `${name}, and left it in a record`);
    if (watched.settled.has(id)) this.world.violation("dead", `${name}, which was settled`);
    const attempt = from === "ahead" ? 0 : from.attempt;
    if (letter.attempt !== attempt)
      this.world.violation("attempt", `${name}: attempt ${letter.attempt}, it was ${attempt}`);
    this.#usedUp(name, watched, letter);
    this.#copied(name, letter, logged);
    const untilMs = Math.min(this.world.nowMs + watched.leastRetentionMs, logged.bodyUntilMs ?? Infinity);
    if (letter.expiresAtMs < untilMs - SKEW_MS)
      this.world.violation("retention", `${name}, which expires too soon`);
    watched.dead.set(id, letter.expiresAtMs);
  }

  /** It failed by its own doing as often as it may: in its handler, or if it is pulled, it was handed out so often. */
  #usedUp(
    name: string,
    { subscription, leastAttempts, rejected }: Watched,
    { id, attempt, isRejected }: DeadLetter,
  ): void {
    if (isRejected) {
      this.world.count("rejected");
      if (!rejected.has(id)) this.world.violation("dead", `${name} as rejected, which nobody did`);
      return;
    }
    const isPulled = subscription.target.type === "pull";
    const most = isPulled ? attempt : this.beside.retries.ownFailures(subscription, id);
    if (most >= leastAttempts) return;
    this.world.violation("dead", `${name}, which failed ${most} times of ${leastAttempts}`);
  }

  /** The copy is there before anything refers to it, and it is this message. */
  #copied(name: string, { copy }: DeadLetter, { label }: Logged): void {
    const { content } = copy;
    const segment = content.kind === "segment" ? content.key : undefined;
    const bytes = content.kind === "inline" ? content.bytes : this.storage.segments.get(content.key);
    if (segment !== undefined) this.world.count("dead-letter-in-segment");
    if (segment !== undefined && this.beside.log.spoiled.has(segment)) return;
    if (!bytes) return this.world.violation("dead", `${name}, and its copy is not there`);
    try {
      const [message] = decodeMessages({ ...copy, count: 1 }, bytes);
      if (message && labelIn(message) === label) return;
      this.world.violation("dead", `${name}, with the copy of another message`);
    } catch (error) {
      if (!(error instanceof UnreadableSlot)) throw error;
      this.world.violation("dead", `${name}, and its copy cannot be read`);
    }
  }

  /** Deleted, or sent again: then it was in no other place, and its past is forgotten. */
  #ended(
    who: string,
    watched: Watched,
    put: readonly Due[],
    entry: DeadLetterEntry,
    mended: readonly MendedCopy[],
  ): Logged | undefined {
    const { subscription, dead } = watched;
    const { id, partition, offset } = entry;
    if (!spanIn(put, entry)) {
      if (dead.has(id)) dead.set(id, 0);
      return undefined;
    }
    this.world.count("redriven");
    const records = this.storage.progress.get(subscriptionKey(subscription))?.records() ?? [];
    const others = records.filter(
      (one) => one.epoch >= subscription.epoch && !put.some(({ id: own }) => own === one.id),
    );
    if (spanIn(others, entry))
      this.world.violation("dead", `${who} sent ${id} of ${subscription.name} again, which is in a record`);
    dead.delete(id);
    watched.redriven.add(id);
    const name = spanIn(put, entry)?.mended;
    const mending = mended.find((one) => one.name === name);
    if (mending) watched.mended.set(id, this.#contentOf(mending));
    forgetPast(watched, id);
    return this.beside.log.of({ topic: subscription.topic, partition }).at(offset);
  }

  #contentOf({ copy }: MendedCopy): Mended {
    const { content } = copy;
    const bytes = content.kind === "inline" ? content.bytes : this.storage.segments.get(content.key);
    this.world.count("mended");
    const isSpoiled = content.kind === "segment" && this.beside.log.spoiled.has(content.key);
    const segment = content.kind === "segment" ? content.key : undefined;
    if (!bytes || isSpoiled) return { mark: undefined, segment };
    return { mark: decodeMessages({ ...copy, count: 1 }, bytes)[0]?.attributes?.[MENDED_ATTRIBUTE], segment };
  }

  /** A message that was mended as it was sent again is handed out so, and any other as it was published. */
  handsOut({ subscription, mended, isDeleted }: Watched, { id, attributes }: Message): void {
    // Once it is deleted its records are purged under whoever is still at work.
    if (isDeleted) return;
    if (mended.get(id)?.mark === attributes?.[MENDED_ATTRIBUTE]) return;
    this.world.violation("content", `${subscription.name} gets ${id}, which is not as it was mended`);
  }

  /** At the end: what died is there, whole, and counted. */
  check(watched: Watched): void {
    const { subscription, dead } = watched;
    const entry = this.storage.progress.get(subscriptionKey(subscription));
    const { name } = subscription;
    for (const [id, expiresAtMs] of dead) {
      if (expiresAtMs <= this.world.nowMs) continue;
      const letter = entry?.letters.get(id);
      if (!letter) this.world.violation("dead", `the dead letter of ${id} of ${name} is lost`);
      else if (!entry?.listedLetters.get(deadLetterKey(letter)))
        this.world.violation("dead", `the dead letter of ${id} of ${name} is not in the list`);
    }
    if (!entry) return;
    const counted = [...entry.letterCounts.values()].reduce((sum, one) => sum + one, 0);
    const sizes = [entry.letters.size, entry.listedLetters.size, counted];
    if (new Set(sizes).size > 1)
      this.world.violation("dead", `${name} has ${sizes.join(", ")} dead letters, listed, counted`);
  }
}

/** Whether what ends the dead letters of a move is that they are sent again. */
export const isSentAgain = ({ act }: Pick<Move, "act">): boolean =>
  act?.kind === "redriven" || act?.kind === "mended";

const spanIn = (
  records: readonly Due[],
  at: Pick<DeadLetterEntry, "partition" | "offset">,
): Span | undefined =>
  records
    .filter(({ partition }) => partition === at.partition)
    .map((record) => spanAt(messagesIn(record), at.offset))
    .find((span) => span !== undefined);
