import { memoryPorts } from "../../lib/adapters/memory/ports.js";
import { seededRandom } from "../../lib/adapters/memory/random.js";
import { StorageUnavailable, Throttled } from "../../lib/domain/errors.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import { type Instance, type Ports, createInstance } from "../../lib/operations/instance.js";
import type { Deployment } from "./deployment.js";
import { type Fate, fateOf } from "./fate.js";
import { type Call, isWrite } from "./port-calls.js";

/** Of any two clocks, that is two minutes. */
export const SKEW_AT_MOST_MS = 60_000;
const FREEZE_MS = [500, 20_000, 50_000, 130_000] as const;

/** One process that runs operations, as Lambda would: with a clock and caches of its own, and a life that can end. */
export class Process {
  readonly instance: Instance;
  isDead = false;
  isBusy = false;
  #frozenUntilMs = 0;
  readonly #onDeath = new Set<() => void>();

  constructor(
    readonly deployment: Deployment,
    readonly name: string,
    private skewMs: number,
    seed: number,
  ) {
    const ports = memoryPorts(deployment.storage, {
      clock: this.#clock(),
      random: seededRandom(seed),
      telemetry: deployment.telemetry,
      starter: deployment.starter,
      subscriber: deployment.subscriber,
    });
    this.instance = createInstance(this.#through(ports), deployment.settings);
  }

  /** Whatever it waits for never comes. */
  kill(why: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.deployment.world.note(this.name, `KILLED: ${why}`);
    this.deployment.world.count("killed");
    for (const tell of [...this.#onDeath]) tell();
  }

  /** Calls `tell` if it dies; what it gives takes that back. */
  onDeath(tell: () => void): () => void {
    this.#onDeath.add(tell);
    return () => void this.#onDeath.delete(tell);
  }

  #clock(): Clock {
    const { world } = this.deployment;
    return {
      nowMs: () => Math.floor(world.nowMs + this.skewMs),
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
    for (const name of [
      "log",
      "segments",
      "topics",
      "subscriptions",
      "progress",
      "pumpLeases",
      "timers",
    ] as const) {
      const methods = Object.entries(ports[name] as object) as [
        string,
        (...args: unknown[]) => Promise<unknown>,
      ][];
      wrapped[name] = Object.fromEntries(
        methods.map(([method, carryOut]) => [
          method,
          (...args: unknown[]) => this.#call({ port: name, method, args, carryOut: () => carryOut(...args) }),
        ]),
      );
    }
    wrapped["starter"] = {
      startPump: (ref: never) =>
        this.#call({
          port: "starter",
          method: "startPump",
          args: [ref],
          carryOut: () => ports.starter.startPump(ref),
        }),
      startClock: () =>
        this.#call({
          port: "starter",
          method: "startClock",
          args: [],
          carryOut: () => ports.starter.startClock(),
        }),
    };
    wrapped["subscriber"] = { deliver: (...args: never[]) => this.#deliver(ports, args) };
    return wrapped as unknown as Ports;
  }

  /** A handler's run is its own: it goes on when the pump that called it is gone. */
  #deliver(ports: Ports, args: readonly never[]): Promise<unknown> {
    const deliver = (...all: never[]): Promise<unknown> =>
      (ports.subscriber as unknown as Record<"deliver", (...args: never[]) => Promise<unknown>>).deliver(
        ...all,
      );
    return new Promise((resolve) => {
      this.#strike({ port: "subscriber", method: "deliver", args, carryOut: () => Promise.resolve() });
      if (this.isDead) return;
      void deliver(...args).then((outcome) => this.#answer(() => resolve(outcome)));
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
      world.count("frozen");
      world.note(this.name, `FROZEN for ${ms} ms`);
    }
    if (world.chance(rates.clockStep)) {
      this.skewMs = world.between(-SKEW_AT_MOST_MS, SKEW_AT_MOST_MS);
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
        world.after(fate.answerMs, () =>
          this.#answer(() => {
            world.note(this.name, () => `${describe(call)} -> ${error.name}`);
            reject(error);
          }),
        );
      if (fate.kind === "conflict") {
        return world.after(fate.answerMs, () => this.#answer(() => resolve("conflict")));
      }
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
    if (death === "applied") return this.kill(`in ${call.port}.${call.method}`);
    if (fate.kind === "late-landing") return world.note(this.name, () => `${describe(call)} landed late`);
    if (fate.kind === "lost-answer") return refuse(new StorageUnavailable(`${call.port}.${call.method}`));
    world.after(fate.answerMs, () =>
      this.#answer(() => {
        world.note(
          this.name,
          () => `${describe(call)} -> ${shown("value" in outcome ? outcome.value : outcome.error)}`,
        );
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.value);
        if (death === "after") this.kill(`after ${call.port}.${call.method}`);
      }),
    );
  }
}

const SHOWN_CHARACTERS = 1500;

/** Short, for a timeline. */
export function shown(value: unknown): string {
  if (value instanceof Error) return value.name;
  const text = JSON.stringify(value, (_key, one: unknown) => {
    if (one instanceof Uint8Array) return `<${one.length} bytes>`;
    return one instanceof Map ? Object.fromEntries(one) : one;
  });
  return (text ?? "-").slice(0, SHOWN_CHARACTERS);
}

const describe = ({ port, method, args }: Call): string => `${port}.${method}${shown(args)}`;
