import {
  Conflict,
  MessageNotFound,
  MessageNotOpen,
  MessageOutOfReach,
  type SluiceError,
} from "../../domain/errors.js";
import type { MessageAddress } from "../../domain/message-id.js";
import { type AheadMove, holdAhead } from "../../domain/moves/hold-ahead.js";
import { type OperatorWord, settleAhead, settleInRecord } from "../../domain/moves/operator.js";
import { isBehindHold } from "../../domain/progress/holds.js";
import { movedOut } from "../../domain/progress/inner.js";
import { shortened } from "../../domain/progress/shortened.js";
import {
  type Cursor,
  type Holding,
  OPEN_AT_MOST,
  type Move,
  replaceOpen,
} from "../../domain/progress/records.js";
import type { DeadLetter } from "../../domain/dead-letter.js";
import { type Span, spanAt } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { Offset } from "../../domain/slot.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { bury, holdsKeys, letterFor, tellDeadLettered } from "../consume/bury.js";
import { findHolding } from "../consume/find-holding.js";
import { cursorIn } from "../consume/known-cursors.js";
import { mayBeDue } from "../consume/nothing-due.js";
import { ListedKeys } from "../consume/listed-keys.js";
import { withCursor } from "../consume/settle-lease.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { announced } from "../log/announce.js";
import { liveSlotAt } from "../log/live-slot-at.js";
import { tellExpired } from "../log/tell-expired.js";
import { findSubscription } from "../lookup.js";
import { memoryBytesFor } from "../memory-budget.js";
import { wakeUp } from "../push/start-pumps.js";
import { addressOf } from "../log/address-of.js";
import { type ReadUpTo, readUpTo } from "./read-up-to.js";

/**
 * What an operator says of a message, wherever it is. `ack`: it is done. `retry`: it is sent again, now or after
 * `delaySeconds`. `reject`: it becomes a dead letter.
 */
export type OperatorSettlement =
  | { readonly outcome: "ack" }
  | { readonly outcome: "retry"; readonly delaySeconds?: number; readonly error?: string }
  | { readonly outcome: "reject"; readonly error?: string };

const ATTEMPTS = 16;
/** Of a message that is read to become a dead letter. A larger one is read all the same. */
const BURIED_BYTES = 262_144;

type Moved = "moved" | "conflict";

/**
 * Settles one message of a subscription by its id, whatever its state and whoever has it; its consumer's receipt is
 * void from then on. A handler that is at work on it is not stopped, and what it answers does not count.
 * @throws {TopicNotFound} {SubscriptionNotFound} {MessageNotFound} {MessageNotOpen} {MessageOutOfReach} {Conflict}
 */
export async function settleMessage(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  id: string,
  settlement: OperatorSettlement,
): Promise<void> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const { topic, subscription } = reader;
  const address = await addressOf(engine, topic, id);
  if (!address) throw new MessageNotFound(topicName, id);
  if (address === "too-far")
    throw new MessageOutOfReach(id, "was not found in time: too much was published since it was due");
  await announced(engine, topic, () => new Settling(engine, reader, id, address, settlement).settle());
  const fields = { topic: topic.name, subscription: subscription.name, id, outcome: settlement.outcome };
  engine.telemetry.event("message-settled-by-operator", "info", fields);
  // What was held by it may be next, and what was before it may be due.
  const memory = engine.caches.consumers.get(subscriptionKey(subscription));
  if (memory) {
    mayBeDue(memory);
    memory.cursors.delete(address.partition);
  }
  engine.news.ring(topic.uid);
  await wakeUp(engine, subscription);
}

/** One request's work. */
class Settling {
  readonly #offset: Offset;
  readonly #partition: number;
  readonly #error: { readonly error?: string };

  constructor(
    private readonly engine: Engine,
    private readonly reader: Reader,
    private readonly id: string,
    { partition, offset }: MessageAddress,
    private readonly settlement: OperatorSettlement,
  ) {
    this.#partition = partition;
    this.#offset = offset;
    const error = settlement.outcome === "ack" ? undefined : settlement.error;
    this.#error = error === undefined || error === "" ? {} : { error: shortened(error) };
  }

  /** Each attempt begins with the cursor: a message below its head is in a record, or has ended. */
  async settle(): Promise<void> {
    const { progress } = this.engine;
    const { subscription } = this.reader;
    await this.#assertInLog();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const stored = await progress.cursor(subscription, this.#partition);
      const cursor = cursorIn(subscription, this.#partition, stored);
      const outcome = this.#offset >= cursor.head ? await this.#ahead(cursor) : await this.#inRecord(cursor);
      if (outcome === "moved") return;
      await backOff(this.engine, attempt);
    }
    throw new Conflict(`settling message "${this.id}"`);
  }

  async #assertInLog(): Promise<void> {
    const { topic } = this.reader;
    const slot = await liveSlotAt(this.engine, { topic, partition: this.#partition }, this.#offset);
    if (!slot) throw new MessageNotFound(topic.name, this.id);
  }

  async #inRecord(cursor: Cursor): Promise<Moved> {
    const { engine, reader } = this;
    const place = { partition: this.#partition, cursor, offset: this.#offset };
    const record = await findHolding(engine, reader.subscription, place);
    if (record === undefined) throw await this.#notOpen();
    if (record === "too-many")
      throw new MessageOutOfReach(this.id, "was not found in time among so many leases and retries");
    const word = this.#word();
    if (word === "reject") return await this.#bury(record, cursor);
    const span = spanAt(record.spans, this.#offset);
    if (word.kind === "retry" && span && isBehindHold(record, { ...span, from: this.#offset }))
      throw new MessageOutOfReach(
        this.id,
        "waits for a dead letter of its key: send that again, or delete it",
      );
    const { ordering } = reader.topic;
    const { move, became } = settleInRecord(record, this.#offset, word, ordering, this.#making());
    const isListed = ordering === "key" && record.kind === "lease" && became && became.length > 0;
    const whole = isListed ? await withCursor(engine, reader.subscription, record, move) : move;
    return whole ? await engine.progress.move(reader.subscription, whole) : "conflict";
  }

  async #bury(record: Holding, cursor: Cursor): Promise<Moved> {
    const { engine, reader } = this;
    const span = spanAt(record.spans, this.#offset);
    if (!span) return "conflict";
    const dead = this.#rejected(span);
    const doomed = {
      records: [record] as const,
      hints: [],
      inOrder: reader.topic.ordering === "key",
      wanted: [dead],
      dead: [dead],
    };
    const take = { maxMessages: 1, maxBytes: BURIED_BYTES, leaseMs: 0 };
    const buried = await engine.budget.receiving(memoryBytesFor(BURIED_BYTES), () =>
      bury(engine, reader, doomed, take, ({ move, became }) =>
        holdsKeys(reader)
          ? { ...move, cursor: { partition: this.#partition, next: replaceOpen(cursor, became) } }
          : movedOut(move),
      ),
    );
    return buried.kind === "lost" && buried.hasBuried ? "moved" : "conflict";
  }

  #rejected({ dueMs: _, isReturned: __, expiresAtMs: ___, parkedUntilMs: ____, ...past }: Span): Span {
    const { error } = this.#error;
    const why = error === undefined ? {} : { lastError: error };
    return { ...past, from: this.#offset, to: this.#offset + 1, isRejected: true, ...why };
  }

  async #ahead(cursor: Cursor): Promise<Moved> {
    const { engine, reader } = this;
    const { topic, subscription } = reader;
    const isOrdered = topic.ordering === "key";
    if (isOrdered && this.settlement.outcome === "retry")
      throw new MessageOutOfReach(this.id, "waits for its turn: with ordering nothing is sent before it");
    if (isOrdered && (cursor.open?.length ?? 0) >= OPEN_AT_MOST)
      throw new MessageOutOfReach(this.id, "waits behind too many others of its partition that are open");
    const read = await readUpTo(engine, reader, this.#partition, cursor, this.#offset);
    if (read === "too-far")
      throw new MessageOutOfReach(this.id, "is too far ahead of what is handed out next: try again later");
    if (read === "passed-over") throw new MessageNotOpen(this.id, PASSED_OVER);
    const word = this.#word();
    const said = word === "reject" ? await this.#letter(cursor, read) : word;
    const { nowMs, nonce } = this.#making();
    const upTo = { ...read, partition: this.#partition, cursor };
    const settled = settleAhead(upTo, said, topic.ordering, { nowMs, nonce });
    const move = said.kind === "reject" ? await this.#holding(settled, cursor, said.letter.letter) : settled;
    const outcome = await engine.progress.move(subscription, move);
    if (outcome === "moved") {
      tellExpired(engine, reader, this.#partition, move.expired);
      if (said.kind === "reject") tellDeadLettered(engine, reader, said.letter.letter);
    }
    return outcome;
  }

  /** The key of a message that becomes a dead letter ahead of the head holds as any other. */
  async #holding(move: AheadMove, cursor: Cursor, letter: DeadLetter): Promise<Move> {
    const { engine, reader } = this;
    if (!holdsKeys(reader)) return move;
    const keys = new ListedKeys(engine, reader.subscription, cursor);
    const record = await keys.holderAhead(letter.key);
    return holdAhead(move, letter, record, this.#making());
  }

  async #letter({ epoch }: Cursor, { entry }: ReadUpTo) {
    const { publishedAtMs, offset } = entry.message;
    const span = this.#rejected({
      ...{ from: offset, to: offset + 1, slotBase: entry.slotBase },
      ...{ attempt: 0, publishedAtMs },
    });
    return {
      kind: "reject" as const,
      letter: await letterFor(this.engine, this.reader, epoch, { ...entry, span }),
    };
  }

  #word(): OperatorWord | "reject" {
    const { settlement, engine, reader } = this;
    if (settlement.outcome === "ack") return { kind: "ack" };
    if (settlement.outcome === "reject") return "reject";
    const dueMs = engine.clock.nowMs() + (settlement.delaySeconds ?? 0) * 1_000;
    return { kind: "retry", dueMs, maxAttempts: reader.subscription.retry.maxAttempts, ...this.#error };
  }

  #making() {
    const { clock, random } = this.engine;
    return { nowMs: clock.nowMs(), nonce: () => random.nonce() };
  }

  async #notOpen(): Promise<SluiceError> {
    const letter = await this.engine.deadLetters.get(this.reader.subscription, this.id);
    const why = letter ? "is a dead letter: send that again, or delete it" : ENDED;
    return new MessageNotOpen(this.id, why);
  }
}

const PASSED_OVER =
  "is not for this subscription: its filter leaves it out, it has expired or cannot be read";
const ENDED = "has ended for this subscription: it was acknowledged, has expired or was passed over";
