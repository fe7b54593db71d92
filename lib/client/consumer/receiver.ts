import type { ReceivedMessage } from "../types.js";
import { pauseMs } from "./back-off.js";
import { type Timing, after, within } from "./timing.js";

export interface ReceiveRequest {
  readonly maxMessages: number;
  readonly waitSeconds: number;
  readonly ackDeadlineSeconds: number;
  readonly consumer?: string;
  /** Messages that its process has already: these end with it, too. */
  readonly inHand: number;
}

export interface ReceiverHooks {
  readonly receive: (request: ReceiveRequest, signal: AbortSignal) => Promise<ReceivedMessage[]>;
  /** How many messages can be begun soon. */
  readonly room: () => number;
  readonly inHand: () => number;
  /** `inHand`: as the request said. */
  readonly received: (messages: readonly ReceivedMessage[], sentAtMs: number, inHand: number) => void;
  readonly failed: (error: unknown) => void;
}

const MESSAGES_LIMIT = 1_000;
/** An answer takes no longer than the wait that it was asked for, and this. */
const LATE_MS = 10_000;
/** Requests that come back empty at once, whatever the reason, are this far apart. */
const EMPTY_MS = 1_000;
/**
 * A stop leaves the open request this long: where messages come often it ends with some, which go back at once. What
 * the API takes for it later would wait for its deadline.
 */
const GRACE_MS = 2_000;

/** Asks for messages, one request at a time, for as many as there is room for. */
export class Receiver {
  readonly #stopped = new AbortController();
  readonly #poll = new AbortController();
  #wake: () => void = () => undefined;
  #forget: () => void = () => undefined;

  constructor(
    private readonly hooks: ReceiverHooks,
    private readonly request: Omit<ReceiveRequest, "maxMessages" | "inHand">,
    private readonly timing: Timing,
  ) {}

  /** Resolves after `stop`, once no request is open any more. */
  async run(): Promise<void> {
    await this.#ask();
    this.#forget();
  }

  async #ask(): Promise<void> {
    const { signal } = this.#stopped;
    let failures = 0;
    while (!signal.aborted) {
      const room = Math.min(MESSAGES_LIMIT, this.hooks.room());
      if (room <= 0) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const sentAtMs = this.timing.nowMs();
      const inHand = this.hooks.inHand();
      try {
        const messages = await this.#receive(room, inHand);
        failures = 0;
        this.hooks.received(messages, sentAtMs, inHand);
        const pause = sentAtMs + EMPTY_MS - this.timing.nowMs();
        if (messages.length === 0 && pause > 0) await this.timing.sleep(pause, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.hooks.failed(error);
        await this.timing.sleep(pauseMs(failures++, error, this.timing.random()), signal);
      }
    }
  }

  /** A handler has ended. */
  hasRoom(): void {
    this.#wake();
  }

  /** Takes nothing new. The open request ends within `limitMs`. */
  stop(limitMs: number): void {
    this.#stopped.abort();
    this.#wake();
    this.#forget = after(this.timing, Math.min(GRACE_MS, limitMs), () => this.#poll.abort());
  }

  #receive(maxMessages: number, inHand: number): Promise<ReceivedMessage[]> {
    const request = { ...this.request, maxMessages, inHand };
    const limitMs = request.waitSeconds * 1_000 + LATE_MS;
    return within(this.timing, limitMs, (signal) => this.hooks.receive(request, signal), this.#poll.signal);
  }
}
