import type { KeyedItem } from "../../domain/moves/commit-keys.js";
import { keyHash } from "../../domain/progress/chains.js";
import type { PlacedMessage } from "../log/placed-message.js";
import { memoryBytesOf } from "../memory-budget.js";
import { PROBE_AMONG } from "./ahead-reader.js";
import { type OwnedBatch, ownedBatch, runEntries } from "./batch.js";
import { DeliveryRoom } from "./delivery-room.js";
import type { Collected } from "./owned-head.js";
import type { SupplyContext } from "./supply.js";

/** A stretch of the log in an owner's memory, with its message if it has one. */
export interface WindowItem extends KeyedItem<OwnedBatch> {
  /** undefined once it is done, too: its body would stay in memory until the head has passed it. */
  placed: PlacedMessage | undefined;
  run?: OwnedBatch;
  /** Messages before it that the filter left out. */
  readonly leftOut: number;
  readonly sentBytes: number;
  readonly memoryBytes: number;
}

type Stretch = Pick<WindowItem, "next" | "setAside" | "expired" | "leftOut">;

/**
 * What the owner of an ordered partition has read ahead of its head. A delivery takes the earliest messages whose keys
 * are free: no message of theirs is being delivered, has failed, or waits in a record. So no key is in two deliveries
 * at once, and a key's messages keep their order.
 */
export class KeyedWindow {
  #items: WindowItem[] = [];
  /** What the next delivery takes; undefined if something has changed since. */
  #picked: readonly WindowItem[] | undefined;
  /** The room of that delivery. */
  #room: DeliveryRoom | undefined;
  /** Whether something behind it was handed out before: it has waited for its key, and the head waits for it. */
  #isAheadOfMore = false;
  /** Whether it goes before its batch window ends: nothing more can be read. */
  #isHurried = false;
  #waitingBytes = 0;
  /** The first so many are in a write that is under way. */
  #inWrite = 0;

  constructor(
    private readonly context: Pick<SupplyContext, "engine" | "reader" | "account">,
    /** Whether a record holds the key, or the whole partition. */
    private readonly isHeld: (hash: string) => boolean,
  ) {}

  get items(): readonly WindowItem[] {
    return this.#items;
  }

  /** The memory of what waits. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get hasNext(): boolean {
    return this.#next().length > 0 && this.#goesAtMs <= this.context.engine.clock.nowMs();
  }

  /** What its keys let go, and what waits for its batch window. */
  get collected(): Pick<Collected, "goesAtMs" | "left"> | undefined {
    const [isAny, goesAtMs, room] = [this.#next().length > 0, this.#goesAtMs, this.#room];
    if (!isAny || !room || goesAtMs <= this.context.engine.clock.nowMs()) return undefined;
    return { goesAtMs, left: room.left };
  }

  get #goesAtMs(): number {
    return this.#isHurried || this.#isAheadOfMore ? 0 : (this.#room?.goesAtMs ?? 0);
  }

  /** Nothing more can be read: what can be delivered waits for no more. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Keys with something that waits. */
  get waitingKeys(): ReadonlySet<string> {
    return new Set(this.#items.flatMap(({ entry, run, hash }) => (entry && !run ? [hash] : [])));
  }

  /** The message in its place; `undefined` for a stretch without one. */
  item(placed: PlacedMessage | undefined, stretch: Stretch): WindowItem {
    const { engine, reader } = this.context;
    if (!placed) return { ...stretch, placed, entry: undefined, hash: "", sentBytes: 0, memoryBytes: 0 };
    const sentBytes = engine.subscriber.sizeBytes(reader, placed.message);
    const memoryBytes = memoryBytesOf(placed.message, sentBytes);
    const [entry] = runEntries([placed]);
    return { ...stretch, placed, entry, hash: keyHash(placed.message.key), sentBytes, memoryBytes };
  }

  /** Adds what lies behind. Its memory is held until it is delivered or dropped. */
  add(items: readonly WindowItem[]): void {
    this.#hold(memoryOf(items));
    this.#items.push(...items);
    this.changed();
  }

  /**
   * A write is under way that passes the first `count` items, or none is any more. What waits among them may be in a
   * record by now, so it is not handed out, nor is what follows of its key.
   */
  writes(count: number): void {
    this.#inWrite = count;
    this.changed();
  }

  /** Something may be free now, or not any more. */
  changed(): void {
    this.#picked = undefined;
  }

  take(attempt: number): OwnedBatch | undefined {
    const { engine, reader, account } = this.context;
    if (!this.hasNext) return undefined;
    const items = this.#next();
    this.#isHurried = false;
    const placed = items.flatMap((item) => item.placed ?? []);
    const heldBytes = memoryOf(items);
    this.#waitingBytes -= heldBytes;
    const free = (): void => {
      account.free(heldBytes);
      if (run.failed !== undefined) for (const item of items) item.placed = undefined;
      this.changed();
    };
    const run = ownedBatch(reader, placed, { attempt, atMs: engine.clock.nowMs(), free });
    for (const item of items) item.run = run;
    this.changed();
    return run;
  }

  /** For a probe: one message of the `nth` key that is free, or as many keys on as there are. */
  probe(nth: number, attempt: number): OwnedBatch | undefined {
    const busy = this.#busyKeys();
    const first = new Map<string, WindowItem>();
    for (const item of this.#items) {
      const { placed, run, hash } = item;
      if (item.setAside.length > 0) break;
      if (placed && !run && !busy.has(hash) && !this.isHeld(hash) && !first.has(hash)) first.set(hash, item);
    }
    const free = [...first.values()].slice(0, PROBE_AMONG);
    const item = free[nth % Math.max(1, free.length)];
    this.#picked = item ? [item] : [];
    this.#room = undefined;
    return this.take(attempt);
  }

  /** What its target did not take waits again. It has kept its memory. */
  takeBack(): void {
    this.#wait(this.#items.filter(({ run }) => run?.isBack));
  }

  /** The same for what is left of one delivery whose memory is free. */
  takeBackFreed(batch: OwnedBatch): void {
    const left = batch.isBack ? this.#items.filter(({ run }) => run === batch) : [];
    this.context.account.hold(memoryOf(left));
    this.#wait(left);
  }

  #wait(items: readonly WindowItem[]): void {
    if (items.length === 0) return;
    for (const item of items) delete item.run;
    this.#waitingBytes += memoryOf(items);
    this.changed();
  }

  /** Forgets the first items, which the head has passed. */
  pass(count: number): void {
    this.#hold(-memoryOf(this.#items.slice(0, count).filter(({ run }) => run === undefined)));
    this.#items = this.#items.slice(count);
    this.changed();
  }

  /** Forgets what lies behind the first `count` items: it waits, and is read again. */
  shed(count: number): void {
    this.#hold(-memoryOf(this.#items.slice(count)));
    this.#items = this.#items.slice(0, count);
    this.changed();
  }

  drop(): void {
    this.takeBack();
    this.pass(this.#items.length);
  }

  #hold(bytes: number): void {
    const { account } = this.context;
    if (bytes > 0) account.hold(bytes);
    else if (bytes < 0) account.free(-bytes);
    this.#waitingBytes += bytes;
  }

  #next(): readonly WindowItem[] {
    this.#picked ??= this.#pick();
    return this.#picked;
  }

  #pick(): readonly WindowItem[] {
    const room = new DeliveryRoom(this.context);
    this.#room = room;
    const busy = this.#busyKeys();
    const picked: WindowItem[] = [];
    this.#isAheadOfMore = false;
    for (const item of this.#items) {
      const { placed, run, hash, sentBytes } = item;
      // A slot that cannot be read is noted before anything behind it: it may hold earlier messages of any key.
      if (item.setAside.length > 0) break;
      this.#isAheadOfMore ||= run !== undefined && picked.length > 0;
      if (!placed || run || busy.has(hash) || this.isHeld(hash)) continue;
      if (!room.takes(placed, sentBytes)) break;
      picked.push(item);
    }
    return picked;
  }

  /** Of what is being delivered, has failed and is not written yet, or is given away by a write. */
  #busyKeys(): ReadonlySet<string> {
    const busy = new Set<string>();
    for (const [index, { entry, run, hash }] of this.#items.entries()) {
      if (entry && !run && index < this.#inWrite) busy.add(hash);
      if (!entry || !run) continue;
      const isDone = run.failed !== undefined && !hasFailed({ entry, run });
      if (!isDone) busy.add(hash);
    }
    return busy;
  }
}

const memoryOf = (items: readonly WindowItem[]): number =>
  items.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);

export const hasFailed = ({ entry, run }: Pick<WindowItem, "entry" | "run">): boolean =>
  run?.failed?.some(({ offset }) => offset === entry?.offset) ?? false;

/** Whether it was answered, or there is nothing to deliver. */
export const isOver = ({ entry, run }: WindowItem): boolean =>
  entry === undefined || run?.failed !== undefined;
