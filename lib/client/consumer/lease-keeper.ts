import type { Held, Stock } from "./stock.js";
import { type Timing, after } from "./timing.js";

export interface LeaseHooks {
  readonly extend: (held: Held) => void;
  /** Gives messages back that no handler has begun. */
  readonly giveBack: (messages: readonly Held[]) => void;
  /** Its lease is lost: its handler has to hear that. */
  readonly lost: (held: Held) => void;
}

/** What is due for an extension soon shares the request of what is due now, as a part of the deadline. */
const TOGETHER = 1 / 8;
/** A lease counts as lost this long before its deadline, as a part of it and at most. */
const MARGIN = 1 / 10;
const MARGIN_UP_TO_MS = 1_000;

/** Extends the leases of what is held half-way to their deadlines, and tells which are lost. */
export class LeaseKeeper {
  #look: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(
    private readonly stock: Stock,
    private readonly deadlineMs: number,
    private readonly hooks: LeaseHooks,
    private readonly timing: Timing,
  ) {}

  /**
   * When a lease is due for an extension, and when it counts as lost. The request that made or extended it was sent at
   * `sentAtMs`, so by our clock its deadline is no sooner than this.
   */
  timesFrom(sentAtMs: number): Pick<Held, "extendAtMs" | "fenceAtMs"> {
    const nowMs = this.timing.nowMs();
    const fenceAtMs = sentAtMs + this.deadlineMs - Math.min(MARGIN_UP_TO_MS, this.deadlineMs * MARGIN);
    return { fenceAtMs, extendAtMs: nowMs + Math.max(0, fenceAtMs - nowMs) / 2 };
  }

  /** Looks after the leases by this time. */
  lookAt(atMs: number): void {
    if (this.#look && this.#look.atMs <= atMs) return;
    this.close();
    const cancel = after(this.timing, Math.max(0, atMs - this.timing.nowMs()), () => {
      this.#look = undefined;
      this.#lookAfterAll();
    });
    this.#look = { atMs, cancel };
  }

  close(): void {
    this.#look?.cancel();
    this.#look = undefined;
  }

  /** The API's answer to an extension that was sent at `sentAtMs`. */
  extended(held: Held, sentAtMs: number, isGone: boolean): void {
    if (held.lost !== undefined) return;
    if (isGone) return this.#lose(held, "gone");
    Object.assign(held, this.timesFrom(sentAtMs));
    this.lookAt(held.extendAtMs);
  }

  /** What could not be extended in time is lost: another consumer may have it. */
  fence(): void {
    const nowMs = this.timing.nowMs();
    for (const held of this.#kept()) if (held.fenceAtMs <= nowMs) this.#lose(held, "fenced");
  }

  #lookAfterAll(): void {
    this.fence();
    this.#extendDue();
    const times = this.#kept().map(({ extendAtMs, fenceAtMs }) => Math.min(extendAtMs, fenceAtMs));
    const nextMs = Math.min(Infinity, ...times);
    if (nextMs < Infinity) this.lookAt(nextMs);
  }

  #extendDue(): void {
    const untilMs = this.timing.nowMs() + this.deadlineMs * TOGETHER;
    for (const held of this.#kept()) {
      if (held.extendAtMs > untilMs) continue;
      if (this.stock.isIdle(held)) {
        // Handlers take longer than they used to: others may begin it sooner.
        this.hooks.giveBack(this.stock.removeWaiting(new Set([held.chain])));
      } else {
        held.extendAtMs = Infinity;
        this.hooks.extend(held);
      }
    }
  }

  #kept(): readonly Held[] {
    return this.stock.all().filter(({ lost }) => lost === undefined);
  }

  #lose(held: Held, lost: "fenced" | "gone"): void {
    held.lost = lost;
    this.hooks.giveBack(this.stock.removeWaiting(new Set([held.chain])));
    this.hooks.lost(held);
  }
}
