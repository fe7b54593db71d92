import type { Place } from "../../domain/place.js";
import type { Cursor } from "../../domain/progress/records.js";
import { noteLeftOut, readFrom } from "../consume/left-out.js";
import { FilterForRead } from "../filter-in-force.js";
import { type WantedRead, readWanted } from "../log/read-wanted.js";
import { messageBytesIn } from "../memory-budget.js";
import type { SupplyContext } from "./supply.js";

const READ_AHEAD_MESSAGES = 1_000;
/** A probe is one of the first so many messages, or keys: of a backlog that waits for a target no more need be read. */
export const PROBE_AMONG = 8;
/** Each of up to ten thousand messages that the filter leaves out. Then it is the others' turn. */
const READS_AT_MOST = 100;

/** What one read found. `left-out`: nothing so far matches the filter, and there may be more. */
export type Found = "something" | "nothing" | "left-out";

/** How a partition's owner reads ahead of its head. */
export class AheadReader {
  /** Where the next read begins. */
  place: Place;
  /** Messages that the filter left out since the last that is delivered or written: all between that and `place`. */
  leftOut: number;
  readonly #filter: string | undefined;
  #slotCount = 1;
  readonly #readsAtMost: number;

  constructor(
    private readonly context: Pick<SupplyContext, "engine" | "reader">,
    private readonly partition: number,
    cursor: Cursor,
    isForProbe: boolean,
  ) {
    const { leftOut, filter, ...place } = readFrom(
      context.engine,
      context.reader.subscription,
      partition,
      cursor,
    );
    this.place = place;
    this.leftOut = leftOut;
    this.#filter = filter;
    this.#readsAtMost = isForProbe ? PROBE_AMONG : READ_AHEAD_MESSAGES;
  }

  /** Reads on with `read` until something matches, however much the filter leaves out. */
  async untilFound(read: () => Promise<Found>): Promise<Exclude<Found, "left-out">> {
    for (let reads = 1; reads <= READS_AT_MOST; reads++) {
      const found = await read();
      if (found !== "left-out") return found;
    }
    return "something";
  }

  /**
   * Reads from `place`, and leaves it where it is. `isLeftOut`: what was passed over is known to be by the filter that
   * the partition is read with. undefined: there is nothing more.
   */
  async read(roomBytes: number): Promise<(WantedRead & { readonly isLeftOut: boolean }) | undefined> {
    const { engine, reader } = this.context;
    const used = new FilterForRead(engine, reader.subscription);
    const ref = { topic: reader.topic, partition: this.partition };
    const ahead = await readWanted(engine, ref, this.place, {
      maxMessages: this.#readsAtMost,
      maxBytes: messageBytesIn(roomBytes),
      slotCount: this.#slotCount,
      isAnyEnough: true,
      ...(this.#filter === undefined ? {} : { filterNow: used.now }),
    });
    if (ahead.next.head === this.place.head) return undefined;
    this.#slotCount = ahead.slotCount ?? this.#slotCount;
    return { ...ahead, isLeftOut: this.#filter !== undefined && used.isOnly(this.#filter) };
  }

  /** Where nothing is left to deliver or to write, the stretch that was left out is remembered instead. */
  noteLeftOut(cursor: Cursor): "noted" | "nothing" {
    if (this.leftOut === 0 || this.#filter === undefined) return "nothing";
    const { engine, reader } = this.context;
    const left = { next: this.place, messages: this.leftOut, filter: this.#filter };
    noteLeftOut(engine, reader.subscription, this.partition, cursor, left);
    return "noted";
  }
}
