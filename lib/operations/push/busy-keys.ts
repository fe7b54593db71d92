import { chainKey } from "../../domain/progress/chains.js";
import type { Cursor, Holding } from "../../domain/progress/records.js";
import { holdingOf } from "../consume/due-front.js";
import type { SupplyContext } from "./supply.js";

/** How often records are looked at that others may end: a pump before this one, or an operator. */
const LOOK_EVERY_MS = 1_000;
const LOOKS_AT_MOST = 4;

/**
 * The keys of one owned partition that records hold, by the partition's cursor. A record that is gone may still be
 * listed: then it holds nothing.
 */
export class BusyKeys {
  /** As it is stored, as far as this pump knows. */
  #cursor: Cursor;
  /** Listed, though the records are gone. */
  readonly #gone = new Set<string>();
  #byKey: ReadonlyMap<string, string> = new Map();
  /** Records that hold the whole partition. */
  #whole: readonly string[] = [];
  /** When each record may be looked at again. */
  #lookAtMs = new Map<string, number>();

  constructor(
    private readonly context: Pick<SupplyContext, "engine" | "reader">,
    private readonly partition: number,
    cursor: Cursor,
  ) {
    this.#cursor = cursor;
    this.#list();
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  get gone(): ReadonlySet<string> {
    return this.#gone;
  }

  get count(): number {
    return this.#byKey.size;
  }

  get holdsAll(): boolean {
    return this.#whole.length > 0;
  }

  isHeld(hash: string): boolean {
    return this.#whole.length > 0 || this.#byKey.has(hash);
  }

  /** Goes on from the cursor as it was stored since; an older one is left alone. */
  adopt(cursor: Cursor): void {
    if (cursor.version <= this.#cursor.version) return;
    this.#cursor = cursor;
    this.#list();
  }

  #list(): void {
    const listed = this.#cursor.open ?? [];
    for (const id of this.#gone) if (!listed.includes(id)) this.#gone.delete(id);
    for (const id of this.#lookAtMs.keys()) if (!listed.includes(id)) this.#lookAtMs.delete(id);
    const open = listed.filter((id) => !this.#gone.has(id));
    this.#byKey = new Map(
      open.flatMap((id) => (chainKey(id) === undefined ? [] : [[String(chainKey(id)), id]])),
    );
    this.#whole = open.filter((id) => chainKey(id) === undefined);
  }

  /** The next look need not wait. */
  expectChange(): void {
    this.#lookAtMs.clear();
  }

  /**
   * Looks whether records have ended that hold these keys, or with `isAll` any. A record that became another one raised
   * the cursor's version in the same move. So one that is gone, while the version is what it was, has ended.
   */
  async look(keys: ReadonlySet<string>, isAll: boolean): Promise<"changed" | "nothing"> {
    const { engine, reader } = this.context;
    let outcome: "changed" | "nothing" = "nothing";
    for (let looks = 0; looks < LOOKS_AT_MOST; looks++) {
      const nowMs = engine.clock.nowMs();
      const ids = [
        ...this.#whole,
        ...[...this.#byKey].flatMap(([key, id]) => (isAll || keys.has(key) ? [id] : [])),
      ].filter((id) => nowMs >= (this.#lookAtMs.get(id) ?? 0));
      if (ids.length === 0) return outcome;
      for (const id of ids) this.#lookAtMs.set(id, nowMs + LOOK_EVERY_MS);
      const { version, head, epoch } = this.#cursor;
      const records = await Promise.all(ids.map((id) => this.#record(id)));
      const stored = await engine.progress.cursor(reader.subscription, this.partition);
      // Whoever commits next finds out who has moved the head.
      if (!stored || stored.epoch !== epoch || stored.head !== head) return outcome;
      if (stored.version === version) {
        const ended = ids.filter((_, index) => records[index] === undefined);
        for (const id of ended) this.#gone.add(id);
        if (ended.length === 0) return outcome;
        this.#list();
        return "changed";
      }
      this.adopt(stored);
      this.#lookAtMs.clear();
      outcome = "changed";
    }
    return outcome;
  }

  /** The records of these keys as they are now; those that are gone are left out. */
  async recordsOf(keys: ReadonlySet<string>): Promise<ReadonlyMap<string, Holding>> {
    const ids = [...this.#byKey].filter(([key]) => keys.has(key));
    if (ids.length === 0) return new Map();
    const found = await Promise.all(
      ids.map(async ([key, id]): Promise<readonly [string, Holding | undefined]> => [
        key,
        await this.#record(id),
      ]),
    );
    return new Map(found.flatMap(([key, record]) => (record ? [[key, record] as const] : [])));
  }

  async #record(id: string): Promise<Holding | undefined> {
    const { engine, reader } = this.context;
    return await holdingOf(engine, reader.subscription, id);
  }
}
