import { RejectError, RetryLater, SluiceProblem, type SettlementResult } from "../../../lib/client/index.js";
import { Consumer } from "../../../lib/client/consumer/consumer.js";
import { type BatchHandler, consumeSettings } from "../../../lib/client/consumer/options.js";
import type { ReceiveRequest } from "../../../lib/client/consumer/receiver.js";
import type { ReceivedMessage, SettledAndReceived, SettlementInput } from "../../../lib/client/types.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { problemOf } from "../../../lib/http/problem.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { settleAndReceiveWaiting } from "../../../lib/operations/consume/settle-and-receive.js";
import { type Settlement, settle } from "../../../lib/operations/consume/settle.js";
import type { Handler } from "../checkers/handler-checker.js";
import type { Deployment } from "../deployment.js";
import type { ConsumerPlan, WorkerPlan } from "./consumer.js";
import type { Functions } from "./functions.js";
import { isFrom } from "./producer.js";
import { type Got, askedBy, messageOf, saying } from "./worker-messages.js";

export interface Phase {
  isOver: boolean;
  isHealthy: boolean;
}

const LONG_MS = 50_000;
const OUTAGE_UP_TO_MS = 60_000;
const FREEZE_MS = [2_000, 20_000, 50_000] as const;
const IDLE_MS = 30_000;
const LOOK_EVERY_MS = 5_000;
const NOTHING = new Promise<never>(() => undefined);

/** A process of a user with one consumer, on a clock that nobody sets. */
export class ClientWorker {
  isDead = false;
  readonly #got = new Map<string, Got>();
  readonly #handlers = new Set<Handler>();
  #lastAtMs: number;
  #frozenUntilMs = 0;
  #cutUntilMs = 0;

  constructor(
    private readonly deployment: Deployment,
    private readonly functions: Functions,
    private readonly plan: ConsumerPlan & { readonly client: WorkerPlan },
    readonly name: string,
    private readonly phase: Readonly<Phase>,
  ) {
    this.#lastAtMs = deployment.world.nowMs;
  }

  async run(): Promise<void> {
    const { world } = this.deployment;
    const { topic, subscription, client } = this.plan;
    world.note(this.name, "STARTED");
    const consumer = new Consumer(
      {
        topic,
        subscription,
        receive: (request) => this.#receive(request),
        settle: (words) => this.#settle(words),
        ...(client.settlesWithReceive
          ? { settleAndReceive: (words, request) => this.#settleAndReceive(words, request) }
          : {}),
      },
      this.#handler,
      consumeSettings(this.#handler, {
        ...client,
        waitSeconds: 2,
        onError: () => undefined,
        timing: {
          nowMs: () => world.nowMs,
          sleep: (ms, signal) => this.#sleep(ms, signal),
          random: () => world.random.below(1_000) / 1_000,
        },
      }),
    );
    let isOver = false;
    // A subscription that is gone for long makes it give up, and the next worker starts.
    void consumer.finished.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    while (!isOver && !this.isDead) {
      await world.sleep(LOOK_EVERY_MS);
      if (this.phase.isOver || world.nowMs - this.#lastAtMs > IDLE_MS) void consumer.stop();
    }
    world.note(this.name, this.isDead ? "DEAD" : "STOPPED");
  }

  /** What it waits for never comes, and its handlers do nothing more. */
  #die(why: string): void {
    if (this.isDead) return;
    this.isDead = true;
    const { world, monitor } = this.deployment;
    world.note(this.name, `KILLED: ${why}`);
    world.count("worker-killed");
    for (const handler of [...this.#handlers]) monitor.handlers.ends(handler);
  }

  #freeze(): void {
    const { world } = this.deployment;
    this.#frozenUntilMs = world.nowMs + world.pick(FREEZE_MS);
    for (const handler of this.#handlers) handler.isExcused = true;
    world.count("worker-frozen");
    world.note(this.name, `FROZEN for ${this.#frozenUntilMs - world.nowMs} ms`);
  }

  #cutOff(): void {
    const { world } = this.deployment;
    this.#cutUntilMs = world.nowMs + world.between(1_000, OUTAGE_UP_TO_MS);
    world.count("worker-cut-off");
    world.note(this.name, `CUT OFF for ${this.#cutUntilMs - world.nowMs} ms`);
  }

  /** Goes on, unless it is dead; later, if it is frozen. */
  #answer(goOn: () => void): void {
    const { world } = this.deployment;
    if (this.isDead) return;
    const frozenMs = this.#frozenUntilMs - world.nowMs;
    if (frozenMs > 0) world.after(frozenMs, () => this.#answer(goOn));
    else goOn();
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        this.#answer(resolve);
      };
      signal?.addEventListener("abort", wake);
      this.deployment.world.after(ms, wake);
    });
  }

  readonly #handler: BatchHandler = async (messages, { signal, retry }) => {
    const { world, monitor, rates } = this.deployment;
    const handlers = messages.map(({ receipt }) => this.#handlerOf(receipt));
    monitor.handlers.begin(handlers);
    for (const handler of handlers) this.#handlers.add(handler);
    this.#lastAtMs = world.nowMs;
    const running = this.#handlers.size;
    const most = this.plan.client.concurrency * this.plan.client.maxMessages;
    if (running > most)
      world.violation("concurrency", `${this.name} handles ${running}, at most ${most} may be`);
    if (world.chance(rates.frozen * 15)) this.#freeze();
    const isLong = !this.phase.isHealthy && world.chance(this.plan.late);
    // While it waits for its next extension, so that it cannot have it.
    if (isLong && world.chance(rates.lostRequest * 10)) this.#cutOff();
    const told = (): void => handlers.forEach((handler) => (handler.isOver = true));
    signal.addEventListener("abort", told);
    await this.#sleep(isLong ? world.between(0, LONG_MS) : world.between(0, this.plan.thinkMs), signal);
    if (world.chance(rates.killed) || (!this.phase.isHealthy && world.chance(this.plan.forgets))) {
      this.#die("in a handler");
      return await NOTHING;
    }
    if (monitor.retries.poison.ends(handlers)) {
      this.#die("by what it handles");
      return await NOTHING;
    }
    const unwritten = await this.#unwritten(messages);
    for (const [index, handler] of handlers.entries())
      this.#conclude(handler, messages[index], signal, retry, unwritten);
    for (const handler of handlers) {
      this.#handlers.delete(handler);
      monitor.handlers.ends(handler);
    }
    // It returns, as if all were well: that it was told to stop is reason enough not to count that.
  };

  /** Where it has an inbox: those whose effect is not known to be written. Its process may die behind a write. */
  async #unwritten(messages: readonly ReceivedMessage[]): Promise<ReadonlySet<string>> {
    const { world, effects, ledger, rates } = this.deployment;
    const { topic, subscription } = this.plan;
    const unwritten = new Set<string>();
    if (!ledger || !effects.looksAt.has(subscription)) return unwritten;
    for (const { id } of messages) {
      const written = ledger.carryOut(subscription, id, { topic, subscription, id });
      await written.catch(() => void unwritten.add(id));
      if (world.chance(rates.killed)) this.#die("behind its write");
      await new Promise<void>((resolve) => this.#answer(resolve));
    }
    return unwritten;
  }

  #handlerOf(receipt: string): Handler {
    const { handed, delivery } = this.#got.get(receipt) as Got;
    return {
      worker: this.name,
      message: handed,
      delivery,
      isOver: false,
      isExcused: this.#frozenUntilMs > this.deployment.world.nowMs,
    };
  }

  #conclude(
    handler: Handler,
    message: ReceivedMessage | undefined,
    signal: AbortSignal,
    retry: (message: ReceivedMessage, error?: unknown) => void,
    unwritten: ReadonlySet<string>,
  ): void {
    const { world, monitor } = this.deployment;
    const got = message && this.#got.get(message.receipt);
    if (!got || signal.aborted) return;
    if (unwritten.has(message.id)) return retry(message, "its effect is not written");
    const fails = isFrom(this.plan.failsFrom, got.handed) || world.chance(this.plan.retries);
    if (!this.phase.isHealthy && fails)
      return retry(message, world.chance(0.5) ? new RetryLater("later", world.between(0, 20)) : "no");
    got.isDone = true;
    monitor.handlers.done(handler);
    if (!this.phase.isHealthy && world.chance(this.plan.rejects)) retry(message, new RejectError("no"));
  }

  async #receive(request: ReceiveRequest): Promise<ReceivedMessage[]> {
    const { topic, subscription } = this.plan;
    const { waitSeconds } = request;
    const watch = this.#watching(waitSeconds);
    const got = await this.#call(`receive ${subscription}`, async (engine) =>
      watch(await receiveWaiting(engine, topic, subscription, askedBy(request))),
    );
    return this.#has(got);
  }

  /** Looks at what is handed out where it is answered. */
  #watching(waitSeconds: number): (handed: readonly Handed[]) => readonly Got[] {
    const { world, monitor } = this.deployment;
    const sinceMs = world.nowMs;
    return (handed) => {
      const watched = handed[0] && monitor.places.ofReceipt(handed[0].receipt);
      monitor.journals.handed(watched?.subscription, handed);
      const delivery = watched && monitor.deliveries.delivered(watched.subscription, handed);
      if (handed.length === 0 && waitSeconds > 0) monitor.gotNothing(this.plan.subscription, sinceMs);
      return delivery ? handed.map((one): Got => ({ handed: one, delivery, isDone: false })) : [];
    };
  }

  #has(got: readonly Got[]): ReceivedMessage[] {
    for (const one of got) this.#got.set(one.handed.receipt, one);
    return got.map(({ handed }) => messageOf(handed));
  }

  async #settle(words: readonly SettlementInput[]): Promise<SettlementResult[]> {
    const { topic, subscription } = this.plan;
    const said = this.#say(words);
    const results = await this.#call(`settle ${said.what}`, (engine) =>
      settle(engine, topic, subscription, words as readonly Settlement[]),
    );
    return said.told(results);
  }

  async #settleAndReceive(
    words: readonly SettlementInput[],
    request: ReceiveRequest,
  ): Promise<SettledAndReceived> {
    const { topic, subscription } = this.plan;
    const said = this.#say(words);
    const watch = this.#watching(0);
    const { results, got } = await this.#call(`settle ${said.what}, and receive`, async (engine) => {
      const settlements = words as readonly Settlement[];
      const of = [engine, topic, subscription, settlements] as const;
      const answer = await settleAndReceiveWaiting(...of, askedBy(request));
      return { results: answer.results, got: watch(answer.handed) };
    });
    this.deployment.world.count("client-settled-with-receive", words.length);
    return { results: said.told(results), messages: this.#has(got) };
  }

  #say(words: readonly SettlementInput[]) {
    const { deployment, plan, name } = this;
    const gots = words.map(({ receipt }) => this.#got.get(receipt) as Got);
    return saying(deployment, { subscription: plan.subscription, worker: name }, words, gots);
  }

  /** One request over the network: it may get lost on its way, or its answer, and so may all for a while. */
  async #call<T>(what: string, work: Parameters<typeof this.functions.invoke<T>>[1]): Promise<T> {
    const { world, rates } = this.deployment;
    if (this.isDead) return await NOTHING;
    if (world.chance(rates.lostRequest)) this.#cutOff();
    if (this.#cutUntilMs > world.nowMs) {
      await this.#sleep(world.between(1, 100));
      throw new Error("the network is down");
    }
    world.note(this.name, what);
    const ended = await this.functions.invoke("api", work, `${this.name} ${what}`);
    const isLost = world.chance(rates.lostAnswer) || this.#cutUntilMs > world.nowMs;
    return await new Promise<T>((resolve, reject) =>
      this.#answer(() => {
        if (ended.kind === "answered" && !isLost) resolve(ended.value);
        else if (ended.kind === "failed" && !isLost) reject(new SluiceProblem(problemOf(ended.error)));
        else reject(new Error("no answer"));
      }),
    );
  }
}
