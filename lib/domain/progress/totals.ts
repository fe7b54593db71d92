import type { Offset } from "../slot.js";
import { keysIn } from "./chains.js";
import { isHold } from "./holds.js";
import { type Due, isWaiting, openSpans } from "./records.js";
import type { Span } from "./spans.js";

/**
 * How many messages of a subscription are handed out and how many wait. Expired messages are in neither count, but in
 * `expired`, like those that were passed before. `capped`: there is more than was counted.
 */
export interface ProgressTotals {
  readonly inFlight: number;
  readonly retrying: number;
  readonly expired: number;
  /** Slots that could not be read and were set aside. */
  readonly setAside: number;
  /** With ordering: keys of which a message is handed out, waits, or holds after its dead letter. */
  readonly busyKeys: number;
  /** Those of them that wait for a dead letter. */
  readonly heldKeys: number;
  readonly oldestPublishedAtMs?: number;
  readonly capped: boolean;
}

/** Decides which messages are live. */
export interface Living {
  readonly nowMs: number;
  /** By partition: the offset below which all messages have expired. Default 0. */
  readonly from: ReadonlyMap<number, Offset>;
}

/** Counts everything as live. */
export const ALL_LIVES: Living = { nowMs: -Infinity, from: new Map() };

/** Adds up a subscription's records as they are read. */
export class Counting {
  #inFlight = 0;
  #retrying = 0;
  #expired = 0;
  #oldestMs = Infinity;
  readonly #busyKeys = new Set<string>();
  readonly #heldKeys = new Set<string>();

  constructor(private readonly living: Living) {}

  add(record: Due): void {
    const liveFrom = this.living.from.get(record.partition) ?? 0;
    for (const span of openSpans(record)) {
      this.#addKey(record, span);
      if (isHold(span)) continue;
      const isOver = span.expiresAtMs !== undefined && span.expiresAtMs <= this.living.nowMs;
      const from = isOver ? span.to : Math.min(span.to, Math.max(span.from, liveFrom));
      this.#expired += from - span.from;
      if (from === span.to) continue;
      if (isWaiting(record, span)) this.#retrying += span.to - from;
      else this.#inFlight += span.to - from;
      this.#oldestMs = Math.min(this.#oldestMs, span.publishedAtMs);
    }
  }

  /** Of a record of a whole partition it is not known which keys it holds, but for a dead letter's: that is one. */
  #addKey({ id, kind, partition }: Due, span: Span): void {
    if (kind === "hint") return;
    const hash = keysIn(id)?.[span.keyAt ?? 0] ?? (isHold(span) ? `at ${span.from}` : undefined);
    if (hash === undefined) return;
    this.#busyKeys.add(`${partition} ${hash}`);
    if (isHold(span)) this.#heldKeys.add(`${partition} ${hash}`);
  }

  /** `expired`: the count so far. */
  totals({ expired, ...rest }: Pick<ProgressTotals, "expired" | "setAside" | "capped">): ProgressTotals {
    const oldest = this.#oldestMs === Infinity ? {} : { oldestPublishedAtMs: this.#oldestMs };
    const counts = { inFlight: this.#inFlight, retrying: this.#retrying, expired: expired + this.#expired };
    const keys = { busyKeys: this.#busyKeys.size, heldKeys: this.#heldKeys.size };
    return { ...counts, ...keys, ...rest, ...oldest };
  }
}
