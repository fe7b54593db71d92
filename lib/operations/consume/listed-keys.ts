import type { DeadLetterEntry } from "../../domain/dead-letter.js";
import { openOfKey } from "../../domain/moves/release-keys.js";
import { holdsAll, keyHash, keysIn } from "../../domain/progress/chains.js";
import { holdsFor } from "../../domain/progress/holds.js";
import type { Cursor, Holding } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { holdingOf } from "./due-front.js";

/** So many of the listed records are read with each move of a head, to see whether they have ended. */
const READ_FOR_ORDER = 4;

/**
 * What the records that a cursor lists hold. Its list names their keys, so only those are read that may hold what is
 * asked for, and each once. A record that is gone may still be listed. One that became another raised the cursor's
 * version in the same move: so a move that compares the version may rely on what was gone.
 */
export class ListedKeys {
  readonly #open: readonly string[];
  readonly #byKey = new Map<string, string[]>();
  readonly #records = new Map<string, Promise<Holding | undefined>>();
  readonly #gone: Set<string>;

  constructor(
    private readonly engine: Pick<Engine, "progress">,
    private readonly subscription: Subscription,
    { open = [] }: Cursor,
    /** Ids that were known to be gone before: none ever comes back. */
    known: ReadonlySet<string> = new Set(),
  ) {
    this.#open = open;
    this.#gone = new Set(open.filter((id) => known.has(id)));
    for (const id of open)
      for (const hash of keysIn(id) ?? []) this.#byKey.set(hash, [...(this.#byKey.get(hash) ?? []), id]);
  }

  /** The ids whose records are known to be gone. */
  get gone(): ReadonlySet<string> {
    return this.#gone;
  }

  /** The first record that holds the whole partition; with `before`, of those that it is listed behind. */
  async wholeHolder(before?: string): Promise<Holding | undefined> {
    const at = before === undefined ? -1 : this.#open.indexOf(before);
    for (const id of at < 0 ? this.#open : this.#open.slice(0, at)) {
      const record = holdsAll(id) ? await this.#read(id) : undefined;
      if (record) return record;
    }
    return undefined;
  }

  /** The record that holds a message ahead of the head: one of the whole partition, or of its key. */
  async holderAhead(key: string | undefined): Promise<Holding | undefined> {
    return (await this.wholeHolder()) ?? (await this.holderOf(keyHash(key)));
  }

  /** The record with something open of the key. */
  async holderOf(hash: string): Promise<Holding | undefined> {
    for (const id of this.#byKey.get(hash) ?? []) {
      const record = await this.#read(id);
      const place = keysIn(id)?.indexOf(hash) ?? 0;
      if (record && openOfKey(record, place).length > 0) return record;
    }
    return undefined;
  }

  /** The record in which a dead letter holds its key. */
  async holdOf({ key, offset }: Pick<DeadLetterEntry, "key" | "offset">): Promise<Holding | undefined> {
    const hash = keyHash(key);
    for (const id of this.#open.filter((one) => keysIn(one)?.includes(hash) ?? true)) {
      const record = await this.#read(id);
      if (record && holdsFor(record, offset)) return record;
    }
    return undefined;
  }

  /** How many keys may be busy: not more than are listed. With `isExact` all records are read. */
  async count(isExact: boolean): Promise<number> {
    if (!isExact) return this.#byKey.size;
    await Promise.all(this.#open.map((id) => this.#read(id)));
    const held = await Promise.all([...this.#byKey.keys()].map((hash) => this.holderOf(hash)));
    return held.filter((record) => record !== undefined).length;
  }

  /** Reads some of the others too, the oldest first, so that what is gone does not stay in the list. */
  async readSome(): Promise<void> {
    const isUnread = (id: string): boolean => !this.#records.has(id) && !this.#gone.has(id);
    const unread = this.#open.filter(isUnread).slice(0, READ_FOR_ORDER);
    await Promise.all(unread.map((id) => this.#read(id)));
  }

  #read(id: string): Promise<Holding | undefined> {
    const known = this.#records.get(id) ?? this.#readAnew(id);
    this.#records.set(id, known);
    return known;
  }

  async #readAnew(id: string): Promise<Holding | undefined> {
    if (this.#gone.has(id)) return undefined;
    const record = await holdingOf(this.engine, this.subscription, id);
    if (!record) this.#gone.add(id);
    return record;
  }
}
