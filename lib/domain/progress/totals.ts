import type { Offset } from "../slot.js";
import { type Due, isWaiting, openSpans } from "./records.js";

/**
 * How much of a subscription is handed out and how much waits, in messages. What has expired is in neither: it is in
 * `expired`, as is what was passed over before. `capped`: there is more than was counted.
 */
export interface ProgressTotals {
  readonly inFlight: number;
  readonly retrying: number;
  readonly expired: number;
  /** Slots that can't be read and were set aside. */
  readonly setAside: number;
  readonly oldestPublishedAtMs?: number;
  readonly capped: boolean;
}

/** By partition: the offset below which all messages have expired; 0 where it is not there. */
export type LiveFrom = ReadonlyMap<number, Offset>;

/** Adds up records of a subscription, as they are read. */
export class Counting {
  #inFlight = 0;
  #retrying = 0;
  #expired = 0;
  #oldestMs = Infinity;

  constructor(private readonly liveFrom: LiveFrom) {}

  add(record: Due): void {
    const liveFrom = this.liveFrom.get(record.partition) ?? 0;
    for (const span of openSpans(record)) {
      const from = Math.min(span.to, Math.max(span.from, liveFrom));
      this.#expired += from - span.from;
      if (from === span.to) continue;
      if (isWaiting(record, span)) this.#retrying += span.to - from;
      else this.#inFlight += span.to - from;
      this.#oldestMs = Math.min(this.#oldestMs, span.publishedAtMs);
    }
  }

  /** `expired`: what was counted before. */
  totals({ expired, ...rest }: Pick<ProgressTotals, "expired" | "setAside" | "capped">): ProgressTotals {
    const oldest = this.#oldestMs === Infinity ? {} : { oldestPublishedAtMs: this.#oldestMs };
    const counts = { inFlight: this.#inFlight, retrying: this.#retrying, expired: expired + this.#expired };
    return { ...counts, ...rest, ...oldest };
  }
}
