import { SluiceProblem } from "../errors.js";
import type { ReceivedMessage, SettledAndReceived, SettlementInput, SettlementResult } from "../types.js";
import { Patience } from "./back-off.js";
import type { BatchHandler, ConsumeSettings, ErrorContext } from "./options.js";
import { Apart } from "./apart.js";
import { onSignals } from "./process-signals.js";
import { LeaseKeeper } from "./lease-keeper.js";
import { type ReceiveRequest, Receiver } from "./receiver.js";
import { type Outcome, Run, givenBack, leaseLost } from "./run.js";
import { Settler, isLonger } from "./settler.js";
import { type Held, Stock } from "./stock.js";
import { after } from "./timing.js";

/** The requests that a consumer makes. Each is sent once: the consumer repeats them itself. */
export interface ConsumerApi {
  readonly topic: string;
  readonly subscription: string;
  receive(request: ReceiveRequest, signal: AbortSignal): Promise<ReceivedMessage[]>;
  settle(words: readonly SettlementInput[], signal: AbortSignal): Promise<SettlementResult[]>;
  /** Both by one request, if there is such a one. */
  settleAndReceive?(
    words: readonly SettlementInput[],
    request: ReceiveRequest,
    signal: AbortSignal,
  ): Promise<SettledAndReceived>;
}

/** As many messages may wait for a handler as are begun within this time, at the usual pace of handlers. */
const SOON_MS = 500;
const WAITING_PER_SLOT = 10;
/** The most messages held, as a multiple of what the handlers take: those of a busy key wait, too. */
const HELD_PER_SLOT = 12;
/** Until handlers have shown that they are quick, nothing waits for them. */
const USUAL_AT_FIRST_MS = 2 * SOON_MS;
const USUAL_DECAY = 0.8;
/** A request to settle may take a sixth of the deadline, so that a lost one can be repeated in time. */
const CALL = 1 / 6;
const CALL_FROM_MS = 1_000;
const CALL_UP_TO_MS = 10_000;
/** How long a consumer that stops waits for handlers whose signals it has aborted, and for its last words. */
const LAST_MS = 2_000;

/**
 * Receives messages, hands them to a handler, extends their leases while it is at work, and settles them.
 * It stops on `stop()`, on its signals, or because the API keeps refusing its requests.
 */
export class Consumer {
  /**
   * Resolves once the consumer has stopped. Rejects if it gave up, because the API keeps refusing its requests (a wrong
   * name, a missing permission, a deleted subscription), or because `onError` threw.
   */
  readonly finished: Promise<void>;
  readonly #stock = new Stock();
  readonly #runs = new Set<Run>();
  readonly #leases: LeaseKeeper;
  readonly #receiver: Receiver;
  readonly #settler: Settler;
  readonly #apart: Apart;
  readonly #refusals = { receive: new Patience(), settle: new Patience() };
  #failure: { readonly error: unknown } | undefined;
  #isStopping = false;
  #handlersOver!: () => void;
  readonly #untilHandlersAreOver = new Promise<void>((resolve) => (this.#handlersOver = resolve));
  #usualMs = USUAL_AT_FIRST_MS;
  readonly #cleanUp: (() => void)[] = [];

  constructor(
    private readonly api: ConsumerApi,
    private readonly handler: BatchHandler,
    private readonly settings: ConsumeSettings,
  ) {
    const { timing, ackDeadlineSeconds, waitSeconds, name } = settings;
    const deadlineMs = ackDeadlineSeconds * 1_000;
    const callMs = Math.min(CALL_UP_TO_MS, Math.max(CALL_FROM_MS, deadlineMs * CALL));
    this.#settler = new Settler(
      {
        send: (words, signal) => api.settle(words, signal),
        isIdle: () => this.#runs.size === 0 && this.#stock.size === 0 && !this.#receiver.isAboutToCarry,
        answered: (...answer) => this.#answered(...answer),
        failed: (error) => this.#failed(error, "settle"),
        sent: () => this.#receiver.hasRoom(),
      },
      timing,
      { callMs, deadlineMs },
    );
    this.#receiver = new Receiver(
      {
        receive: (request, signal) => api.receive(request, signal),
        settleAndReceive: api.settleAndReceive?.bind(api),
        carry: () => this.#settler.carry(),
        room: () => (this.#apart.isClosed() ? 0 : this.#room()),
        inHand: (settled) => this.#inHand(settled),
        received: (...answer) => this.#received(...answer),
        failed: (error) => this.#failed(error, "receive"),
      },
      { ackDeadlineSeconds, waitSeconds, ...(name === undefined ? {} : { consumer: name }) },
      timing,
    );
    const hooks = { inHand: () => this.#inHand(), hasRoom: () => this.#receiver.hasRoom() };
    this.#apart = new Apart(hooks, timing, deadlineMs);
    this.#leases = new LeaseKeeper(
      this.#stock,
      deadlineMs,
      {
        extend: (held) =>
          this.#settler.say(held, { receipt: held.message.receipt, outcome: "extend", ackDeadlineSeconds }),
        giveBack: (messages) => this.#giveBack(messages),
        lost: (held) => this.#lost(held),
      },
      timing,
    );
    this.#stopOnSignals();
    this.finished = this.#work();
  }

  /**
   * Takes nothing new, gives back what no handler has begun, waits for the handlers and settles what they did. Resolves
   * once that is done.
   */
  async stop(): Promise<void> {
    this.#beginStop();
    await this.finished.catch(() => undefined);
  }

  #stopOnSignals(): void {
    const { signal, stopOn } = this.settings;
    const stop = (): void => this.#beginStop();
    this.#cleanUp.push(onSignals(stopOn, stop));
    if (!signal) return;
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop);
    this.#cleanUp.push(() => signal.removeEventListener("abort", stop));
  }

  #beginStop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { timing, stopTimeoutSeconds } = this.settings;
    this.#giveBack(this.#stock.removeAllWaiting());
    this.#receiver.stop(stopTimeoutSeconds * 1_000);
    const overtime = after(timing, stopTimeoutSeconds * 1_000, () => {
      for (const run of this.#runs) run.abort(new Error("the consumer stops, and its time limit is over"));
      this.#cleanUp.push(after(timing, LAST_MS, () => this.#handlersOver()));
    });
    this.#cleanUp.push(overtime);
  }

  async #work(): Promise<void> {
    const { timing } = this.settings;
    await this.#receiver.run();
    if (this.#runs.size > 0) await this.#untilHandlersAreOver;
    // Handlers that ignore their signal go on, and their messages come again once their deadline has passed.
    this.#runs.clear();
    this.#cleanUp.push(after(timing, LAST_MS, () => this.#settler.close()));
    await this.#settler.emptied();
    this.#settler.close();
    this.#leases.close();
    this.#apart.close();
    for (const clean of this.#cleanUp) clean();
    if (this.#failure) throw this.#failure.error;
  }

  /** How many more messages can be begun soon. */
  #room(): number {
    const { concurrency, maxMessages } = this.settings;
    const slots = concurrency * maxMessages;
    const free = (concurrency - this.#runs.size) * maxMessages;
    const waiting = this.#stock.idleCount;
    const mayWait = slots * this.#waitingPerSlot();
    // One request brings many: while half of what may wait is there, the next one has time.
    if (waiting > mayWait / 2) return 0;
    const held = this.#stock.size + this.#settler.size;
    return Math.min(free + mayWait - waiting, HELD_PER_SLOT * slots - held);
  }

  #waitingPerSlot(): number {
    const nowMs = this.settings.timing.nowMs();
    const isFull = this.#runs.size >= this.settings.concurrency;
    // If none of them ends any more, their usual pace says nothing.
    const newestMs = isFull ? Math.min(...[...this.#runs].map(({ startedAtMs }) => nowMs - startedAtMs)) : 0;
    return Math.min(WAITING_PER_SLOT, Math.floor(SOON_MS / Math.max(1, this.#usualMs, newestMs)));
  }

  /** Messages of which the API has not heard the last word, but for so many that it hears with the request. */
  #inHand(heard = 0): number {
    return this.#stock.size > 0 ? this.#stock.size : this.#settler.size - heard;
  }

  #received(messages: readonly ReceivedMessage[], sentAtMs: number, inHand: number): void {
    this.#refusals.receive.worked();
    const held = messages.map((message): Held => ({
      message,
      chain:
        this.settings.ordering === "key" && message.key !== undefined ? `k${message.key}` : `i${message.id}`,
      ...this.#leases.timesFrom(sentAtMs),
    }));
    if (this.#isStopping || !this.#apart.mayBegin(messages, inHand)) return this.#giveBack(held);
    this.#stock.add(held);
    this.#begin();
    for (const { extendAtMs } of held.slice(0, 1)) this.#leases.lookAt(extendAtMs);
  }

  #begin(): void {
    const { concurrency, maxMessages, timing } = this.settings;
    this.#leases.fence();
    while (!this.#isStopping && this.#runs.size < concurrency) {
      const batch = this.#stock.take(maxMessages);
      if (batch.length === 0) return;
      const run = new Run(batch, timing.nowMs());
      this.#runs.add(run);
      void this.#carryOut(run);
    }
  }

  async #carryOut(run: Run): Promise<void> {
    const { outcomes, thrown } = await run.call(this.handler);
    this.#stock.end(run.batch);
    // The consumer has given up waiting for it.
    if (!this.#runs.delete(run)) return;
    const tookMs = this.settings.timing.nowMs() - run.startedAtMs;
    this.#usualMs = Math.max(tookMs, this.#usualMs * USUAL_DECAY);
    this.#conclude(outcomes);
    if (thrown !== undefined) this.#report(thrown, "handler", run.messages);
    this.#begin();
    this.#receiver.hasRoom();
    if (this.#isStopping && this.#runs.size === 0) this.#handlersOver();
  }

  #conclude(outcomes: readonly Outcome[]): void {
    const undone = new Set<string>();
    for (const { held, word } of outcomes) {
      if (word) this.#settler.say(held, word);
      if (word?.outcome !== "ack" && word?.outcome !== "reject") undone.add(held.chain);
    }
    this.#giveBack(this.#stock.removeWaiting(undone));
  }

  #giveBack(messages: readonly Held[]): void {
    for (const held of messages) this.#settler.say(held, givenBack(held));
  }

  #lost(held: Held): void {
    const error = leaseLost(held);
    for (const run of this.#runs) if (run.batch.includes(held)) run.abort(error);
    this.#report(error, "extend", [held.message]);
  }

  #answered(held: Held, word: SettlementInput, sentAtMs: number, problem?: SluiceProblem["problem"]): void {
    this.#refusals.settle.worked();
    if (isLonger(word)) this.#leases.extended(held, sentAtMs, problem !== undefined);
    else if (problem) this.#report(new SluiceProblem(problem), "settle", [held.message]);
  }

  #failed(error: unknown, during: "receive" | "settle"): void {
    this.#report(error, during, []);
    if (!this.#refusals[during].isOver(error, this.settings.timing.nowMs())) return;
    this.#giveUp(error);
  }

  #giveUp(error: unknown): void {
    this.#failure ??= { error };
    this.#beginStop();
  }

  #report(error: unknown, during: ErrorContext["during"], messages: readonly ReceivedMessage[]): void {
    const { topic, subscription } = this.api;
    try {
      this.settings.onError(error, { during, topic, subscription, messages });
    } catch (thrown) {
      this.#giveUp(thrown);
    }
  }
}
