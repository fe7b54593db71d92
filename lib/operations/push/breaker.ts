import { type Asleep, type Refusal, asleepUntilMs, putToSleep, withoutPast } from "../../domain/breaker.js";
import { laneConcurrency } from "../../domain/lane.js";
import type { LaneNote } from "../../domain/lane-note.js";
import type { Reader } from "../../domain/reader.js";
import { backingOffNow } from "../backing-off.js";
import type { Engine } from "../engine.js";
import { pauseAfter } from "./insist.js";

/** So often in a row a target is tried by a pump that stays in its lane; it sleeps after that. */
const ROUNDS_TO_SLEEP = 3;
/** A pump that waits costs as much as one that works, so it waits for no longer than this. */
const HOLD_FROM_MS = 250;
const HOLD_AT_MOST_MS = 1_000;

/** One delivery, as far as the breaker has to know it. */
export interface Ended {
  /** What {@link Breaker.starts} said of it. */
  readonly nth: number;
  /** Deliveries that are still under way. */
  readonly underWay: number;
  /** Set if the target took nothing of it. */
  readonly refusal?: Refusal;
}

/** What is noted in a lane. `deaths`: of owners since, who noted nothing. */
type Noted = Pick<LaneNote, "asleep"> & { readonly deaths: number };

/**
 * How a pump's target stands. If the target takes nothing, the pump delivers no more at once than what is still under
 * way, and tries one more after a moment. If that is refused several times in a row, the subscription is put to sleep.
 * It is woken by a probe: the delivery of one message.
 */
export class Breaker {
  /** Set while the lane is held. */
  #reader: Reader | undefined;
  #lane = 0;
  #asleep: Asleep | undefined;
  /** Whether this hold of the lane is only for a probe. */
  #isProbing = false;
  #isOver = false;
  /** The most deliveries at once; undefined if the target bears what the subscription asks for. */
  #most: number | undefined;
  #rounds = 0;
  /** The last one, if nothing was taken since. */
  #refusal: Refusal | undefined;
  /** Deliveries started so far. */
  #started = 0;
  /** How many were started as the last one was refused that counted. */
  #knownUpTo = 0;
  #holdUntilMs = 0;

  constructor(private readonly engine: Engine) {}

  /** Begins a hold of the lane. Returns until when it sleeps; undefined if it may deliver. */
  begin(reader: Reader, lane: number, { asleep, deaths }: Noted, isWoken: boolean): number | undefined {
    const nowMs = this.#nowMs();
    this.#reader = reader;
    this.#lane = lane;
    this.#asleep = asleep && (deaths > 0 ? withoutPast(asleep) : asleep);
    this.#isProbing = asleep !== undefined;
    this.#isOver = false;
    return isWoken ? undefined : asleepUntilMs(asleep, reader.subscription, nowMs);
  }

  /** Ends the hold. Returns what the lane's next owner has to know: only the first lane sleeps. */
  end(): Pick<LaneNote, "asleep"> {
    this.#reader = undefined;
    if (this.#lane > 0) return {};
    return this.#asleep ? { asleep: this.#asleep } : {};
  }

  get asleep(): Asleep | undefined {
    return this.#asleep;
  }

  get isProbing(): boolean {
    return this.#isProbing;
  }

  /** Why the hold of the lane ends: it fell asleep, or its probe went through. */
  get ended(): "asleep" | "probed" | undefined {
    if (!this.#isOver) return undefined;
    return this.#asleep ? "asleep" : "probed";
  }

  /** The most deliveries at once. */
  get width(): number {
    if (this.#isProbing) return 1;
    if (this.#most === undefined) return Infinity;
    return this.#most + (this.#nowMs() >= this.#holdUntilMs ? 1 : 0);
  }

  /** When one more may be tried. */
  get tryAtMs(): number {
    return this.#most === undefined || this.#isProbing ? 0 : this.#holdUntilMs;
  }

  /** A delivery begins. Returns its number. */
  starts(): number {
    return ++this.#started;
  }

  /** A delivery is over. A target that takes messages is well, though its handler may fail them. */
  delivered(one: Ended): void {
    if (!this.#reader) return;
    if (one.refusal) this.#refused(one, one.refusal);
    else this.#took(this.#reader);
  }

  #took(reader: Reader): void {
    const width = laneConcurrency(reader, this.#lane, this.engine.settings.laneWidth);
    this.#rounds = 0;
    this.#refusal = undefined;
    if (this.#most !== undefined && this.#nowMs() >= this.#holdUntilMs) this.#most++;
    if (this.#most !== undefined && this.#most >= width) this.#most = undefined;
    const asleep = this.#asleep;
    if (!asleep) return;
    this.#asleep = undefined;
    this.#isOver ||= this.#isProbing;
    // The target may not bear everything at once yet.
    this.#most = 0;
    if (this.#lane > 0) return;
    const fields = { ...this.#names, reason: asleep.reason, afterMs: this.#nowMs() - asleep.sinceMs };
    this.engine.telemetry.event("breaker-closed", "info", fields);
  }

  /**
   * Nothing is left to do. If all that there was has been refused, the subscription sleeps: the next pump would know
   * nothing of it, and try everything again.
   */
  caughtUp(): void {
    if (this.#refusal && this.#most === 0) this.#sleep(this.#refusal);
  }

  /** What was under way as the target refused another delivery tells nothing new. */
  #refused({ nth, underWay }: Ended, refusal: Refusal): void {
    const nowMs = this.#nowMs();
    this.#most = underWay;
    this.#refusal = refusal;
    if (this.#isProbing) return this.#sleep(refusal);
    if (nth <= this.#knownUpTo) return;
    this.#knownUpTo = this.#started;
    const { retryAfterMs = 0 } = refusal;
    const isLeftAlone = retryAfterMs > HOLD_AT_MOST_MS || refusal.reason === "gone";
    if (++this.#rounds >= ROUNDS_TO_SLEEP || isLeftAlone) return this.#sleep(refusal);
    this.#holdUntilMs =
      nowMs + Math.max(retryAfterMs, pauseAfter(this.#rounds, HOLD_FROM_MS, HOLD_AT_MOST_MS));
  }

  #sleep(refusal: Refusal): void {
    const reader = this.#reader;
    if (!reader || this.#isOver) return;
    const before = this.#asleep;
    const asleep = putToSleep(before, refusal, reader.subscription, backingOffNow(this.engine));
    this.#asleep = asleep;
    this.#rounds = 0;
    this.#refusal = undefined;
    this.#isOver = true;
    if (this.#lane > 0) return;
    const { telemetry } = this.engine;
    const { reason, error, pauses } = asleep;
    const fields = { ...this.#names, reason, error, pauses, forMs: asleep.untilMs - this.#nowMs() };
    if (before) telemetry.event("breaker-still-open", "info", fields);
    else telemetry.event("breaker-opened", "warn", fields);
  }

  get #names(): { readonly topic?: string; readonly subscription?: string } {
    const { topic, subscription } = this.#reader ?? {};
    return {
      ...(topic ? { topic: topic.name } : {}),
      ...(subscription ? { subscription: subscription.name } : {}),
    };
  }

  #nowMs(): number {
    return this.engine.clock.nowMs();
  }
}
