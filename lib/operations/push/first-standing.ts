import type { Standing } from "../../domain/ports/progress-store.js";
import type { Cursor } from "../../domain/progress/records.js";
import type { Reader } from "../../domain/reader.js";
import type { Engine } from "../engine.js";

/** How a subscription stood when its lane was taken. One read tells where to begin, and whether anything may be due. */
export class FirstStanding {
  #reading: Promise<Standing> | undefined;
  #hasBegun = false;
  #hasAskedForRecords = false;
  /** Whether there were records; true as long as that is not known. */
  hadRecords = true;

  constructor(
    private readonly engine: Engine,
    private readonly reader: Reader,
  ) {}

  /** The first time: whether nothing is under a lease or waits for another attempt. Later it does not know. */
  async hasNoRecords(): Promise<boolean> {
    if (this.#hasAskedForRecords) return false;
    this.#hasAskedForRecords = true;
    return !(await this.#first()).hasRecords;
  }

  /** The stored cursors: those of the first read once, for another owner may have moved a head since. */
  async cursors(): Promise<ReadonlyMap<number, Cursor>> {
    const { engine, reader } = this;
    const standing = this.#hasBegun ? engine.progress.standing(reader.subscription) : this.#first();
    const { cursors } = await standing;
    this.#hasBegun = true;
    return cursors;
  }

  /** A read that fails is repeated by whoever asks next. */
  #first(): Promise<Standing> {
    this.#reading ??= this.engine.progress.standing(this.reader.subscription).then(
      (standing) => {
        this.hadRecords = standing.hasRecords;
        return standing;
      },
      (error: unknown) => {
        this.#reading = undefined;
        throw error;
      },
    );
    return this.#reading;
  }
}
