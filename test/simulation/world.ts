import { seededRandom } from "../../lib/adapters/memory/random.js";
import type { Random } from "../../lib/domain/ports/random.js";

/** Something that happens at a time. `seq` decides among those of the same time: drawn by chance, so that any may. */
interface Event {
  readonly atMs: number;
  readonly seq: number;
  readonly run: () => void;
}

/** A call on its way, and the name of its process. */
export interface ArrivingCall {
  readonly who: string;
  readonly port: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** One line of what happened: who did what, with which outcome. */
export interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

/** Lets everything run that can run now. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Owns time, chance, and the order in which everything completes: the same seed gives the same history. */
export class World {
  readonly random: Random;
  readonly timeline: Line[] = [];
  readonly violations: string[] = [];
  readonly counts = new Map<string, number>();
  #heap: Event[] = [];
  #nowMs = 1_790_000_000_000;
  readonly startMs = this.#nowMs;
  eventCount = 0;

  constructor(
    readonly seed: number,
    private readonly keepTimeline: boolean,
  ) {
    this.random = seededRandom(seed);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** True once in `1 / probability` times. */
  chance(probability: number): boolean {
    return probability > 0 && this.random.below(1_000_000) < probability * 1_000_000;
  }

  between(from: number, to: number): number {
    return from + this.random.below(to - from + 1);
  }

  pick<T>(all: readonly T[]): T {
    return all[this.random.below(all.length)] as T;
  }

  /** `call`: what arrives at a store then, for a world that chooses among such. */
  after(ms: number, run: () => void, _call?: ArrivingCall): void {
    push(this.#heap, { atMs: this.#nowMs + Math.max(0, ms), seq: this.random.below(2 ** 30), run });
  }

  /** The way back of a call: `run` hears its answer then. */
  answer(ms: number, run: () => void): void {
    this.after(ms, run);
  }

  /** Who called a handler hears that it is over. */
  hears(_call: ArrivingCall, run: () => void): void {
    run();
  }

  /** Runs it once everything that can run now has run. */
  turn(run: () => void): void {
    this.after(0, run);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  note(who: string, what: string | (() => string)): void {
    if (!this.keepTimeline) return;
    this.timeline.push({
      atMs: this.#nowMs - this.startMs,
      who,
      what: typeof what === "string" ? what : what(),
    });
  }

  count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  violation(checker: string, text: string): void {
    this.violations.push(`${checker}: ${text}`);
    this.note("CHECKER", `${checker}: ${text}`);
  }

  /** Something threw that nobody may throw. */
  crashed(error: unknown): void {
    this.violation("crash", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  /** Runs what is planned, in order, until `untilMs` or until `isOver` says so; at the first violation it ends. */
  async runUntil(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    await settled();
    while (this.violations.length === 0 && !isOver()) {
      const next = this.#heap[0];
      if (!next || next.atMs > untilMs) break;
      pop(this.#heap);
      this.#nowMs = next.atMs;
      this.eventCount++;
      next.run();
      await settled();
    }
    if (this.violations.length === 0 && !isOver()) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }
}

const isBefore = (one: Event, other: Event): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.seq < other.seq);

function push(heap: Event[], event: Event): void {
  let index = heap.push(event) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(heap[index] as Event, heap[parent] as Event)) return;
    [heap[index], heap[parent]] = [heap[parent] as Event, heap[index] as Event];
    index = parent;
  }
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event;
  if (heap.length === 0) return;
  heap[0] = last;
  for (let index = 0; ;) {
    const left = 2 * index + 1;
    let least = index;
    for (const child of [left, left + 1]) {
      if (child < heap.length && isBefore(heap[child] as Event, heap[least] as Event)) least = child;
    }
    if (least === index) return;
    [heap[index], heap[least]] = [heap[least] as Event, heap[index] as Event];
    index = least;
  }
}
