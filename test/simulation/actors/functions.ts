import { SluiceError } from "../../../lib/domain/errors.js";
import type { Doorbell } from "../../../lib/domain/pump-start.js";
import { dispatch } from "../../../lib/operations/push/dispatch.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { pump } from "../../../lib/operations/push/pump.js";
import { tick } from "../../../lib/operations/clock/tick.js";
import type { Deployment } from "../deployment.js";
import { Process, SKEW_AT_MOST_MS } from "../process.js";
import { Stream } from "./stream.js";
import type { LaneRef } from "../../../lib/domain/lane.js";

/** `service`: a long-lived process of a user, which embeds the library. */
export type Kind = "api" | "service" | "dispatcher" | "pump" | "clock" | "relay";

const TIMEOUT_MS: Readonly<Record<Kind, number>> = {
  api: 29_000,
  service: 29_000,
  dispatcher: 30_000,
  pump: 120_000,
  clock: 59_000,
  relay: 60_000,
};
const MINUTE_MS = 60_000;
const RESTING_MS = 10 * MINUTE_MS;
/** Idle processes of a kind: Lambda ends what nobody needs, the oldest first. */
const WARM_AT_MOST = 12;
const BELL_ATTEMPTS = 4;

/** What became of an invocation: its value, its error, or nothing that anybody heard of. */
export type Ended<T> =
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "died" };

/** Of each call of a service, whether it finds that another instance has replaced the one before. */
const SERVICE_REPLACED = 0.1;

/**
 * Runs each function as Lambda would: one invocation at a time in a process, warm or cold, with a time-out. A service
 * has many callers at a time: one that gives up ends nothing.
 */
export class Functions {
  readonly #pool = new Map<Kind, Process[]>();
  #made = 0;
  #isWound = true;
  #tickEveryMs = MINUTE_MS;
  #clocksOutUntilMs = 0;

  constructor(
    private readonly deployment: Deployment,
    private readonly clocksApart: boolean,
  ) {
    deployment.starter.handlers = {
      pump: (ref) =>
        this.#start("pump", (engine, deadlineMs) => pump(engine, ref, { deadlineMs }), shownPump(ref)),
      clock: (owner) =>
        this.#start("clock", (engine, deadlineMs) => tick(engine, { deadlineMs, owner }), "timer"),
    };
    new Stream(deployment, (bells) => this.#dispatch(bells, BELL_ATTEMPTS));
    this.#windClock();
  }

  /** One invocation. `work` gets an engine, and when Lambda will end it, by that process's clock. */
  invoke<T>(
    kind: Kind,
    work: (engine: Engine, deadlineMs: number) => Promise<T>,
    what: string,
  ): Promise<Ended<T>> {
    const { world } = this.deployment;
    const process = this.#take(kind);
    process.isBusy = true;
    process.endsAtMs = world.nowMs + TIMEOUT_MS[kind];
    world.note(process.name, `INVOKED: ${what}`);
    return new Promise((resolve) => {
      let isOver = false;
      const end = (ended: Ended<T>): void => {
        if (isOver) return;
        isOver = true;
        process.isBusy = false;
        process.endsAtMs = 0;
        forget();
        world.note(
          process.name,
          () => `ENDED: ${ended.kind}${ended.kind === "failed" ? ` ${String(ended.error)}` : ""}`,
        );
        resolve(ended);
      };
      const forget = process.onDeath(() => end({ kind: "died" }));
      world.after(TIMEOUT_MS[kind], () => {
        if (isOver) return;
        if (kind === "service") end({ kind: "died" });
        else process.kill("timed out");
      });
      work(process.engine, process.engine.clock.nowMs() + TIMEOUT_MS[kind]).then(
        (value) => end({ kind: "answered", value }),
        (error: unknown) => {
          // What an operation throws is for its caller; anything else is a bug of ours.
          if (!(error instanceof SluiceError)) world.crashed(error);
          end({ kind: "failed", error });
        },
      );
    });
  }

  #take(kind: Kind): Process {
    const { world, rates } = this.deployment;
    const all = (this.#pool.get(kind) ?? []).filter(({ isDead }) => !isDead);
    const serving = kind === "service" ? all.at(-1) : undefined;
    if (serving && !world.chance(rates.coldStart * SERVICE_REPLACED)) return serving;
    const warm = all.filter(({ isBusy }) => !isBusy);
    if (warm.length > 0 && !world.chance(rates.coldStart)) return world.pick(warm);
    if (warm.length > 0) world.count("cold-start");
    const idle = new Set(warm.slice(0, Math.max(0, warm.length - WARM_AT_MOST)));
    const skewMs = this.clocksApart ? world.between(-SKEW_AT_MOST_MS, SKEW_AT_MOST_MS) : 0;
    const number = ++this.#made;
    const made = new Process(this.deployment, `${kind}-${number}`, skewMs, world.seed * 1_009 + number);
    this.#pool.set(kind, [...all.filter((process) => !idle.has(process)), made]);
    return made;
  }

  /** An asynchronous invoke: it may get lost, happen twice, or late. */
  #start(kind: Kind, work: (engine: Engine, deadlineMs: number) => Promise<void>, what: string): void {
    const { world, rates } = this.deployment;
    if (kind === "clock" && world.nowMs < this.#clocksOutUntilMs)
      return world.note("lambda", `start of ${kind} ${what}: clocks are out`);
    if (world.chance(rates.startLost)) {
      world.count("start-lost");
      return world.note("lambda", `start of ${kind} ${what} is lost`);
    }
    const isTwice = world.chance(rates.startTwice);
    if (isTwice) world.count("start-twice");
    for (let time = 0; time < (isTwice ? 2 : 1); time++) {
      const isLate = world.chance(rates.startLate);
      if (isLate) world.count("start-late");
      const lateMs = isLate ? world.between(1_000, 30_000) : 0;
      world.after(world.between(5, 80) + lateMs, () => void this.invoke(kind, work, what));
    }
  }

  async #dispatch(bells: readonly Doorbell[], attempts: number): Promise<void> {
    const ended = await this.invoke(
      "dispatcher",
      (engine) => dispatch(engine, bells),
      `bells ${bells.map(({ partition }) => partition).join()}`,
    );
    const again = ended.kind === "answered" ? ended.value : bells;
    if (again.length === 0 || attempts <= 1) return;
    await this.deployment.world.sleep(500);
    await this.#dispatch(again, attempts - 1);
  }

  /** For so long no clock starts, and the one that runs goes on with nothing. */
  clocksAreOut(forMs: number): void {
    const { world } = this.deployment;
    world.count("clocks-out");
    this.#clocksOutUntilMs = world.nowMs + forMs;
    for (const process of this.#pool.get("clock") ?? []) process.kill("clocks are out");
  }

  clocksAreBack(): void {
    this.#clocksOutUntilMs = 0;
  }

  /** From now on nothing is due but what waits for its time: a tick now and then will do. */
  rest(): void {
    this.#tickEveryMs = RESTING_MS;
  }

  #windClock(): void {
    this.deployment.world.after(this.#tickEveryMs, () => {
      if (!this.#isWound) return;
      this.#start("clock", (engine, deadlineMs) => tick(engine, { deadlineMs }), "rule");
      this.#windClock();
    });
  }

  /** No more clock: the run is over. */
  stop(): void {
    this.#isWound = false;
  }
}

const shownPump = ({ subscription, lane }: LaneRef): string => `${subscription.name}#${lane}`;
