import { type Timing, after } from "./timing.js";

/** A handler that takes longer has others beside it again. */
const ALONE_DEADLINES = 4;

export interface ApartHooks {
  /** Messages of which the API has not heard the last word. */
  readonly inHand: () => number;
  /** More may be taken again. */
  readonly hasRoom: () => void;
}

/**
 * Has a message that may end its process handled beside nothing else, so that none dies with it. It is begun only if it
 * was asked for with empty hands, as the API then knows that it had nothing beside it. Otherwise it is given back, and
 * nothing is taken until the hands are empty. That keeps others waiting for an ack deadline at the most, its handler
 * for a few of them.
 */
export class Apart {
  #closedUntilMs: number | undefined;
  /** The hands did not get empty in time: it would only be given back again and again. */
  #isTired = false;
  #forget: () => void = () => undefined;

  constructor(
    private readonly hooks: ApartHooks,
    private readonly timing: Timing,
    private readonly deadlineMs: number,
  ) {}

  /** Whether nothing more may be taken for now. */
  isClosed(): boolean {
    if (this.hooks.inHand() === 0) this.#open(false);
    else if (this.#closedUntilMs !== undefined && this.timing.nowMs() >= this.#closedUntilMs)
      this.#open(true);
    return this.#closedUntilMs !== undefined;
  }

  /** Whether to begin what came, asked for with so much in hand; if not, it has to be given back. */
  mayBegin(messages: readonly { readonly alone?: boolean | undefined }[], inHand: number): boolean {
    if (!messages.some(({ alone }) => alone)) return true;
    const may = inHand === 0 || this.#isTired;
    this.#forget();
    const limitMs = may ? this.deadlineMs * ALONE_DEADLINES : this.deadlineMs;
    this.#closedUntilMs = this.timing.nowMs() + limitMs;
    this.#forget = after(this.timing, limitMs, () => this.hooks.hasRoom());
    return may;
  }

  close(): void {
    this.#forget();
  }

  #open(isTired: boolean): void {
    this.#closedUntilMs = undefined;
    this.#isTired = isTired;
    this.#forget();
  }
}
