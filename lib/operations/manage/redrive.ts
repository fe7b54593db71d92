import { type DeadLetterEntry, LETTERS_IN_A_MOVE } from "../../domain/dead-letter.js";
import {
  Conflict,
  DeadLetterNotFound,
  MessageExpired,
  SentAgainBySeek,
  type SluiceError,
} from "../../domain/errors.js";
import { type Redrive, redriveMove } from "../../domain/moves/redrive.js";
import type { Reader } from "../../domain/reader.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { holderOf } from "../consume/is-held.js";
import { mayBeDue } from "../consume/nothing-due.js";
import { cursorIn } from "../consume/known-cursors.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { OPEN_AT_MOST } from "../../domain/progress/records.js";
import { announced } from "../log/announce.js";
import { liveSlotAt } from "../log/live-slot-at.js";
import { findSubscription } from "../lookup.js";
import { wakeUp } from "../push/start-pumps.js";
import { WORK_MS } from "./dead-letters.js";
import { type Mend, mendedCopies } from "./mend.js";

/** Which dead letters are sent again: some, one with another content, or all from a place in the list on. */
export type RedriveWhich =
  | { readonly kind: "ids"; readonly ids: readonly string[] }
  | { readonly kind: "mended"; readonly id: string; readonly mend: Mend }
  | { readonly kind: "all"; readonly cursor?: string };

export interface Redriven {
  readonly moved: number;
  /** Those that cannot be sent again, with the reason. They stay as they are. */
  readonly refused: readonly Refused[];
  /** Set if the request's time was over before the end: where the next one continues. */
  readonly nextCursor?: string;
}

export interface Refused {
  readonly id: string;
  readonly error: SluiceError;
}

const ATTEMPTS = 8;

/**
 * Sends dead letters again, to their subscription only: each becomes a message that waits for its first attempt, in the
 * move that removes the dead letter. With ordering it goes to the front of its partition. With `dryRun` it only tells
 * what it would do.
 * @throws {TopicNotFound} {SubscriptionNotFound} {Conflict}
 * @throws {InvalidRequest} for a cursor that is not valid
 */
export async function redrive(
  engine: Engine,
  topicName: string,
  subscriptionName: string,
  which: RedriveWhich,
  dryRun = false,
): Promise<Redriven> {
  const reader = await findSubscription(engine, topicName, subscriptionName);
  const work = new Work(engine, reader, dryRun, which.kind === "mended" ? which.mend : undefined);
  if (dryRun) return await work.run(which);
  const done = await announced(engine, reader.topic, () => work.run(which));
  if (done.moved > 0) {
    const memory = engine.caches.consumers.get(subscriptionKey(reader.subscription));
    if (memory) mayBeDue(memory);
    engine.news.ring(reader.topic.uid);
    await wakeUp(engine, reader.subscription);
  }
  return done;
}

const idsOf = (which: Exclude<RedriveWhich, { readonly kind: "all" }>): readonly string[] =>
  which.kind === "ids" ? which.ids : [which.id];

/** One request's work. */
class Work {
  #moved = 0;
  readonly #refused: Refused[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly reader: Reader,
    private readonly dryRun: boolean,
    private readonly mend: Mend | undefined,
  ) {}

  async run(which: RedriveWhich): Promise<Redriven> {
    const nextCursor =
      which.kind === "all" ? await this.#all(which.cursor) : await this.#ids([...new Set(idsOf(which))]);
    const { telemetry } = this.engine;
    const { topic, subscription } = this.reader;
    if (this.#moved > 0 && !this.dryRun) {
      const fields = { topic: topic.name, subscription: subscription.name, messages: this.#moved };
      telemetry.event("dead-letters-redriven", "info", fields);
    }
    const refused = this.#refused;
    return { moved: this.#moved, refused, ...(nextCursor === undefined ? {} : { nextCursor }) };
  }

  async #ids(ids: readonly string[]): Promise<undefined> {
    const { deadLetters } = this.engine;
    const found: DeadLetterEntry[] = [];
    for (const id of ids) {
      const letter = await deadLetters.get(this.reader.subscription, id);
      if (letter) found.push(letter);
      else this.#refuse(id, this.#notFound(id));
    }
    await this.#some(found);
  }

  /** Returns where the next request continues, if the time was over. */
  async #all(from: string | undefined): Promise<string | undefined> {
    const { clock, deadLetters } = this.engine;
    const beganMs = clock.nowMs();
    let cursor = from;
    for (;;) {
      const page = { limit: LETTERS_IN_A_MOVE, ...(cursor === undefined ? {} : { cursor }) };
      const { items, nextCursor } = await deadLetters.list(
        this.reader.subscription,
        { nowMs: beganMs },
        page,
      );
      // What fails again meanwhile is not redriven again.
      const before = items.filter(({ deadLetteredAtMs }) => deadLetteredAtMs <= beganMs);
      await this.#some(before);
      if (nextCursor === undefined || before.length < items.length) return undefined;
      cursor = nextCursor;
      if (clock.nowMs() >= beganMs + WORK_MS) return cursor;
    }
  }

  /** Up to a request's ids, or a page: partition by partition, in the order of the log. */
  async #some(entries: readonly DeadLetterEntry[]): Promise<void> {
    const partitions = new Set(entries.map(({ partition }) => partition));
    for (const partition of partitions) {
      const here = entries
        .filter((entry) => entry.partition === partition)
        .sort((one, other) => one.offset - other.offset);
      // The last first: each part goes to the front of its partition.
      for (let end = here.length; end > 0; end -= LETTERS_IN_A_MOVE)
        await this.#part(partition, here.slice(Math.max(0, end - LETTERS_IN_A_MOVE), end));
    }
  }

  async #part(partition: number, entries: readonly DeadLetterEntry[]): Promise<void> {
    const { engine, reader } = this;
    const possible = await this.#possible(partition, entries);
    if (this.dryRun) {
      this.#moved += possible.length;
      return;
    }
    const { mended, refused } = await mendedCopies(engine, reader, possible, this.mend);
    for (const [id, error] of refused) this.#refuse(id, error);
    let left: readonly DeadLetterEntry[] = possible.filter(({ id }) => !refused.has(id));
    for (let attempt = 1; left.length > 0; attempt++) {
      const redriving = await this.#redriving(partition, left);
      if (redriving === undefined) return this.#refuseAll(left, new Conflict("redriving"));
      const outcome = await engine.progress.move(reader.subscription, redriveMove({ ...redriving, mended }));
      if (outcome === "moved") {
        this.#moved += left.length;
        return;
      }
      if (attempt >= ATTEMPTS) return this.#refuseAll(left, new Conflict("redriving"));
      await backOff(engine, attempt);
      left = await this.#still(left);
    }
  }

  /** Those that can be sent again; the others are refused. */
  async #possible(
    partition: number,
    entries: readonly DeadLetterEntry[],
  ): Promise<readonly DeadLetterEntry[]> {
    const possible: DeadLetterEntry[] = [];
    for (const entry of entries) {
      const error = await this.#obstacle(partition, entry);
      if (error) this.#refuse(entry.id, error);
      else possible.push(entry);
    }
    return possible;
  }

  async #obstacle(partition: number, entry: DeadLetterEntry): Promise<SluiceError | undefined> {
    const { topic, subscription } = this.reader;
    const { id, offset, epoch, expiresAtMs, messageExpiresAtMs = Infinity } = entry;
    const nowMs = this.engine.clock.nowMs();
    if (expiresAtMs <= nowMs) return this.#notFound(id);
    // Then this message is ahead of the head, handed out, waiting or done: sent again it would be in two places.
    const start = subscription.startingPlaces[partition]?.head ?? 0;
    if (epoch < subscription.epoch && offset >= start) return new SentAgainBySeek(id);
    if (messageExpiresAtMs <= nowMs) return new MessageExpired(id);
    const slot = await liveSlotAt(this.engine, { topic, partition }, offset);
    return slot ? undefined : new MessageExpired(id);
  }

  /** Those that nobody else has sent again, or deleted, meanwhile. */
  async #still(entries: readonly DeadLetterEntry[]): Promise<readonly DeadLetterEntry[]> {
    const still: DeadLetterEntry[] = [];
    for (const entry of entries) {
      const stored = await this.engine.deadLetters.get(this.reader.subscription, entry.id);
      if (stored?.nonce === entry.nonce) still.push(entry);
      else this.#refuse(entry.id, this.#notFound(entry.id));
    }
    return still;
  }

  /** undefined if so much of an ordered partition waits already that nothing more goes in front of it. */
  async #redriving(partition: number, letters: readonly DeadLetterEntry[]): Promise<Redrive | undefined> {
    const { engine, reader } = this;
    const { topic, subscription } = reader;
    const making = { nowMs: engine.clock.nowMs(), nonce: () => engine.random.nonce() };
    const redriving: Redrive = { partition, epoch: subscription.epoch, letters, making };
    if (topic.ordering === "none") return redriving;
    const stored = await engine.progress.cursor(subscription, partition);
    const cursor = cursorIn(subscription, partition, stored);
    if ((cursor.open?.length ?? 0) >= OPEN_AT_MOST) return undefined;
    const holder = await holderOf(engine, subscription, cursor);
    return { ...redriving, front: { cursor, ...(holder ? { holder } : {}) } };
  }

  #notFound(id: string): SluiceError {
    const { topic, subscription } = this.reader;
    return new DeadLetterNotFound(topic.name, subscription.name, id);
  }

  #refuse(id: string, error: SluiceError): void {
    this.#refused.push({ id, error });
  }

  #refuseAll(entries: readonly DeadLetterEntry[], error: SluiceError): void {
    for (const { id } of entries) this.#refuse(id, error);
  }
}
