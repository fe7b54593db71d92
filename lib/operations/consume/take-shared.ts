import type { Handed } from "../../domain/handed.js";
import { messageSizeBytes } from "../../domain/message.js";
import { type Due, openSpans } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { Reader } from "../../domain/reader.js";
import type { ConsumerMemory } from "../caches.js";
import type { Engine } from "../engine.js";
import { isTrouble } from "../log/troubles.js";
import { lookForDue, takeDueOf } from "./take-due.js";
import { takeNext } from "./take-next.js";
import type { Take, Taken, TakenMessages } from "./take.js";

/**
 * What is due again and what is new share each receive: where there are both, neither gets more than half unless the
 * other has too little to fill its own, and receives of one message take turns. So whatever fails, however much of it
 * there is, new messages take at most twice the receives that they take without it.
 */
export async function takeShared(
  engine: Engine,
  reader: Reader,
  memory: ConsumerMemory,
  take: Take,
): Promise<Taken> {
  const sharing = new Sharing(take, reader.topic.ordering === "key");
  const due = await sharing.attempt(async () => await lookForDue(engine, reader, take));
  const isWaiting = due !== undefined && due !== "lost" && due.length > 0;
  if (!isWaiting) {
    await sharing.take(take.maxMessages, (part) => takeNext(engine, reader, memory, part));
    return sharing.result(due === "lost");
  }
  const { isDueFirst } = memory;
  memory.isDueFirst = !isDueFirst;
  const half = Math.ceil(take.maxMessages / 2);
  const takeNew = (part: Take): Promise<Taken> => takeNext(engine, reader, memory, part);
  if (isDueFirst) {
    const taken = await sharing.take(half, (part) => takeDueOf(engine, reader, due, part));
    await sharing.take(take.maxMessages, takeNew);
    // What was looked at has changed by the first take: another look finds what is left.
    if (taken >= half)
      await sharing.take(take.maxMessages, (part) => takeMoreDue(engine, reader, part, sharing));
  } else {
    // Where few are due, new ones have what these leave, so that one look at each is enough.
    const waiting = due.reduce((sum, record) => sum + Math.max(1, spanLength(openSpans(record))), 0);
    const share = Math.max(half, take.maxMessages - waiting);
    const taken = await sharing.take(share, takeNew);
    await sharing.take(take.maxMessages, (part) => takeDueOf(engine, reader, sharing.others(due), part));
    if (taken >= share) await sharing.take(take.maxMessages, takeNew);
  }
  return sharing.result(false);
}

async function takeMoreDue(engine: Engine, reader: Reader, take: Take, sharing: Sharing): Promise<Taken> {
  const due = await lookForDue(engine, reader, take);
  if (due === "lost") return { kind: "lost" };
  return await takeDueOf(engine, reader, sharing.others(due), take);
}

/** One receive, put together of several takes. */
class Sharing {
  readonly #taken: TakenMessages[] = [];
  #messages = 0;
  #sizeBytes = 0;
  #isLost = false;
  #trouble: unknown;

  constructor(
    private readonly whole: Take,
    private readonly isOrdered: boolean,
  ) {}

  /** Takes more, so that there are `upTo` in all at the most; gives how many it took. */
  async take(upTo: number, takePart: (part: Take) => Promise<Taken>): Promise<number> {
    const maxMessages = upTo - this.#messages;
    const maxBytes = this.whole.maxBytes - this.#sizeBytes;
    if (maxMessages <= 0 || maxBytes <= 0) return 0;
    const part = { ...this.whole, maxMessages, maxBytes, isContinued: this.#messages > 0 };
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
   * The records without what this receive has taken: that may be due by now, where its process stood still or its clock
   * was set, and is not handed out twice. With ordering a lease stands in front of all else in its partition.
   */
  others(due: readonly Due[]): readonly Due[] {
    const leases = this.#taken.flatMap((taken) => taken.leases);
    return due.filter((record) => {
      const recordId = record.kind === "hint" ? record.leaseId : record.id;
      const isOwn = leases.some(({ id }) => id === recordId);
      return !isOwn && !(this.isOrdered && leases.some(({ partition }) => partition === record.partition));
    });
  }

  /** What fails here keeps nobody from the rest. */
  async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      this.#trouble ??= error;
      return undefined;
    }
  }

  /** @throws what failed, where nothing was taken beside it */
  result(wasLost: boolean): Taken {
    if (this.#taken.length > 0) {
      const leases = this.#taken.flatMap((taken) => taken.leases);
      return { kind: "taken", leases, handed: this.#taken.flatMap((taken) => taken.handed) };
    }
    if (this.#trouble instanceof Error) throw this.#trouble;
    return { kind: wasLost || this.#isLost ? "lost" : "empty" };
  }
}
