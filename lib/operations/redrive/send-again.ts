import { type DeadLetterEntry, type LetterAct, REDRIVEN_IN_A_MOVE } from "../../domain/dead-letter.js";
import {
  Conflict,
  DeadLetterNotFound,
  MessageExpired,
  SentAgainBySeek,
  type SluiceError,
} from "../../domain/errors.js";
import { type Redrive, redriveMove } from "../../domain/moves/redrive.js";
import type { Move } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import { type RedriveJob, jobAfterMove } from "../../domain/redrive-job.js";
import { subscriptionKey } from "../../domain/subscription.js";
import { cursorIn } from "../consume/known-cursors.js";
import { mayBeDue } from "../consume/nothing-due.js";
import { backOff } from "../contention.js";
import type { Engine } from "../engine.js";
import { findAgain } from "../lookup.js";
import { liveSlotAt } from "../log/live-slot-at.js";
import { wakeUp } from "../push/start-pumps.js";
import { frontOf } from "./front-of.js";
import { type Mend, mendedCopies } from "./mend.js";

/** A dead letter that cannot be sent again, with the reason. It stays as it is. */
export interface Refused {
  readonly id: string;
  readonly error: SluiceError;
}

export interface SendAgainOptions {
  /** Only tells what could be sent again. */
  readonly dryRun?: boolean;
  /** What replaces the content. */
  readonly mend?: Mend;
  /** Who asks for it. */
  readonly by?: string;
  /** The job that this is done for: each move is a step of it. */
  readonly job?: RedriveJob;
  /** Whether a dead letter whose own content cannot be read now is refused; otherwise that is thrown. */
  readonly isLenient?: boolean;
}

const ATTEMPTS = 8;

/** Another process has changed the job: it goes on there, or is over. */
export class JobLost extends Error {}

/** So much of an ordered partition, or of a key, waits already that nothing more goes in front of it for now. */
export class PartitionFull extends Error {}

/**
 * Sends dead letters again, to their subscription only: each becomes a message that waits for its first attempt, in the
 * move that removes the dead letter. With ordering it goes to the front of its key.
 */
export class SendAgain {
  #moved = 0;
  #job: RedriveJob | undefined;
  readonly #refused: Refused[] = [];

  constructor(
    private readonly engine: Engine,
    private reader: Reader,
    private readonly options: SendAgainOptions = {},
  ) {
    this.#job = options.job;
  }

  get moved(): number {
    return this.#moved;
  }

  get refused(): readonly Refused[] {
    return this.#refused;
  }

  /** The job after its last step. */
  get job(): RedriveJob | undefined {
    return this.#job;
  }

  /** Those with these ids. @throws {Conflict} */
  async ids(ids: readonly string[]): Promise<void> {
    await this.some(await this.found(ids));
  }

  /** The dead letters with these ids. Ids of others are refused. */
  async found(ids: readonly string[]): Promise<readonly DeadLetterEntry[]> {
    const found: DeadLetterEntry[] = [];
    for (const id of ids) {
      const letter = await this.engine.deadLetters.get(this.reader.subscription, id);
      if (letter) found.push(letter);
      else this.refuse(id, this.#notFound(id));
    }
    return found;
  }

  /**
   * Sends those that can be sent again; the others are refused. Without ordering all of a move go together; with it,
   * each partition's go by themselves, in the order of the log.
   * @throws {JobLost} {PartitionFull} {Conflict} for a job that has to go on later, or elsewhere
   */
  async some(entries: readonly DeadLetterEntry[]): Promise<void> {
    if (this.reader.topic.ordering === "none") {
      for (let from = 0; from < entries.length; from += REDRIVEN_IN_A_MOVE)
        await this.#part(entries.slice(from, from + REDRIVEN_IN_A_MOVE));
      return;
    }
    for (const here of byPartition(entries)) {
      // The last first: each part goes to the front.
      for (let end = here.length; end > 0; end -= REDRIVEN_IN_A_MOVE)
        await this.#part(here.slice(Math.max(0, end - REDRIVEN_IN_A_MOVE), end));
    }
  }

  refuse(id: string, error: SluiceError): void {
    this.#refused.push({ id, error });
  }

  async #part(entries: readonly DeadLetterEntry[]): Promise<void> {
    // After a seek, what is sent again in the life before it is void, and its dead letter gone.
    if (!this.options.dryRun) this.reader = await findAgain(this.engine, this.reader);
    const { engine, reader, options } = this;
    const possible = await this.#possible(entries);
    if (options.dryRun) {
      this.#moved += possible.length;
      return;
    }
    const { mended, refused } = await mendedCopies(engine, reader, possible, options);
    for (const [id, error] of refused) this.refuse(id, error);
    let left: readonly DeadLetterEntry[] = possible.filter(({ id }) => !refused.has(id));
    for (let attempt = 1; left.length > 0; attempt++) {
      const moves = await this.#moves(left, mended);
      if (moves === undefined && this.#job) throw new PartitionFull();
      if (moves === undefined) return this.#refuseAll(left, new Conflict("redriving"));
      const ids = left.map(({ id }) => id);
      const job = this.#job && jobAfterMove(this.#job, ids, engine.clock.nowMs());
      const move: Move = { ...together(moves), act: this.#act(), ...(job ? { job } : {}) };
      if ((await engine.progress.move(reader.subscription, move)) === "moved") {
        this.#moved += left.length;
        this.#job = job;
        return;
      }
      await this.#checkJob();
      if (attempt >= ATTEMPTS && this.#job && !options.isLenient) throw new Conflict("redriving");
      if (attempt >= ATTEMPTS) return this.#refuseAll(left, new Conflict("redriving"));
      await backOff(engine, attempt);
      left = await this.#still(left);
    }
  }

  #act(): LetterAct {
    const { mend, by = this.#job?.startedBy } = this.options;
    return {
      kind: mend ? "mended" : "redriven",
      atMs: this.engine.clock.nowMs(),
      ...(by === undefined ? {} : { by }),
      ...(this.#job ? { job: this.#job.id } : {}),
    };
  }

  /** @throws {JobLost} */
  async #checkJob(): Promise<void> {
    if (!this.#job) return;
    const stored = await this.engine.redriveJobs.running(this.reader.subscription);
    if (stored?.id !== this.#job.id || stored.version !== this.#job.version) throw new JobLost();
  }

  /** Those that can be sent again; the others are refused. */
  async #possible(entries: readonly DeadLetterEntry[]): Promise<readonly DeadLetterEntry[]> {
    const possible: DeadLetterEntry[] = [];
    for (const entry of entries) {
      const error = await this.#obstacle(entry);
      if (error) this.refuse(entry.id, error);
      else possible.push(entry);
    }
    return possible;
  }

  async #obstacle(entry: DeadLetterEntry): Promise<SluiceError | undefined> {
    const { topic, subscription } = this.reader;
    const { id, partition, offset, epoch, expiresAtMs, messageExpiresAtMs = Infinity } = entry;
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
      else this.refuse(entry.id, this.#notFound(entry.id));
    }
    return still;
  }

  /** undefined if so much of an ordered partition waits already that nothing more goes in front of it. */
  async #moves(
    letters: readonly DeadLetterEntry[],
    mended: Redrive["mended"] & {},
  ): Promise<readonly Move[] | undefined> {
    const { engine, reader } = this;
    const { topic, subscription } = reader;
    const making = { nowMs: engine.clock.nowMs(), nonce: () => engine.random.nonce() };
    const moves: Move[] = [];
    for (const here of byPartition(letters)) {
      const partition = here[0]?.partition ?? 0;
      const redriving: Redrive = { partition, epoch: subscription.epoch, letters: here, mended, making };
      if (topic.ordering === "none") {
        moves.push(redriveMove(redriving));
        continue;
      }
      const stored = await engine.progress.cursor(subscription, partition);
      const cursor = cursorIn(subscription, partition, stored);
      const front = await frontOf(engine, subscription, cursor, here);
      if (!front) return undefined;
      moves.push(redriveMove({ ...redriving, front }));
    }
    return moves;
  }

  #notFound(id: string): SluiceError {
    const { topic, subscription } = this.reader;
    return new DeadLetterNotFound(topic.name, subscription.name, id);
  }

  #refuseAll(entries: readonly DeadLetterEntry[], error: SluiceError): void {
    for (const { id } of entries) this.refuse(id, error);
  }
}

/** Each partition's, in the order of the log. */
function byPartition(entries: readonly DeadLetterEntry[]): readonly (readonly DeadLetterEntry[])[] {
  const partitions = new Set(entries.map(({ partition }) => partition));
  return [...partitions].map((partition) =>
    entries.filter((entry) => entry.partition === partition).sort((one, other) => one.offset - other.offset),
  );
}

/** Moves of several partitions as one. Only one of them may move a cursor. */
const together = (moves: readonly Move[]): Move =>
  moves.length === 1
    ? (moves[0] as Move)
    : moves.reduce((all, { put = [], endedDeadLetters = [], mended = [] }) => ({
        put: [...(all.put ?? []), ...put],
        endedDeadLetters: [...(all.endedDeadLetters ?? []), ...endedDeadLetters],
        mended: [...(all.mended ?? []), ...mended],
      }));

/** Has those look at once who deliver what was sent again, and tells of it. */
export async function tellSentAgain(engine: Engine, reader: Reader, messages: number): Promise<void> {
  if (messages === 0) return;
  const { topic, subscription } = reader;
  const fields = { topic: topic.name, subscription: subscription.name, messages };
  engine.telemetry.event("dead-letters-redriven", "info", fields);
  await lookAtOnce(engine, reader);
}

/** Has those look at once who deliver to a subscription: something of it is due. */
export async function lookAtOnce(engine: Engine, { topic, subscription }: Reader): Promise<void> {
  const memory = engine.caches.consumers.get(subscriptionKey(subscription));
  if (memory) mayBeDue(memory);
  engine.news.ring(topic.uid);
  await wakeUp(engine, subscription);
}
