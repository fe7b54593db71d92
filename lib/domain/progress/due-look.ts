import { type Due, timeInId } from "./records.js";

/** Records that a look reads past, since they were extended: up to `lastId`, none of them is due before `untilMs`. */
export interface PassedOver {
  readonly lastId: string;
  readonly untilMs: number;
}

export interface DueLook {
  /** What is due, the longest due first. */
  readonly found: readonly Due[];
  /** What lies in front of the first of them, and is not due. */
  readonly passed?: PassedOver;
}

/**
 * What may still come to lie in front of what a look has passed: records that were on their way then, or that an
 * eventually consistent read did not show yet. Their ids are not older than this.
 */
export const PASSED_AGE_MS = 5_000;

/** Takes the records of a subscription in the order of their ids, up to that time, and tells the due ones. */
export class DueLooking {
  readonly #found: Due[] = [];
  #lastId: string | undefined;
  #untilMs = Infinity;

  constructor(
    private readonly nowMs: number,
    private readonly limit: number,
  ) {}

  get isFull(): boolean {
    return this.#found.length >= this.limit;
  }

  add(one: Due): void {
    if (this.isFull) return;
    if (one.dueMs <= this.nowMs) this.#found.push(one);
    else if (this.#found.length === 0 && timeInId(one.id) <= this.nowMs - PASSED_AGE_MS) {
      this.#lastId = one.id;
      this.#untilMs = Math.min(this.#untilMs, one.dueMs);
    }
  }

  look(): DueLook {
    const lastId = this.#lastId;
    return {
      found: this.#found,
      ...(lastId === undefined ? {} : { passed: { lastId, untilMs: this.#untilMs } }),
    };
  }
}
