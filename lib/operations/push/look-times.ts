import type { Engine } from "../engine.js";
import { pauseAfter } from "./insist.js";

const FAILED_FROM_MS = 250;
const FAILED_UP_TO_MS = 30_000;
const LOST_FROM_MS = 8;
const LOST_UP_TO_MS = 512;
/** Pause when memory is full: some is freed before long. */
const NO_ROOM_MS = 50;

export interface LookPauses {
  /** Pause between looks that find nothing; it doubles up to `pauseUpToMs`. */
  readonly pauseFromMs: number;
  readonly pauseUpToMs: number;
}

/** Decides by the outcome of each look for messages when the next may begin. */
export class LookTimes {
  /** Whether the last look found nothing. */
  isDry = false;
  /** When the next look may begin. */
  atMs = 0;
  #dryLooks = 0;
  #lostRaces = 0;
  #failures = 0;
  /** When something is known to be there. */
  #knownMs = 0;

  constructor(
    private readonly engine: Engine,
    private readonly pauses: LookPauses,
  ) {}

  get mayBegin(): boolean {
    return this.atMs <= this.#nowMs();
  }

  found(): void {
    this.isDry = false;
    this.#dryLooks = 0;
    this.#lostRaces = 0;
    this.#failures = 0;
    this.atMs = 0;
  }

  foundNothing(): void {
    this.isDry = true;
    this.#lostRaces = 0;
    this.#failures = 0;
    const { pauseFromMs, pauseUpToMs } = this.pauses;
    const nowMs = this.#nowMs();
    const nextMs = nowMs + pauseAfter(++this.#dryLooks, pauseFromMs, pauseUpToMs);
    this.atMs = this.#knownMs > nowMs ? Math.min(nextMs, this.#knownMs) : nextMs;
  }

  /** Something will be there at that time: a look is no later, unless looks fail. */
  expect(atMs: number): void {
    this.#knownMs = atMs;
    if (this.#failures === 0) this.atMs = Math.min(this.atMs, atMs);
  }

  /** After a lost race, a random pause whose limit doubles, so that contenders stop colliding. */
  lostRace(): void {
    this.#failures = 0;
    const upToMs = pauseAfter(++this.#lostRaces, LOST_FROM_MS, LOST_UP_TO_MS);
    this.atMs = this.#nowMs() + 1 + this.engine.random.below(upToMs);
  }

  failed(): void {
    this.isDry = true;
    this.atMs = this.#nowMs() + pauseAfter(++this.#failures, FAILED_FROM_MS, FAILED_UP_TO_MS);
  }

  foundNoRoom(): void {
    this.atMs = this.#nowMs() + NO_ROOM_MS;
  }

  /** Looks again at once, unless the last look failed. */
  anew(): void {
    this.isDry = false;
    this.#dryLooks = 0;
    if (this.#failures === 0) this.atMs = 0;
  }

  #nowMs(): number {
    return this.engine.clock.nowMs();
  }
}
