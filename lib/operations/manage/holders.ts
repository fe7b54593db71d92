import { openOfKey } from "../../domain/moves/release-keys.js";
import { holdsAll, keyHash, keysIn } from "../../domain/progress/chains.js";
import { type Cursor, type Due, isVoid } from "../../domain/progress/records.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";

/**
 * What holds back the messages of an ordered partition. The cursor's list names the keys of its records, so only those
 * are read that may hold what is asked for, and each once.
 */
export class Holders {
  readonly #open: readonly string[];
  readonly #records = new Map<string, Promise<Due | undefined>>();

  constructor(
    private readonly engine: Pick<Engine, "progress">,
    private readonly subscription: Subscription,
    { open = [] }: Cursor,
  ) {
    this.#open = open;
  }

  /** The record that holds a message ahead of the head: one of the whole partition, or of its key. */
  async ofKey(key: string | undefined): Promise<Due | undefined> {
    const hash = keyHash(key);
    const place = (id: string): number => keysIn(id)?.indexOf(hash) ?? -1;
    const ofKey = this.#open.filter((id) => place(id) >= 0);
    return (
      (await this.#ofAll(this.#open)) ??
      (await this.#first(ofKey, (record) => openOfKey(record, place(record.id)).length > 0))
    );
  }

  /** The record of the whole partition that the one with this id lies behind. */
  async before(id: string): Promise<Due | undefined> {
    const at = this.#open.indexOf(id);
    return await this.#ofAll(at < 0 ? this.#open : this.#open.slice(0, at));
  }

  async #ofAll(ids: readonly string[]): Promise<Due | undefined> {
    return await this.#first(ids.filter(holdsAll), () => true);
  }

  async #first(ids: readonly string[], isAsked: (record: Due) => boolean): Promise<Due | undefined> {
    for (const id of ids) {
      const record = await this.#read(id);
      if (record && !isVoid(record, this.subscription) && isAsked(record)) return record;
    }
    return undefined;
  }

  #read(id: string): Promise<Due | undefined> {
    const known = this.#records.get(id) ?? this.engine.progress.get(this.subscription, id);
    this.#records.set(id, known);
    return known;
  }
}
