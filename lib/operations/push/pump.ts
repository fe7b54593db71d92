import {
  type LaneRef,
  isPushable,
  laneCount,
  laneName,
  stragglersIn,
  stragglersText,
} from "../../domain/lane.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { Flights } from "./flights.js";
import { hasWork } from "./has-work.js";
import { insist } from "./insist.js";
import { LANE_LEASE_MS, LaneKeeper } from "./lane-keeper.js";
import type { PumpEnd } from "./pump-end.js";
import { Session } from "./session.js";
import { startIdlePump } from "./start-pumps.js";
import { setWakeUp } from "./wake-up-timer.js";

/** Consecutive rounds that saw work but got none: another pump has it, or a read lags behind. */
const FRUITLESS_ROUNDS = 8;
const FRUITLESS_PAUSE_MS = 50;
const DRAIN_AT_LEAST_MS = 10_000;
/** If the store does not answer for this long, the sweep takes over. */
const PATIENCE_MS = 60_000;

/**
 * Delivers the messages of one lane of a push subscription until it is caught up, or until its time is nearly over and
 * a successor is started. It then waits, as long as it has time, for running deliveries, which have leases by then. A
 * second pump of the lane finds the lock held and ends. This pump reads the tails again after it has released the lane:
 * whoever found the lock held had rung before that.
 */
export async function pump(engine: Engine, ref: LaneRef, options: { deadlineMs: number }): Promise<void> {
  const run = new PumpRun(engine, ref, options.deadlineMs);
  await run.toItsEnd();
}

class PumpRun {
  readonly #flights: Flights;
  readonly #owner: string;

  constructor(
    private readonly engine: Engine,
    private readonly ref: LaneRef,
    private readonly deadlineMs: number,
  ) {
    this.#flights = new Flights(engine, deadlineMs);
    this.#owner = engine.random.nonce();
  }

  async toItsEnd(): Promise<void> {
    void this.#flights.keepLeases();
    try {
      await this.#serve();
    } finally {
      const stragglers = this.#flights.count;
      await this.#flights.over();
      if (stragglers > 0) await this.#insist("looking after stragglers", () => this.#wakeUp());
    }
  }

  async #serve(): Promise<void> {
    const { engine, ref } = this;
    let fruitless = 0;
    while (fruitless < FRUITLESS_ROUNDS) {
      const found = await this.#insist("looking up", () => subscriptionOf(engine, ref));
      if (!found) return;
      const { ended, started } = await this.#holdLane(found);
      if (ended === "lane-lost") return;
      if (ended === "out-of-time")
        return await this.#insist("starting a successor", () => engine.starter.startPump(ref));
      if (ended === "settings-changed") continue;
      if ((await this.#insist("looking for work", () => this.#rest())) === "rests") return;
      fruitless = started > 0 ? 0 : fruitless + 1;
      if (fruitless > 0) await engine.clock.sleep(FRUITLESS_PAUSE_MS * 2 ** fruitless);
    }
    // A wake-up and the sweep look again for what could not be had.
    const found = await this.#insist("looking up", () => subscriptionOf(engine, ref));
    if (found) await this.#insist("setting a wake-up", () => setWakeUp(engine, found.subscription));
  }

  /** Whether there is nothing more to do. If so, sets a wake-up for the next due message. */
  async #rest(): Promise<"rests" | "works"> {
    const found = await subscriptionOf(this.engine, this.ref);
    // A seek that found the lane held has started no pump; its work shows by now.
    if (found && (await hasWork(this.engine, found))) return "works";
    if (found) await setWakeUp(this.engine, found.subscription);
    return "rests";
  }

  /** When running deliveries end they may leave retries or free a partition: starts pumps for that. */
  async #wakeUp(): Promise<void> {
    const found = await subscriptionOf(this.engine, this.ref);
    if (found && (await this.#rest()) === "works") await startIdlePump(this.engine, found.subscription);
  }

  async #holdLane(reader: Reader): Promise<{ readonly ended: PumpEnd; readonly started: number }> {
    const { engine, ref, deadlineMs } = this;
    const { clock, locks, telemetry } = engine;
    const lane = { ref, owner: this.#owner };
    const [acquired, nowMs] = await this.#insist("taking the lane", async () => {
      const askedAtMs = clock.nowMs();
      const answer = await locks.acquire(laneName(ref), lane.owner, askedAtMs, askedAtMs + LANE_LEASE_MS);
      return [answer, askedAtMs] as const;
    });
    if (acquired.kind === "held") return { ended: "lane-lost", started: 0 };
    const others = this.#flights.othersOf(stragglersIn(acquired.note));
    const untilMs = nowMs + LANE_LEASE_MS;
    const keeper = new LaneKeeper(
      engine,
      reader,
      lane,
      others,
      untilMs,
      this.#flights.signal,
      () => session.isProven,
    );
    const session: Session = new Session({
      engine,
      reader,
      lane: ref.lane,
      flights: this.#flights,
      keeper,
      drainAtMs: drainAtMs(reader.subscription, nowMs, deadlineMs),
      deadlineMs,
      deaths: acquired.deaths,
    });
    void keeper.keep();
    try {
      const ended = await session.run();
      const { topic, subscription } = reader;
      const fields = { topic: topic.name, subscription: subscription.name, ended, started: session.started };
      telemetry.event("pump-ended", "info", fields);
      return { ended, started: session.started };
    } finally {
      keeper.stop();
      await this.#release(keeper);
    }
  }

  /** Changes nothing if the lane was lost, since it has another owner then. */
  async #release({ others }: LaneKeeper): Promise<void> {
    const stragglers = [...others, ...this.#flights.stragglers()];
    const note = stragglers.length > 0 ? [stragglersText(stragglers)] : [];
    await this.#insist("releasing the lane", () =>
      this.engine.locks.release(laneName(this.ref), this.#owner, ...note),
    );
  }

  async #insist<T>(what: string, call: () => Promise<T>): Promise<T> {
    const untilMs = Math.min(this.deadlineMs, this.engine.clock.nowMs() + PATIENCE_MS);
    return await insist(this.engine, what, untilMs, call);
  }
}

async function subscriptionOf(
  { topics, subscriptions, settings }: Engine,
  ref: LaneRef,
): Promise<Reader | undefined> {
  const topic = await topics.get(ref.subscription.topic.name);
  if (topic?.uid !== ref.subscription.topic.uid) return undefined;
  const subscription = await subscriptions.get(topic, ref.subscription.name);
  if (subscription?.uid !== ref.subscription.uid || !isPushable({ topic, subscription })) return undefined;
  const reader = { topic, subscription };
  return ref.lane < laneCount(reader, settings.laneWidth) ? reader : undefined;
}

/**
 * When to stop handing out: a handler may take as long as its messages' deadline, and must be able to end before the
 * pump does.
 */
function drainAtMs({ ackDeadlineSeconds }: Subscription, nowMs: number, deadlineMs: number): number {
  const reserveMs = Math.max(DRAIN_AT_LEAST_MS, ackDeadlineSeconds * 1_000);
  return deadlineMs - Math.min(reserveMs, (deadlineMs - nowMs) / 2);
}
