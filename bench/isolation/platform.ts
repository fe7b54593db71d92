import { setMaxListeners } from "node:events";
import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { Starter } from "../../lib/domain/ports/starter.js";
import type { Subscriber } from "../../lib/domain/ports/subscriber.js";
import type { Doorbell } from "../../lib/domain/pump-start.js";
import { nextOffset } from "../../lib/domain/slot.js";
import { tick } from "../../lib/operations/clock/tick.js";
import type { Engine } from "../../lib/operations/engine.js";
import { dispatch } from "../../lib/operations/push/dispatch.js";
import { pump } from "../../lib/operations/push/pump.js";

/** From a put until the stream has its record at the dispatcher, and from an asynchronous invoke to its begin. */
const STREAM_MS = 20;
const INVOKE_MS = 15;
const FUNCTION_MS = 15 * 60_000;
const MINUTE_MS = 60_000;

/** The ports by which a process reaches the rest of its deployment. */
export interface Outside {
  readonly starter: Starter;
  readonly subscriber: Subscriber;
  /** Rings for each slot that is stored. */
  readonly rings: (log: LogStore) => LogStore;
}

/** A process of the deployment. */
export type NewProcess = (outside: Outside) => Engine;

/**
 * Plays the platform around the processes of a deployment: one dispatcher at a time, in the order of the stream; pumps
 * and clocks that start a little later; the rule that ticks once a minute. A process that is free is used again, as
 * Lambda does. `isOne`: all is done by one process.
 */
export class Platform {
  readonly subscriber = new MemorySubscriber();
  readonly #starter = new MemoryStarter();
  readonly #over = new AbortController();
  readonly #idle: Engine[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #bells: Doorbell[] = [];
  #isDispatching = false;
  #broken: Error | undefined;
  readonly #one: Engine | undefined;
  readonly #outside: Outside;
  readonly #dispatcher: Engine;

  constructor(
    private readonly clock: Clock,
    private readonly newProcess: NewProcess,
    { isOne = false } = {},
  ) {
    // Each slow handler waits for it.
    setMaxListeners(0, this.over);
    this.#starter.handlers = {
      pump: (start) => this.#function((engine, deadlineMs) => pump(engine, start, { deadlineMs })),
      clock: (owner) => this.#function((engine, deadlineMs) => tick(engine, { deadlineMs, owner })),
    };
    this.#outside = {
      starter: this.#starter,
      subscriber: this.subscriber,
      rings: (log) => this.#ringing(log),
    };
    this.#one = isOne ? this.newProcess(this.#outside) : undefined;
    this.#dispatcher = this.process();
    this.#track(this.#everyMinute());
  }

  /** Aborted once the deployment is being stopped. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  process(): Engine {
    return this.#one ?? this.newProcess(this.#outside);
  }

  /**
   * Starts nothing more; resolves once all that runs has ended, which pumps do for a reason of their own.
   * @throws what a function threw, which none should.
   */
  async stop(): Promise<void> {
    this.#over.abort();
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#broken) throw this.#broken;
  }

  #ringing(log: LogStore): LogStore {
    return new Proxy(log, {
      get: (target, method) => {
        const value: unknown = Reflect.get(target, method);
        if (method !== "append") return value;
        const append: LogStore["append"] = async (partition, slot, options) => {
          const outcome = await target.append(partition, slot, options);
          if (outcome.kind !== "stored") return outcome;
          this.#bells.push({ topic: partition.topic, partition: partition.partition, end: nextOffset(slot) });
          if (!this.#isDispatching) this.#track(this.#dispatchAll());
          return outcome;
        };
        return append;
      },
    });
  }

  /** The stream hands over what has come, and no more of it until that is answered. */
  async #dispatchAll(): Promise<void> {
    this.#isDispatching = true;
    while (this.#bells.length > 0 && !this.over.aborted) {
      await this.clock.sleep(STREAM_MS, this.over);
      const bells = this.#bells.splice(0);
      this.#bells.unshift(...(await dispatch(this.#dispatcher, bells)));
    }
    this.#isDispatching = false;
  }

  #function(work: (engine: Engine, deadlineMs: number) => Promise<unknown>): void {
    if (this.over.aborted) return;
    this.#track(
      (async () => {
        await this.clock.sleep(INVOKE_MS, this.over);
        const engine = this.#idle.pop() ?? this.process();
        await work(engine, this.clock.nowMs() + FUNCTION_MS);
        this.#idle.push(engine);
      })(),
    );
  }

  async #everyMinute(): Promise<void> {
    while (!this.over.aborted) {
      await this.clock.sleep(MINUTE_MS, this.over);
      this.#function((engine, deadlineMs) => tick(engine, { deadlineMs }));
    }
  }

  #track(work: Promise<unknown>): void {
    const tracked = work
      .catch((error: unknown) => (this.#broken ??= error instanceof Error ? error : new Error(String(error))))
      .finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }
}
