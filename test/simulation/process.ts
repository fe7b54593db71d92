import { STORE_NAMES, memoryPorts } from "../../lib/adapters/memory/ports.js";
import { seededRandom } from "../../lib/adapters/memory/random.js";
import { Conflict, MessageTooLarge, StorageUnavailable, Throttled } from "../../lib/domain/errors.js";
import type { DeliveryOutcome } from "../../lib/domain/delivery-outcome.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import type { Telemetry } from "../../lib/domain/ports/telemetry.js";
import type { Reader } from "../../lib/domain/reader.js";
import { type Engine, type Ports, createEngine } from "../../lib/operations/engine.js";
import { FlightChecker } from "./checkers/flight-checker.js";
import { MemoryChecker } from "./checkers/memory-checker.js";
import type { Deployment } from "./deployment.js";
import { type Fate, fateOf } from "./fate.js";
import type { Handed } from "../../lib/domain/handed.js";
import { type Call, heldBytes, isWrite } from "./port-calls.js";
import { unhurriedSchemas } from "./unhurried-schemas.js";
import { Signing } from "./signing.js";
import { describe, shown } from "./timeline.js";

/** Of any two clocks, that is two minutes. */
export const SKEW_AT_MOST_MS = 60_000;
/** A pump that has so long to live writes down what it hears, though two tries get lost, each for twenty seconds. */
const LAST_WRITES_MS = 45_000;
const FREEZE_MS = [500, 20_000, 50_000, 130_000] as const;
/** A batch of this many bytes is a big one, where what lies in a slot has 600 at the most. */
const BIG_BATCH_BYTES = 1_500;

/** One process that runs operations, as Lambda would: with a clock and caches of its own, and a life that can end. */
export class Process {
  readonly engine: Engine;
  /** The latest time that its clock ever showed. */
  latestMs = 0;
  isDead = false;
  isBusy = false;
  /** When its present invocation is ended at the latest; 0: it has none. */
  endsAtMs = 0;
  #frozenUntilMs = 0;
  readonly #memory: MemoryChecker;
  readonly #flights: FlightChecker;
  readonly #onDeath = new Set<() => void>();
  readonly #signing: Signing;

  constructor(
    readonly deployment: Deployment,
    readonly name: string,
    private skewMs: number,
    seed: number,
  ) {
    const ports = memoryPorts(deployment.storage, {
      clock: this.#clock(),
      random: seededRandom(seed),
      telemetry: { event: (...event) => this.#tells(...event) },
      starter: deployment.starter,
      subscriber: deployment.subscriber,
    });
    this.engine = createEngine(this.#through({ ...ports, schemas: unhurriedSchemas }), deployment.settings);
    this.#signing = new Signing(deployment.monitor, name, this.engine);
    this.#flights = new FlightChecker(deployment.world, name);
    this.#memory = new MemoryChecker(deployment.world, name, () => this.engine.budget);
  }

  #tells(...[name, level, fields]: Parameters<Telemetry["event"]>): void {
    this.deployment.telemetry.event(name, level, fields);
    if (name === "pump-ended") this.deployment.monitor.lanes.ended(this, fields["ended"]);
  }

  kill(why: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.deployment.world.note(this.name, `KILLED: ${why}`);
    this.deployment.world.count("killed");
    this.#excuse(0);
    for (const tell of [...this.#onDeath]) tell();
  }

  /** Calls `tell` if it dies; what it gives takes that back. */
  onDeath(tell: () => void): () => void {
    this.#onDeath.add(tell);
    return () => void this.#onDeath.delete(tell);
  }

  /**
   * A pump that something happens to may lose what it delivered; one whose clock was set, for good. A failing call may
   * make it late, but loses what it delivered only where its lane's lock is at stake.
   */
  #excuse(forMs: number, failing?: Call): void {
    const { world, monitor } = this.deployment;
    monitor.pauses.troubled(this.name, forMs);
    if (failing && failing.port !== "locks") return;
    if (this.name.startsWith("pump")) monitor.deliveries.excusePumps(world.nowMs + forMs);
  }

  #clock(): Clock {
    const { world } = this.deployment;
    return {
      nowMs: () => {
        const nowMs = Math.floor(world.nowMs + this.skewMs);
        this.latestMs = Math.max(this.latestMs, nowMs);
        return nowMs;
      },
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve();
          const wake = (): void => {
            signal?.removeEventListener("abort", wake);
            this.#answer(resolve);
          };
          signal?.addEventListener("abort", wake);
          world.after(ms, wake);
        }),
      turn: () => new Promise((resolve) => world.turn(() => this.#answer(resolve))),
    };
  }

  /** Goes on, unless it is dead; later, if it is frozen. */
  #answer(goOn: () => void): void {
    const { world } = this.deployment;
    if (this.isDead) return;
    if (this.#frozenUntilMs > world.nowMs)
      world.after(this.#frozenUntilMs - world.nowMs, () => this.#answer(goOn));
    else goOn();
  }

  /** Every method of every port goes through {@link Deployment}'s world, but for the clock and chance. */
  #through(ports: Ports): Ports {
    const wrapped = { ...ports } as Record<string, unknown>;
    for (const name of STORE_NAMES) {
      const methods = Object.keys(ports[name]);
      if (this.deployment.isUnused(name)) continue;
      wrapped[name] = Object.fromEntries(
        methods.map((method) => [method, this.#wrapped(ports, name, method)]),
      );
    }
    wrapped["starter"] = {
      startPump: this.#wrapped(ports, "starter", "startPump"),
      startClock: this.#wrapped(ports, "starter", "startClock"),
    };
    wrapped["subscriber"] = {
      ...ports.subscriber,
      deliver: (...args: unknown[]) => this.#deliver(ports, args),
    };
    return wrapped as unknown as Ports;
  }

  #wrapped(ports: Ports, port: keyof Ports, method: string) {
    const target = ports[port] as unknown as Record<
      string,
      (...args: readonly unknown[]) => Promise<unknown>
    >;
    const carryOut = (...args: readonly unknown[]): Promise<unknown> => {
      const run = target[method] as (...all: readonly unknown[]) => Promise<unknown>;
      return run.call(target, ...args);
    };
    return (...args: unknown[]) => this.#call({ port, method, args, carryOut });
  }

  /** A handler's run goes on when the pump that called it is gone. */
  #deliver(ports: Ports, args: readonly unknown[]): Promise<unknown> {
    const call = { port: "subscriber", method: "deliver", args, carryOut: () => Promise.resolve() };
    const deliver = ports.subscriber.deliver.bind(ports.subscriber) as (
      ...all: unknown[]
    ) => Promise<DeliveryOutcome>;
    return new Promise((resolve) => {
      const death = this.#strike(call);
      if (death === "before") return this.kill("before subscriber.deliver");
      if (this.isDead || this.#isTooMuch(call, undefined)) return;
      const { world, monitor } = this.deployment;
      const [reader, messages] = args as [Reader, readonly Handed[]];
      const { subscription } = reader;
      monitor.pauses.delivers(this.name, subscription);
      monitor.deliveries.windows.settings.delivers(this.name, subscription);
      monitor.lanes.delivering(this, subscription);
      monitor.attempts.delivers(this.name, monitor.places.of(subscription), subscription.epoch, messages);
      monitor.rates.starts(subscription, messages.length);
      const { endsAtMs } = this;
      const freed = this.#memory.delivers(subscription, messages);
      const landed = this.#flights.delivers(endsAtMs, reader, messages);
      const hears = (outcome: DeliveryOutcome): void =>
        this.#answer(() => {
          freed();
          landed();
          resolve(outcome);
          monitor.journals.delivered(reader, messages, outcome);
          // An invocation that is over hears nothing, and one that is nearly over has no time for it.
          const isInTime = this.endsAtMs === endsAtMs && endsAtMs > world.nowMs + LAST_WRITES_MS;
          if (isInTime && outcome.kind === "answered") {
            if (outcome.failedIds.size === 0) monitor.deliveries.heard(subscription, messages);
            for (const id of rejectedIn(outcome)) monitor.places.of(subscription)?.heard.add(id);
          }
          if (death === "after") this.kill("after subscriber.deliver");
        });
      const delivering = this.#signing.signed(reader, () => deliver(...args));
      void delivering.then((outcome) => world.hears({ who: this.name, ...call }, () => hears(outcome)));
      if (death === "applied") this.kill("in subscriber.deliver");
    });
  }

  /** Kills or freezes by chance, or as a test of one crash point asks. */
  #strike(call: Call): "before" | "applied" | "after" | undefined {
    const { world, rates } = this.deployment;
    const planned = this.deployment.crashPlan?.(this, call);
    if (planned) return planned;
    if (world.chance(rates.frozen)) {
      const ms = world.pick(FREEZE_MS);
      this.#frozenUntilMs = world.nowMs + ms;
      this.#excuse(ms);
      world.count("frozen");
      world.note(this.name, `FROZEN for ${ms} ms`);
    }
    if (world.chance(rates.clockStep)) {
      this.skewMs = world.between(-SKEW_AT_MOST_MS, SKEW_AT_MOST_MS);
      this.#excuse(Infinity);
      world.count("clock-step");
      world.note(this.name, `CLOCK steps to ${this.skewMs} ms from the true time`);
    }
    return world.chance(rates.killed) ? world.pick(["before", "applied", "after"] as const) : undefined;
  }

  #call(call: Call): Promise<unknown> {
    const { world } = this.deployment;
    return new Promise((resolve, reject) => {
      if (this.isDead) return;
      const death = this.#strike(call);
      if (death === "before") return this.kill(`before ${call.port}.${call.method}`);
      const fate = death
        ? { kind: "normal" as const, requestMs: 2, answerMs: 2 }
        : fateOf(this.deployment, call);
      const refuse = (error: Error): void =>
        world.answer(fate.answerMs, () =>
          this.#answer(() => {
            world.note(this.name, () => `${describe(call)} -> ${error.name}`);
            reject(error);
          }),
        );
      if (fate.kind !== "normal" && fate.kind !== "sent-twice")
        this.#excuse(fate.requestMs + fate.answerMs, call);
      if (fate.kind === "conflict")
        return world.answer(fate.answerMs, () => this.#answer(() => resolve("conflict")));
      if (fate.kind === "cancelled") return refuse(new Conflict(`${call.port}.${call.method}`));
      if (fate.kind === "throttled") return refuse(new Throttled(`${call.port}.${call.method}`, 200));
      if (fate.kind === "lost-request") return refuse(new StorageUnavailable(`${call.port}.${call.method}`));
      if (fate.kind === "late-landing") refuse(new StorageUnavailable(`${call.port}.${call.method}`));
      world.after(
        fate.requestMs,
        () => {
          // What was not sent before the death of its sender is not sent at all.
          if (this.isDead && fate.kind === "normal" && !death && !isWrite(call)) return;
          void this.#carryOut(call, fate, death, resolve, reject, refuse);
        },
        { who: this.name, ...call },
      );
    });
  }

  /** Kills a process that takes in more than it has room for. */
  #isTooMuch(call: Call, outcome: unknown): boolean {
    const { world, rates } = this.deployment;
    if (rates.outOfMemory === 0 || heldBytes(call, outcome) < BIG_BATCH_BYTES) return false;
    if (!world.chance(rates.outOfMemory)) return false;
    world.count("out-of-memory");
    this.kill(`out of memory in ${call.port}.${call.method}`);
    return true;
  }

  async #carryOut(
    call: Call,
    fate: Fate,
    death: "applied" | "after" | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    refuse: (error: Error) => void,
  ): Promise<void> {
    const { world } = this.deployment;
    const outcome = await this.deployment.carryOut(this, call, fate).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if ("error" in outcome && outcome.error instanceof MessageTooLarge) world.count("item-too-large");
    if (death === "applied") return this.kill(`in ${call.port}.${call.method}`);
    if (this.#isTooMuch(call, "value" in outcome ? outcome.value : undefined)) return;
    if (fate.kind === "late-landing") return world.note(this.name, () => `${describe(call)} landed late`);
    if (fate.kind === "lost-answer") return refuse(new StorageUnavailable(`${call.port}.${call.method}`));
    world.answer(fate.answerMs, () =>
      this.#answer(() => {
        const told = "value" in outcome ? outcome.value : outcome.error;
        world.note(this.name, () => `${describe(call)} -> ${shown(told)}`);
        if (call.port === "locks" && "value" in outcome)
          this.deployment.monitor.heard(this, call, outcome.value);
        if (!("error" in outcome)) this.#memory.after(call, outcome.value);
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.value);
        if (death === "after") this.kill(`after ${call.port}.${call.method}`);
      }),
    );
  }
}

const rejectedIn = ({
  said = new Map(),
}: Extract<DeliveryOutcome, { kind: "answered" }>): readonly string[] =>
  [...said].flatMap(([id, { isRejected }]) => (isRejected ? [id] : []));
