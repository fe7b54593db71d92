import { type MessageAddress, type GivenId, parseGivenId, parseMessageId } from "../../domain/message-id.js";
import { headerOf } from "../../domain/slot-header.js";
import { type Offset, type Slot, type Tail, nextOffset } from "../../domain/slot.js";
import type { PartitionRef, Topic } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import { memoryBytesOfSlot } from "../memory-budget.js";
import { firstSlotBase } from "./first-slot.js";
import { openSlot } from "./open-slot.js";

/** A slot may have been stamped by a clock that was behind the one that gave the id. */
const CLOCKS_APART_MS = 5 * 60_000;
const SLOTS_A_READ = 100;
/** One request reads so many pages, and opens so many slots with given ids, however much was published since. */
const READS_AT_MOST = 64;
const OPENED_AT_MOST = 200;

/**
 * Where the message with this id lies in the log of this topic. undefined: it is not there. `too-far`: so much was
 * published since the time in the id that it was not found with a bounded effort.
 */
export async function addressOf(
  engine: Engine,
  topic: Topic,
  id: string,
): Promise<MessageAddress | "too-far" | undefined> {
  const given = parseGivenId(id);
  if (given)
    return given.topic === topic.name ? await new Search(engine, topic, id, given).find() : undefined;
  const address = parseMessageId(id);
  return address?.topic.name === topic.name && address.topic.uid === topic.uid ? address : undefined;
}

/** Looks from the time in the id on, in all partitions side by side: most are found where they begin. */
class Search {
  #reads = 0;
  #opened = 0;

  constructor(
    private readonly engine: Engine,
    private readonly topic: Topic,
    private readonly id: string,
    private readonly given: GivenId,
  ) {}

  async find(): Promise<MessageAddress | "too-far" | undefined> {
    const { topic } = this;
    const partitions = [...(await this.engine.log.anchors(topic, { consistent: true })).keys()];
    let places = (await Promise.all(partitions.map((partition) => this.#start({ topic, partition })))).flat();
    while (places.length > 0) {
      const next: Place[] = [];
      for (const place of places) {
        if (this.#reads++ >= READS_AT_MOST || this.#opened >= OPENED_AT_MOST) return "too-far";
        const found = await this.#look(place);
        if (typeof found === "number") return { ...place.ref, offset: found };
        if (found) next.push(found);
      }
      places = next;
    }
    return undefined;
  }

  async #start(ref: PartitionRef): Promise<readonly Place[]> {
    const tail = await this.engine.log.tail(ref);
    if (!tail) return [];
    const fromMs = this.given.timeMs - CLOCKS_APART_MS;
    const isSince = ({ publishedAtMs }: Tail): boolean => publishedAtMs >= fromMs;
    const base = await firstSlotBase(this.engine, ref, tail, 0, isSince);
    return base === undefined ? [] : [{ ref, base }];
  }

  /** The message's offset, or where to look on. */
  async #look({ ref, base }: Place): Promise<Offset | Place | undefined> {
    const { slots, more } = await this.engine.log.read(ref, base, SLOTS_A_READ, { consistent: true });
    for (const slot of slots) {
      const offset = await this.#in(slot, ref);
      if (offset !== undefined) return offset;
    }
    const last = slots.at(-1);
    return more && last ? { ref, base: nextOffset(last) } : undefined;
  }

  async #in(slot: Slot, ref: PartitionRef): Promise<Offset | undefined> {
    const headers = headerOf(slot);
    if (headers !== "open-it" && !headers.some(({ hasGivenId }) => hasGivenId)) return undefined;
    this.#opened++;
    const opened = await this.engine.budget.receiving(memoryBytesOfSlot(slot), () =>
      openSlot(this.engine, slot, ref),
    );
    if (opened.kind !== "readable") return undefined;
    const index = opened.messages.findIndex(({ givenId }) => givenId === this.id);
    return index < 0 ? undefined : slot.base + index;
  }
}

interface Place {
  readonly ref: PartitionRef;
  readonly base: Offset;
}
