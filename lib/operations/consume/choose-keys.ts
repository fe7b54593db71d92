import type { KeyedTakeable } from "../../domain/moves/take-keys.js";
import { messageSizeBytes } from "../../domain/message.js";
import type { Place } from "../../domain/place.js";
import { BUSY_KEYS_AT_MOST, holdsAll, keyHash } from "../../domain/progress/chains.js";
import type { Holding, SetAside } from "../../domain/progress/records.js";
import { spanLength } from "../../domain/progress/spans.js";
import type { PartitionRef } from "../../domain/topic.js";
import type { Engine } from "../engine.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { SET_ASIDE_LIMIT, type Skipped } from "../log/read-range.js";
import { type WantedLimits, type WantedRead, readWanted } from "../log/read-wanted.js";
import { takeables } from "./lease.js";
import type { ListedKeys } from "./listed-keys.js";
import type { Take } from "./take.js";

/** So many messages are looked at for some whose keys are free. If there are none, the partition waits. */
const LOOK_MESSAGES = 1_000;
/** Each read behind messages whose keys are busy looks at so many times more. */
const READ_GROWTH = 4;
/** The most reads for one receive, which has other partitions, too. */
const READS_AT_MOST = 10;
/** So many records of busy keys are written with one move at the most. */
const JOINED_AT_MOST = 20;

/** What one receive gets of an ordered partition, and what the head passes for that. */
export interface Chosen {
  readonly picked: readonly { readonly placed: PlacedMessage; readonly takeable: KeyedTakeable }[];
  readonly parked: readonly { readonly message: KeyedTakeable; readonly record: Holding }[];
  readonly setAside: readonly SetAside[];
  readonly expired: readonly Skipped[];
  readonly leftOut: readonly Skipped[];
  /** The place behind the last that is handed out, or behind what nobody gets. */
  readonly next: Place;
  readonly slotCount: number | undefined;
  /** Whether a message waits there for its key. */
  readonly isBlocked: boolean;
  /** Whether it waits because so much waits already. */
  readonly isCapped: boolean;
  readonly mayHaveMore: boolean;
}

type Options = Pick<WantedLimits, "slotCount" | "matching" | "lookMessages"> &
  Pick<WantedLimits, "filterNow"> & { readonly spansAtMost: number };

/**
 * Reads on from `from` for the first messages whose keys are free. What lies before the last of them and waits has to
 * join the records of its keys. What lies behind stays ahead of the head.
 */
export async function chooseKeys(
  engine: Engine,
  partition: PartitionRef,
  from: Place,
  keys: ListedKeys,
  take: Take,
  { spansAtMost, ...options }: Options,
): Promise<Chosen> {
  const choosing = new Choosing(keys, take, spansAtMost);
  let all: WantedRead = { ...NOTHING, next: from, slotCount: options.slotCount };
  let maxMessages = take.maxMessages;
  let looked = 0;
  for (let reads = 0; reads < READS_AT_MOST && looked < LOOK_MESSAGES; reads++) {
    const read = await readWanted(engine, partition, all.next, {
      ...{ ...take, ...options, maxMessages, slotCount: all.slotCount },
      maxBytes: take.maxBytes - choosing.pickedBytes,
      isContinued: take.isContinued === true || choosing.picked.length > 0,
      maxSetAside: SET_ASIDE_LIMIT - all.setAside.length,
    });
    const isEnd = read.next.head === all.next.head;
    all = {
      ...read,
      entries: [],
      setAside: [...all.setAside, ...read.setAside],
      expired: [...all.expired, ...read.expired],
      leftOut: [...all.leftOut, ...read.leftOut],
    };
    looked += read.entries.length;
    for (const placed of read.entries) if (!(await choosing.add(placed))) break;
    // A read that brings less than it may need not have come to the end: what is behind may be of a free key.
    const isEnough = choosing.picked.length > 0 && read.entries.length < maxMessages && !read.isFull;
    if (isEnd || isEnough || choosing.isDone || !choosing.isWaiting) break;
    maxMessages = Math.min(LOOK_MESSAGES - looked, maxMessages * READ_GROWTH);
  }
  return choosing.result(all);
}

const NOTHING = {
  ...{ entries: [], setAside: [], expired: [], leftOut: [] },
  ...{ isFull: false, looked: 0, mayHaveMore: false },
};

class Choosing {
  readonly picked: { readonly placed: PlacedMessage; readonly takeable: KeyedTakeable }[] = [];
  pickedBytes = 0;
  /** What the head passes as it passes what was picked. */
  readonly #parked: { readonly message: KeyedTakeable; readonly record: Holding }[] = [];
  /** The same, behind the last that was picked. */
  #pending: { readonly message: KeyedTakeable; readonly record: Holding }[] = [];
  /** The first message that is not passed with what was picked so far. */
  #beyond: Place | undefined;
  readonly #pickedKeys = new Set<string>();
  readonly #busy = new Map<string, Holding>();
  readonly #lengths = new Map<string, number>();
  #busyKeys: number | undefined;
  isDone = false;
  #isCapped = false;

  constructor(
    private readonly keys: ListedKeys,
    private readonly take: Take,
    private readonly spansAtMost: number,
  ) {}

  /** Whether it passed something that waits, so that more has to be read. */
  get isWaiting(): boolean {
    return this.#pending.length > 0 || this.#parked.length > 0;
  }

  /** Looks at the next message; false if nothing behind it can be handed out. */
  async add(placed: PlacedMessage): Promise<boolean> {
    const { message, slotBase } = placed;
    const [takeable] = takeables([placed]);
    const keyed = { ...(takeable as KeyedTakeable), hash: keyHash(message.key) };
    const record = this.#busy.get(keyed.hash) ?? (await this.#holderOf(keyed.hash));
    const isPassed = record ? this.#parks(keyed, record) : await this.#picks(placed, keyed);
    const isPicked = isPassed && !record;
    if (isPicked) this.#beyond = undefined;
    else this.#beyond ??= { head: message.offset, slotBase };
    if (!isPassed) this.isDone = true;
    return isPassed;
  }

  async #holderOf(hash: string): Promise<Holding | undefined> {
    if (this.#pickedKeys.has(hash)) return undefined;
    const record = await this.keys.holderOf(hash);
    if (record) this.#busy.set(hash, record);
    return record;
  }

  #parks(message: KeyedTakeable, record: Holding): boolean {
    const length = (this.#lengths.get(record.id) ?? spanLength(record.spans)) + 1;
    const isNew = !this.#lengths.has(record.id);
    const hasRoom = length <= this.spansAtMost && !(isNew && this.#lengths.size >= JOINED_AT_MOST);
    if (!hasRoom || holdsAll(record.id)) {
      this.#isCapped = true;
      return false;
    }
    this.#lengths.set(record.id, length);
    this.#pending.push({ message, record });
    return true;
  }

  async #picks(placed: PlacedMessage, takeable: KeyedTakeable): Promise<boolean> {
    const { maxMessages, maxBytes, isContinued = false, sizeOf = messageSizeBytes } = this.take;
    const sizeBytes = sizeOf(placed.message);
    const isFirst = this.picked.length === 0 && !isContinued;
    if (this.picked.length >= maxMessages) return false;
    if (!isFirst && this.pickedBytes + sizeBytes > maxBytes) return false;
    if (!this.#pickedKeys.has(takeable.hash) && !(await this.#hasRoomForKey())) {
      this.#isCapped = true;
      return false;
    }
    this.#pickedKeys.add(takeable.hash);
    this.picked.push({ placed, takeable });
    this.pickedBytes += sizeBytes;
    this.#parked.push(...this.#pending);
    this.#pending = [];
    return true;
  }

  async #hasRoomForKey(): Promise<boolean> {
    this.#busyKeys ??= await this.keys.count(false);
    if (this.#busyKeys + this.#pickedKeys.size < BUSY_KEYS_AT_MOST) return true;
    this.#busyKeys = await this.keys.count(true);
    return this.#busyKeys + this.#pickedKeys.size < BUSY_KEYS_AT_MOST;
  }

  /** Without what lies behind the last that was picked. */
  result({ setAside, expired, leftOut, next, slotCount, mayHaveMore }: WantedRead): Chosen {
    const place = this.#beyond ?? next;
    const isBefore = ({ below }: Skipped): boolean => below <= place.head;
    return {
      ...{ picked: this.picked, parked: this.#parked, next: place, slotCount, mayHaveMore },
      setAside: setAside.filter(({ base }) => base < place.head),
      expired: expired.filter(isBefore),
      leftOut: leftOut.filter(isBefore),
      isBlocked: this.#beyond !== undefined && this.picked.length < this.take.maxMessages,
      isCapped: this.#isCapped,
    };
  }
}
