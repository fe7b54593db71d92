import { isSuspect } from "../../domain/progress/blame.js";
import type { Handed } from "../../domain/handed.js";
import { messageSizeBytes } from "../../domain/message.js";
import { type Due, openSpans } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { ConsumerMemory } from "../caches.js";
import type { Engine } from "../engine.js";
import { isTrouble } from "../log/troubles.js";
import { isNothingDue, lookForDueNoted } from "./nothing-due.js";
import { lookForDue, takeDueOf } from "./take-due.js";
import { takeNext } from "./take-next.js";
import type { Take, Taken, TakenMessages } from "./take.js";

/**
 * Divides each receive between due and new messages. If there are both, neither gets more than half unless the other
 * cannot fill its half, and receives of one message take turns. So however many messages fail, new ones need at most
 * twice the receives that they need without them. After a look that found nothing due, what is new comes first for a
 * moment; if nothing is new, a look comes before the answer. `found`: what was found due a moment ago.
 */
export async function takeShared(
  engine: Engine,
  reader: Reader,
  memory: ConsumerMemory,
  take: Take,
  found?: readonly Due[],
): Promise<Taken> {
  const sharing = new Sharing(take, reader.topic.ordering === "key");
  const takeAllNew = async (): Promise<number> =>
    await sharing.take(take.maxMessages, (part) => takeNext(engine, reader, memory, part));
  const isNewFirst = !take.isDueOnly && !found && isNothingDue(engine, memory);
  if (isNewFirst && ((await takeAllNew()) > 0 || sharing.isLost || take.isPolling))
    return sharing.result(false);
  const due = found ?? (await sharing.attempt(async () => await lookForDueNoted(engine, reader, memory)));
  const isWaiting = due !== undefined && due !== "lost" && due.length > 0;
  if (!isWaiting) {
    if (!take.isDueOnly && !isNewFirst) await takeAllNew();
    return sharing.result(due === "lost");
  }
  // A consumer with nothing in hand may be the one that waits to take such a message alone.
  const isDueFirst = memory.isDueFirst || (take.beside === 0 && due.some(({ spans }) => isSuspect(spans)));
  memory.isDueFirst = !memory.isDueFirst;
  const half = Math.ceil(take.maxMessages / 2);
  const takeNew = (part: Take): Promise<Taken> =>
    takeNext(engine, reader, memory, { ...part, isModest: true });
  if (isDueFirst) {
    const taken = await sharing.take(half, (part) => takeDueOf(engine, reader, due, part));
    await sharing.take(take.maxMessages, takeNew);
    // The first take has changed the records looked at: another look finds what is left.
    if (taken >= half)
      await sharing.take(take.maxMessages, (part) => takeMoreDue(engine, reader, memory, part, sharing));
  } else {
    // If few are due, new messages take the rest, so that one look at each is enough.
    const waiting = due.reduce((sum, record) => sum + Math.max(1, spanLength(openSpans(record))), 0);
    const share = Math.max(half, take.maxMessages - waiting);
    const taken = await sharing.take(share, takeNew);
    await sharing.take(take.maxMessages, (part) => takeDueOf(engine, reader, sharing.others(due), part));
    if (taken >= share) await sharing.take(take.maxMessages, takeNew);
  }
  return sharing.result(false);
}

async function takeMoreDue(
  engine: Engine,
  reader: Reader,
  memory: ConsumerMemory,
  take: Take,
  sharing: Sharing,
): Promise<Taken> {
  const due = await lookForDue(engine, reader, memory.cursors);
  if (due === "lost") return { kind: "lost" };
  return await takeDueOf(engine, reader, sharing.others(due), take);
}

/** One receive, combined from several takes. */
export class Sharing {
  readonly #taken: TakenMessages[] = [];
  #messages = 0;
  #sizeBytes = 0;
  #isLost = false;
  #trouble: unknown;

  constructor(
    private readonly whole: Take,
    private readonly isOrdered: boolean,
  ) {}

  /** Whether a race was lost. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Takes more, up to `upTo` messages in total. Returns how many it took. */
  async take(upTo: number, takePart: (part: Take) => Promise<Taken>): Promise<number> {
    const maxMessages = upTo - this.#messages;
    const maxBytes = this.whole.maxBytes - this.#sizeBytes;
    if (maxMessages <= 0 || maxBytes <= 0 || this.#taken.some(({ isApart }) => isApart)) return 0;
    const maxApart = this.whole.maxMessages;
    const part = { ...this.whole, maxMessages, maxApart, maxBytes, isContinued: this.#messages > 0 };
    const taken = await this.attempt(async () => await takePart(part));
    if (taken?.kind === "lost") this.#isLost = true;
    if (taken?.kind !== "taken") return 0;
    const { sizeOf = messageSizeBytes } = this.whole;
    this.#taken.push(taken);
    this.#messages += taken.handed.length;
    this.#sizeBytes += taken.handed.reduce((sum: number, message: Handed) => sum + sizeOf(message), 0);
    return taken.handed.length;
  }

  /**
   * Leaves out the records with messages that this receive has taken itself: a lease may be due by now, if the process
   * stood still or its clock was set, or may have become a retry by another process. Nothing may be handed out twice.
   * With ordering such a lease also holds back the rest of its partition.
   */
  others(due: readonly Due[]): readonly Due[] {
    const leases = this.#taken.flatMap((taken) => taken.leases);
    return due.filter((record) => {
      const recordId = record.kind === "hint" ? record.leaseId : record.id;
      const isOwn = leases.some((lease) => lease.id === recordId || sharesMessages(lease, record));
      return !isOwn && !(this.isOrdered && leases.some(({ partition }) => partition === record.partition));
    });
  }

  /** Runs one part; if the store fails, the other parts still run. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      this.#trouble ??= error;
      return undefined;
    }
  }

  /** @throws the failure, if nothing was taken */
  result(wasLost: boolean): Taken {
    if (this.#taken.length > 0) {
      const leases = this.#taken.flatMap((taken) => taken.leases);
      return { kind: "taken", leases, handed: this.#taken.flatMap((taken) => taken.handed) };
    }
    if (this.#trouble instanceof Error) throw this.#trouble;
    return { kind: wasLost || this.#isLost ? "lost" : "empty" };
  }
}

const sharesMessages = (one: Due, other: Due): boolean =>
  one.partition === other.partition &&
  one.spans.some((span) => other.spans.some(({ from, to }) => from < span.to && span.from < to));
