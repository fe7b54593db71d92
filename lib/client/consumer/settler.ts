import { SluiceProblem } from "../errors.js";
import type { SettlementInput, SettlementResult } from "../types.js";
import { pauseMs } from "./back-off.js";
import type { Held } from "./stock.js";
import { type Timing, after, within } from "./timing.js";

/** What is to be said of one message. `isRepeated`: it was sent before, and nobody knows with what outcome. */
interface Word {
  readonly held: Held;
  readonly settlement: SettlementInput;
  readonly isRepeated: boolean;
}

type ProblemBody = SluiceProblem["problem"];

export interface SettlerHooks {
  readonly send: (words: readonly SettlementInput[], signal: AbortSignal) => Promise<SettlementResult[]>;
  /** Whether no handler is at work, and none is about to begin, so that there is nothing to gather with. */
  readonly isIdle: () => boolean;
  /** The API's answer to a word that was sent at `sentAtMs`; undefined if it counts. */
  readonly answered: (held: Held, word: SettlementInput, sentAtMs: number, problem?: ProblemBody) => void;
  readonly failed: (error: unknown) => void;
  /** A request is over, with whatever outcome. */
  readonly sent: () => void;
}

export interface SettlerLimits {
  /** How long one request may take. */
  readonly callMs: number;
  /** How long after its deadline a message is still worth a word. */
  readonly deadlineMs: number;
}

/** Words that go along with another request. One of the three is called when that is over. */
export interface Carried {
  readonly settlements: readonly SettlementInput[];
  /** How long it may take: what is said meanwhile, also that a lease be extended, waits for it. */
  readonly limitMs: number;
  /** It was answered. */
  readonly heard: (results: readonly SettlementResult[]) => void;
  /** Nobody knows whether it was carried out. */
  readonly failed: (error: unknown) => void;
  /** It was not carried out, since the API does not know such requests. */
  readonly refused: () => void;
}

/** Handlers that end together share a request. */
const GATHER_MS = 20;
const WORDS_LIMIT = 1_000;
/** Problems of one receipt that pass by themselves. */
const PASSING = new Set(["conflict", "throttled", "storage-unavailable", "internal-error"]);

/**
 * Sends what is said of messages, in the order in which it is said. One request is under way at a time, and what comes
 * meanwhile shares the next one. Nothing is sent past an earlier word that failed: with ordering, the acknowledgement
 * of a message must not be stored without those of the messages before it.
 */
export class Settler {
  readonly #queue = new Map<string, Word>();
  #flying = 0;
  #failures = 0;
  #notBeforeMs = -Infinity;
  #planned: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #isClosed = false;
  readonly #onEmpty = new Set<() => void>();

  constructor(
    private readonly hooks: SettlerHooks,
    private readonly timing: Timing,
    private readonly limits: SettlerLimits,
  ) {}

  /** Messages whose word is not answered yet. */
  get size(): number {
    return this.#queue.size + this.#flying;
  }

  say(held: Held, settlement: SettlementInput): void {
    const { receipt } = settlement;
    // A later word replaces an earlier one that was not sent, and takes its own place in the order.
    this.#queue.delete(receipt);
    this.#queue.set(receipt, { held, settlement, isRepeated: false });
    this.#plan(settlement.outcome === "extend" || this.hooks.isIdle() ? 0 : GATHER_MS);
  }

  /** Resolves once every word is answered, or it is closed. */
  async emptied(): Promise<void> {
    this.#plan(0);
    while (this.size > 0 && !this.#isClosed) await new Promise<void>((resolve) => this.#onEmpty.add(resolve));
  }

  /** Sends nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#planned?.cancel();
    this.#queue.clear();
    this.#told();
  }

  #plan(delayMs: number): void {
    if (this.#isClosed || this.#flying > 0 || this.#queue.size === 0) return;
    const atMs = Math.max(this.timing.nowMs() + delayMs, this.#notBeforeMs);
    if (this.#planned && this.#planned.atMs <= atMs) return;
    this.#planned?.cancel();
    const cancel = after(this.timing, atMs - this.timing.nowMs(), () => {
      this.#planned = undefined;
      void this.#send();
    });
    this.#planned = { atMs, cancel };
  }

  /** What is to be said now, for a request that goes anyway; undefined if that is nothing, or one is under way. */
  carry(): Carried | undefined {
    const sentAtMs = this.timing.nowMs();
    if (this.#isClosed || this.#flying > 0 || sentAtMs < this.#notBeforeMs) return undefined;
    const words = this.#next();
    if (words.length === 0) return undefined;
    this.#planned?.cancel();
    this.#planned = undefined;
    this.#flying = words.length;
    const over =
      <T>(tell: (told: T) => void) =>
      (told: T): void => {
        tell(told);
        this.#landed();
      };
    return {
      settlements: words.map(({ settlement }) => settlement),
      limitMs: this.limits.callMs,
      heard: over((results) => this.#heard(words, results, sentAtMs)),
      failed: over((error) => this.#lost(words, error)),
      refused: over<void>(() => this.#again(words, false)),
    };
  }

  async #send(): Promise<void> {
    const words = this.#next();
    this.#flying = words.length;
    if (words.length > 0) await this.#sendWords(words);
    this.#landed();
  }

  #landed(): void {
    this.#flying = 0;
    this.hooks.sent();
    this.#told();
    this.#plan(0);
  }

  #next(): readonly Word[] {
    const words: Word[] = [];
    for (const [receipt, word] of this.#queue) {
      if (words.length === WORDS_LIMIT) break;
      this.#queue.delete(receipt);
      if (this.#isWorthSending(word)) words.push(word);
    }
    return words;
  }

  #isWorthSending({ held, settlement }: Word): boolean {
    if (held.lost === "gone") return false;
    if (isLonger(settlement)) return held.lost === undefined;
    return this.timing.nowMs() < held.fenceAtMs + this.limits.deadlineMs;
  }

  async #sendWords(words: readonly Word[]): Promise<void> {
    const { hooks, timing, limits } = this;
    const sentAtMs = timing.nowMs();
    const settlements = words.map(({ settlement }) => settlement);
    let results: readonly SettlementResult[];
    try {
      results = await within(timing, limits.callMs, (signal) => hooks.send(settlements, signal));
    } catch (error) {
      this.#lost(words, error);
      hooks.failed(error);
      return;
    }
    this.#heard(words, results, sentAtMs);
  }

  #lost(words: readonly Word[], error: unknown): void {
    // A request that is not valid will not become so. Its messages come again once their deadline has passed.
    if (!(error instanceof SluiceProblem && error.status === 400)) this.#again(words);
    this.#rest(error);
  }

  #heard(words: readonly Word[], results: readonly SettlementResult[], sentAtMs: number): void {
    this.#failures = 0;
    const passing: Word[] = [];
    let problem: ProblemBody | undefined;
    for (const [index, word] of words.entries()) {
      const result = results[index];
      const refused = result && "error" in result ? result.error : undefined;
      if (refused && PASSING.has(refused.code)) {
        problem = refused;
        passing.push(word);
        continue;
      }
      // The first time that it was sent it may have ended the lease.
      const isKnown = word.isRepeated && !isLonger(word.settlement) && refused?.code === "receipt-expired";
      this.hooks.answered(word.held, word.settlement, sentAtMs, isKnown ? undefined : refused);
    }
    if (!problem) return;
    this.#again(passing);
    this.#rest(new SluiceProblem(problem));
  }

  /** Before what was said meanwhile, unless that replaces it. */
  #again(words: readonly Word[], wereSent = true): void {
    const later = [...this.#queue];
    this.#queue.clear();
    const replaced = new Set(later.map(([receipt]) => receipt));
    for (const word of words) {
      const { receipt } = word.held.message;
      if (!replaced.has(receipt))
        this.#queue.set(receipt, { ...word, isRepeated: word.isRepeated || wereSent });
    }
    for (const [receipt, word] of later) this.#queue.set(receipt, word);
  }

  #rest(error: unknown): void {
    const { timing } = this;
    const ms = pauseMs(this.#failures++, error, timing.random());
    this.#notBeforeMs = timing.nowMs() + Math.min(ms, this.limits.callMs);
  }

  #told(): void {
    for (const resolve of this.#onEmpty) resolve();
    this.#onEmpty.clear();
  }
}

/** Whether it asks for more time. To extend by 0 seconds gives a message back. */
export const isLonger = (word: SettlementInput): boolean =>
  word.outcome === "extend" && word.ackDeadlineSeconds > 0;
