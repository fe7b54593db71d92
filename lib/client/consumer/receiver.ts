import { SluiceProblem } from "../errors.js";
import type { ReceivedMessage, SettledAndReceived, SettlementInput } from "../types.js";
import { pauseMs } from "./back-off.js";
import type { Carried } from "./settler.js";
import { type Timing, after, within } from "./timing.js";

export interface ReceiveRequest {
  readonly maxMessages: number;
  readonly waitSeconds: number;
  readonly ackDeadlineSeconds: number;
  readonly consumer?: string;
  /** Messages that its process has already: these end with it, too. */
  readonly inHand: number;
}

export type SettleAndReceive = (
  words: readonly SettlementInput[],
  request: ReceiveRequest,
  signal: AbortSignal,
) => Promise<SettledAndReceived>;

export interface ReceiverHooks {
  readonly receive: (request: ReceiveRequest, signal: AbortSignal) => Promise<ReceivedMessage[]>;
  /** The request that settles messages, too; undefined if there is no such one. */
  readonly settleAndReceive: SettleAndReceive | undefined;
  /** What is to be settled now. */
  readonly carry: () => Carried | undefined;
  /** How many messages can be begun soon. */
  readonly room: () => number;
  /** How many messages it has, but for so many that are settled with the request. */
  readonly inHand: (settled: number) => number;
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
  /** There was something the last time. */
  #isBusy = false;
  /** For room. */
  #isWaiting = false;
  #settleAndReceive: SettleAndReceive | undefined;
  #wake: () => void = () => undefined;
  #forget: () => void = () => undefined;

  constructor(
    private readonly hooks: ReceiverHooks,
    private readonly request: Omit<ReceiveRequest, "maxMessages" | "inHand">,
    private readonly timing: Timing,
  ) {
    this.#settleAndReceive = hooks.settleAndReceive;
  }

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
        this.#isWaiting = true;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#isWaiting = false;
        continue;
      }
      const sentAtMs = this.timing.nowMs();
      const carried = this.#isBusy && this.#settleAndReceive ? this.hooks.carry() : undefined;
      const inHand = this.hooks.inHand(carried?.settlements.length ?? 0);
      try {
        const messages = await this.#receive(room, inHand, carried);
        failures = 0;
        this.#isBusy = messages.length > 0;
        this.hooks.received(messages, sentAtMs, inHand);
        const pause = sentAtMs + EMPTY_MS - this.timing.nowMs();
        if (messages.length === 0 && !carried && pause > 0) await this.timing.sleep(pause, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.hooks.failed(error);
        await this.timing.sleep(pauseMs(failures++, error, this.timing.random()), signal);
      }
    }
  }

  /** Whether it takes along what is settled as soon as there is room for more messages. */
  get isAboutToCarry(): boolean {
    return this.#isWaiting && this.#isBusy && this.#settleAndReceive !== undefined;
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

  async #receive(
    maxMessages: number,
    inHand: number,
    carried: Carried | undefined,
  ): Promise<readonly ReceivedMessage[]> {
    const { hooks, timing } = this;
    const request = { ...this.request, maxMessages, inHand };
    const limitMs = request.waitSeconds * 1_000 + LATE_MS;
    const settling = this.#settleAndReceive;
    if (settling && carried)
      return await this.#receiveCarrying(settling, carried, { ...request, waitSeconds: 0 });
    return await within(timing, limitMs, (signal) => hooks.receive(request, signal), this.#poll.signal);
  }

  /** It does not wait for messages: what was settled should be known soon, and nothing else is settled meanwhile. */
  async #receiveCarrying(
    settleAndReceive: SettleAndReceive,
    carried: Carried,
    request: ReceiveRequest,
  ): Promise<readonly ReceivedMessage[]> {
    const send = (signal: AbortSignal): Promise<SettledAndReceived> =>
      settleAndReceive(carried.settlements, request, signal);
    try {
      const { results, messages } = await within(this.timing, carried.limitMs, send, this.#poll.signal);
      carried.heard(results);
      return messages;
    } catch (error) {
      if (!(error instanceof SluiceProblem && error.status === 400)) {
        carried.failed(error);
        throw error;
      }
      // An API of an older release, or words that are not valid: from now on they go by themselves.
      this.#settleAndReceive = undefined;
      carried.refused();
      return [];
    }
  }
}
