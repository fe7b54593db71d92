import { wants } from "../filters.js";
import type { World } from "../world.js";
import type { Logged } from "./partition-log.js";
import type { SinceWhen, Watched } from "./watched.js";

/** A change holds for what is published so much later. */
const CHANGE_MS = 10_000;
/** Where clocks are apart, or a process without a filter hears late that there is one, it takes so much longer. */
const HEARD_LATE_MS = 300_000;
/** From the look at a filter to the move of a head that follows: also where calls fail and processes stand still. */
const MOVED_WITHIN_MS = { calm: 30_000, faulty: 900_000 };

/**
 * What is handed out matches a filter that may have been in force when it was judged, and what a head passes does not
 * match one of those. A change takes ten seconds: what is published before it is over is judged by either.
 */
export class FilterChecker {
  isCalm = false;
  areClocksApart = false;
  /** By name of a subscription: messages that heads have passed and that may have been left out, and those told of. */
  readonly #passed = new Map<string, number>();
  readonly #told = new Map<string, number>();

  constructor(private readonly world: World) {}

  /** It is handed out, and still of the epoch that it was taken in where `isOfThisEpoch`. */
  handsOut(watched: Watched, logged: Logged, isOfThisEpoch: boolean): void {
    const { filters, soughtAtMs, subscription, redriven, isDeleted } = watched;
    if (isUnfiltered(watched) || redriven.has(logged.id) || isDeleted) return;
    const fromMs = Math.max(logged.atMs, isOfThisEpoch ? soughtAtMs : 0);
    const mayHave = filters.some((one, index) => {
      const lateMs = one.filter === undefined && !this.isCalm ? HEARD_LATE_MS : this.#changeMs;
      return isIn(filters, index, fromMs - lateMs) && wants(one.filter, logged.fields) !== false;
    });
    this.world.count("filter-looked-at");
    if (mayHave) return;
    const what = `${logged.id} (${logged.label})`;
    this.world.violation("filter", `${subscription.name} gets ${what}, which no filter of its time wants`);
  }

  /** Whether a head that passes it now may have left it out. */
  mayLeaveOut(watched: Watched, { atMs, fields }: Logged): boolean {
    const { filters, soughtAtMs } = watched;
    if (isUnfiltered(watched)) return false;
    const withinMs = this.isCalm ? MOVED_WITHIN_MS.calm : MOVED_WITHIN_MS.faulty;
    const fromMs = Math.max(atMs, soughtAtMs, this.world.nowMs - withinMs) - this.#changeMs;
    return filters.some((one, index) => isIn(filters, index, fromMs) && wants(one.filter, fields) !== true);
  }

  /** A head has passed so many that may have been left out. */
  passed(name: string, messages: number): void {
    if (messages > 0) this.#passed.set(name, (this.#passed.get(name) ?? 0) + messages);
  }

  /** The log says how many were left out: never more than there were. */
  told(name: string, messages: number): void {
    const told = (this.#told.get(name) ?? 0) + messages;
    this.#told.set(name, told);
    const passed = this.#passed.get(name) ?? 0;
    this.world.count("left-out", messages);
    if (told > passed)
      this.world.violation("filter", `${told} messages are said to be left out for ${name}, ${passed} were`);
  }

  get #changeMs(): number {
    return this.areClocksApart ? HEARD_LATE_MS : CHANGE_MS;
  }
}

/** Most never have one. */
const isUnfiltered = ({ filters }: Watched): boolean =>
  filters.length === 1 && filters[0]?.filter === undefined;

/** Whether a filter was in force at any time since then. */
const isIn = (filters: readonly SinceWhen[], index: number, sinceMs: number): boolean =>
  (filters[index + 1]?.fromMs ?? Infinity) >= sinceMs;

/** Whether the filter that is in force now wants it. */
export const isWantedNow = ({ filters }: Pick<Watched, "filters">, { fields }: Logged): boolean =>
  wants(filters.at(-1)?.filter, fields) !== false;
