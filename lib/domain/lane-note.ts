import type { Asleep } from "./breaker.js";
import { type Collecting, isCollecting } from "./collecting.js";
import { type Straggler, noteElements, stragglersIn } from "./lane.js";

/** What a pump leaves in its lane for the next one. */
export interface LaneNote {
  readonly stragglers: readonly Straggler[];
  /** Only in the first lane. */
  readonly asleep?: Asleep;
  /** Set where what waits for its window was left to a later pump. */
  readonly collecting?: Collecting;
}

/**
 * A list of stragglers, and behind them what else there is: a release that knows only of stragglers leaves the rest
 * out. undefined if there is nothing to note.
 */
export function laneNoteText({ stragglers, asleep, collecting }: LaneNote): string | undefined {
  const all = [...stragglers, ...(collecting ? [{ collecting }] : []), ...(asleep ? [{ asleep }] : [])];
  return all.length > 0 ? JSON.stringify(all) : undefined;
}

/** The inverse of {@link laneNoteText}; empty for any other text. */
export function laneNoteIn(text: string | undefined): LaneNote {
  const asleep = asleepIn(text);
  const collecting = collectingIn(text);
  return {
    stragglers: stragglersIn(text),
    ...(isAsleep(asleep) ? { asleep } : {}),
    ...(collecting ? { collecting } : {}),
  };
}

function asleepIn(text: string | undefined): unknown {
  const last = noteElements(text).at(-1);
  return typeof last === "object" && last !== null && "asleep" in last ? last.asleep : undefined;
}

function collectingIn(text: string | undefined): Collecting | undefined {
  return noteElements(text)
    .map((element) => ((element ?? {}) as { readonly collecting?: unknown }).collecting)
    .find(isCollecting);
}

const isAsleep = (value: unknown): value is Asleep => {
  const {
    reason,
    error,
    sinceMs,
    untilMs,
    pauses,
    version,
    goneSinceMs = 0,
  } = (value ?? {}) as Partial<Asleep>;
  const areTexts = typeof reason === "string" && typeof error === "string";
  const numbers = [sinceMs, untilMs, pauses, version, goneSinceMs];
  return areTexts && numbers.every((number) => typeof number === "number");
};
