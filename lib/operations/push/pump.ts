import { type LaneNote, laneNoteIn, laneNoteText } from "../../domain/lane-note.js";
import { type LaneRef, type Straggler, laneName } from "../../domain/lane.js";
import { Conflict } from "../../domain/errors.js";
import type { PumpHints, PumpStart } from "../../domain/pump-start.js";
import type { AcquireOutcome } from "../../domain/ports/locks.js";
import type { Reader } from "../../domain/reader.js";
import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { noteFilter } from "../filter-in-force.js";
import { noteErasure } from "../lookup.js";
import { disableIfGone } from "./disable.js";
import { Flights } from "./flights.js";
import { workNow } from "./has-work.js";
import { insist } from "./insist.js";
import { LANE_LEASE_MS, LaneKeeper } from "./lane-keeper.js";
import type { LeftToWindow } from "./left-to-window.js";
import { type Pacing, pacedReader, pacingOf } from "./pacing.js";
import type { PumpEnd } from "./pump-end.js";
import { ofLane, probing, readerOfLane } from "./pump-reader.js";
import { Session } from "./session.js";
import { startIdlePump } from "./start-pumps.js";
import { BURST_GAP_MS } from "./stay.js";
import { setNextWakeUp, setWakeUp } from "./wake-up-timer.js";

/** Consecutive rounds that saw work but got none: another pump has it, or a read lags behind. */
const FRUITLESS_ROUNDS = 8;
const FRUITLESS_PAUSE_MS = 50;
const DRAIN_AT_LEAST_MS = 10_000;
/** If the store does not answer for this long, the sweep takes over. */
const PATIENCE_MS = 60_000;
/**
 * Settings that came with the start are used up to this age. Together with the look of the lane's keeper, three seconds
 * later, a pause is obeyed within five seconds.
 */
const KNOWN_FOR_MS = 1_000;
/** How often a pump tries to get its lane, or to leave word with the pump that has it. */
const LANE_TRIES = 8;

/**
 * Delivers the messages of one lane of a push subscription until it is caught up, or until its time is nearly over and
 * a successor is started. It then waits, as long as it has time, for running deliveries, which have leases by then. A
 * second pump of the lane finds the lock held, knocks and ends. After it has released the lane, this pump looks for
 * work again, unless nobody has knocked and it knows that it has consumed all that it was started for.
 */
export async function pump(engine: Engine, start: PumpStart, options: { deadlineMs: number }): Promise<void> {
  const run = new PumpRun(engine, start, options.deadlineMs);
  await run.toItsEnd();
}

type Taken = Extract<AcquireOutcome, { kind: "acquired" }> & { readonly nowMs: number };

/** What became of one hold of the lane. */
interface Held {
  readonly ended: PumpEnd;
  readonly started: number;
  /** Whether nothing can be left to do. */
  readonly isOver: boolean;
}

class PumpRun {
  readonly #flights: Flights;
  readonly #owner: string;
  readonly #ref: LaneRef;
  /** Only for the first hold of the lane. */
  #hints: PumpHints;
  /** What the last session left to the end of a batch window, by which settings. */
  #left: (LeftToWindow & { readonly version: number }) | undefined;

  constructor(
    private readonly engine: Engine,
    { hints = {}, ...ref }: PumpStart,
    private readonly deadlineMs: number,
  ) {
    this.#flights = new Flights(engine, deadlineMs);
    this.#owner = engine.random.nonce();
    this.#ref = ref;
    this.#hints = hints;
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
    const { engine } = this;
    const ref = this.#ref;
    let fruitless = 0;
    while (fruitless < FRUITLESS_ROUNDS) {
      const found = this.#known() ?? (await this.#lookUp());
      if (!found) return;
      const { ended, started, isOver } = await this.#holdLane(found);
      this.#hints = {};
      if (ended === "lane-lost") return;
      if (ended === "out-of-time")
        return await this.#insist("starting a successor", () => engine.starter.startPump(ref));
      if (ended === "settings-changed" || ended === "probed") continue;
      if (ended === "asleep") {
        if ((await this.#insist("going to sleep", () => this.#sleep(found))) === "sleeps") return;
        continue;
      }
      if (isOver || (await this.#insist("looking for work", () => this.#rest(found))) === "rests") return;
      fruitless = started > 0 ? 0 : fruitless + 1;
      if (fruitless > 0) await engine.clock.sleep(FRUITLESS_PAUSE_MS * 2 ** fruitless);
    }
    // A wake-up and the sweep look again for what could not be had.
    const found = await this.#lookUp();
    if (found)
      await this.#insist("setting a wake-up", () =>
        setNextWakeUp(engine, found.subscription, this.#left?.untilMs),
      );
  }

  async #lookUp(): Promise<Reader | undefined> {
    return await this.#insist("looking up", () => readerOfLane(this.engine, this.#ref));
  }

  /**
   * The settings that came with the start, while they are as good as if they had just been read. A clock that is behind
   * makes them look older; one that is ahead costs up to three seconds, until the lane's keeper looks.
   */
  #known(): Reader | undefined {
    const { known } = this.#hints;
    if (known === undefined) return undefined;
    const ageMs = this.engine.clock.nowMs() - known.readAtMs;
    if (ageMs < 0 || ageMs >= KNOWN_FOR_MS) return undefined;
    noteFilter(this.engine, known.subscription, known.readAtMs);
    noteErasure(this.engine, known.topic);
    return ofLane(this.engine, this.#ref, known);
  }

  /**
   * Whether there is nothing more to do. If so, sets a wake-up for the next due message, or the end of a batch window.
   * Settings that changed, by a seek that knocked for one, count as work.
   */
  async #rest(reader: Reader): Promise<"rests" | "works"> {
    const { engine } = this;
    const left = this.#left?.version === reader.subscription.version ? this.#left : undefined;
    const [found, { isThere, nextDueMs = Infinity }] = await Promise.all([
      readerOfLane(engine, this.#ref),
      workNow(engine, reader, left?.readTo),
    ]);
    if (!found) return "rests";
    const wakeAtMs = Math.min(nextDueMs, left?.untilMs ?? Infinity);
    if (wakeAtMs <= engine.clock.nowMs()) return "works";
    if (isThere || found.subscription.version !== reader.subscription.version) return "works";
    if (wakeAtMs < Infinity) await setWakeUp(engine, found.subscription, wakeAtMs);
    return "rests";
  }

  /**
   * Sets a wake-up for the next probe, unless the settings were changed meanwhile: those are tried at once. Only the
   * first lane sleeps: another one leaves everything to it. Nothing is tried any more if the target is gone for good.
   */
  async #sleep({ subscription }: Reader): Promise<"sleeps" | "works"> {
    const found = await readerOfLane(this.engine, this.#ref);
    if (!found) return "sleeps";
    if (found.subscription.version !== subscription.version) return "works";
    const { asleep } = this.#flights.breaker;
    if (this.#ref.lane > 0) await startIdlePump(this.engine, found.subscription);
    else if (asleep) {
      const disabled = await disableIfGone(this.engine, found, asleep);
      if (disabled === "conflict") return "works";
      if (disabled === "not-gone") await setWakeUp(this.engine, found.subscription, asleep.untilMs);
    }
    return "sleeps";
  }

  /** When running deliveries end they may leave retries or free a partition: starts pumps for that. */
  async #wakeUp(): Promise<void> {
    const found = await readerOfLane(this.engine, this.#ref);
    if (found && (await this.#rest(found)) === "works") await startIdlePump(this.engine, found.subscription);
  }

  /** Takes the lane, or leaves word with the pump that has it. */
  async #take(): Promise<Taken | undefined> {
    const { clock, locks } = this.engine;
    const name = laneName(this.#ref);
    for (let tries = 1; tries <= LANE_TRIES; tries++) {
      const nowMs = clock.nowMs();
      const acquired = await locks.acquire(name, this.#owner, nowMs, nowMs + LANE_LEASE_MS);
      if (acquired.kind === "acquired") return { ...acquired, nowMs };
      if ((await locks.knock(name, clock.nowMs())).kind === "held") return undefined;
    }
    throw new Conflict(`taking lane ${name}`);
  }

  async #holdLane(reader: Reader): Promise<Held> {
    const { engine, deadlineMs } = this;
    const { telemetry } = engine;
    const ref = this.#ref;
    const lane = { ref, owner: this.#owner };
    const acquired = await this.#insist("taking the lane", () => this.#take());
    if (!acquired) return { ended: "lane-lost", started: 0, isOver: true };
    const { nowMs } = acquired;
    if (acquired.isCalled) this.#hints = hintsOfBurst(this.#hints);
    this.#left = undefined;
    const note = laneNoteIn(acquired.note);
    const pacing = pacingOf(engine.clock, reader, acquired);
    const { breaker } = this.#flights;
    const noted = { ...note, deaths: acquired.deaths };
    const sleepsUntilMs = breaker.begin(reader, ref.lane, noted, this.#hints.probes === true);
    const others = this.#flights.othersOf(note.stragglers);
    if (sleepsUntilMs !== undefined) {
      await this.#release(others, pacing);
      return { ended: "asleep", started: 0, isOver: false };
    }
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
      reader: pacedReader(breaker.isProbing ? probing(reader) : reader),
      lane: ref.lane,
      hints: this.#hints,
      flights: this.#flights,
      keeper,
      pacing,
      drainAtMs: drainAtMs(reader.subscription, nowMs, deadlineMs),
      deadlineMs,
      deaths: acquired.deaths,
    });
    void keeper.keep();
    let released: "released" | "knocked" | "lost" = "lost";
    let ended: PumpEnd = "lane-lost";
    try {
      ended = await session.run();
      const { topic, subscription } = reader;
      if (session.left) this.#left = { ...session.left, version: subscription.version };
      const fields = { topic: topic.name, subscription: subscription.name, ended, started: session.started };
      const { heldBackMs } = pacing;
      telemetry.event("pump-ended", "info", heldBackMs > 0 ? { ...fields, heldBackMs } : fields);
    } finally {
      keeper.stop();
      released = await this.#release(keeper.others, pacing);
    }
    return { ended, started: session.started, isOver: released === "released" && session.isOver };
  }

  /** Changes nothing if the lane was lost, since it has another owner then. */
  async #release(others: readonly Straggler[], pacing: Pacing): Promise<"released" | "knocked" | "lost"> {
    const stragglers = [...others, ...this.#flights.stragglers()];
    const { untilMs, version, rooms } = this.#left ?? {};
    const collecting = untilMs && version && rooms ? { collecting: { untilMs, version, rooms } } : {};
    const note: LaneNote = { stragglers, ...collecting, ...this.#flights.breaker.end() };
    const text = pacing.noted(laneNoteText(note));
    return await this.#insist("releasing the lane", () =>
      this.engine.locks.release(laneName(this.#ref), this.#owner, ...(text === undefined ? [] : [text])),
    );
  }

  async #insist<T>(what: string, call: () => Promise<T>): Promise<T> {
    const untilMs = Math.min(this.deadlineMs, this.engine.clock.nowMs() + PATIENCE_MS);
    return await insist(this.engine, what, untilMs, call);
  }
}

/** More has come since the doorbell that started it: what that told of is not all there is to do. */
const hintsOfBurst = ({ news: _, gapMs = BURST_GAP_MS, ...others }: PumpHints): PumpHints => ({
  ...others,
  gapMs,
});

/**
 * When to stop handing out: a handler may take as long as its messages' deadline, and must be able to end before the
 * pump does.
 */
function drainAtMs({ ackDeadlineSeconds }: Subscription, nowMs: number, deadlineMs: number): number {
  const reserveMs = Math.max(DRAIN_AT_LEAST_MS, ackDeadlineSeconds * 1_000);
  return deadlineMs - Math.min(reserveMs, (deadlineMs - nowMs) / 2);
}
