/** Where one writer appends (docs/design.md, "Spreading, and staying"). Times are epoch milliseconds. */
export interface Spread {
  /** The number of partitions that it picks from: a power of two, or all. */
  readonly choices: number;
  /** The partition where it stays. */
  readonly partition: number;
  readonly lastLossMs: number;
  /** Messages since `windowStartMs`, for its own rate. */
  readonly windowMessages: number;
  readonly windowStartMs: number;
  /** Whether it uses its partitions in turn, because it fills one alone. */
  readonly fast: boolean;
  /** When it last looked for a partition that nobody uses, and saw none. */
  readonly lookedAtMs?: number;
}

const HALVE_AFTER_MS = 30_000;
const RATE_WINDOW_MS = 1_000;
/** About what the consumers of one partition can keep up with. */
const FAST_ABOVE_PER_SECOND = 1_000;

export const initialSpread = (nowMs: number): Spread => ({
  choices: 1,
  partition: 0,
  lastLossMs: nowMs,
  windowMessages: 0,
  windowStartMs: nowMs,
  fast: false,
});

/** After a lost race: doubles the partitions to pick from and picks one at random. `pick(n)` returns 0..n-1. */
export function afterLoss(
  spread: Spread,
  partitions: number,
  nowMs: number,
  pick: (below: number) => number,
): Spread {
  const choices = Math.min(partitions, spread.choices * 2);
  return { ...spread, choices, partition: pick(choices), lastLossMs: nowMs };
}

/** A partition whose tail is this old is not in use, as far as a writer that looks for one is concerned. */
const QUIET_MS = 200;
const LOOK_AGAIN_AFTER_MS = 1_000;

/** Whether it picks from all partitions and stays where it is. */
export const isEverywhere = ({ choices, fast }: Spread, partitions: number): boolean =>
  choices >= partitions && !fast;

/** A clock that was set back must not put a look off. */
export const mayLook = ({ lookedAtMs }: Spread, nowMs: number): boolean =>
  lookedAtMs === undefined || Math.abs(nowMs - lookedAtMs) >= LOOK_AGAIN_AFTER_MS;

/** After a lost race that it takes as it is. */
export const stayed = (spread: Spread, nowMs: number): Spread => ({ ...spread, lastLossMs: nowMs });

/** After a look at other partitions, each with the time of its last append: moves to the quietest, if it is quiet. */
export function afterLooking(
  { lookedAtMs: _, ...spread }: Spread,
  others: readonly { readonly partition: number; readonly atMs: number }[],
  nowMs: number,
): Spread {
  const [quietest] = [...others].sort((one, other) => one.atMs - other.atMs);
  if (!quietest || nowMs - quietest.atMs < QUIET_MS) return { ...stayed(spread, nowMs), lookedAtMs: nowMs };
  return { ...stayed(spread, nowMs), partition: quietest.partition };
}

/**
 * Before an append of `messages`: fewer partitions after a quiet time, more as the writer's own rate grows, and the
 * next one in turn while it is fast.
 */
export function beforeAppend(spread: Spread, partitions: number, nowMs: number, messages: number): Spread {
  const quiet = nowMs - spread.lastLossMs >= HALVE_AFTER_MS && !spread.fast;
  const halved = quiet ? Math.max(1, spread.choices >> 1) : spread.choices;
  const next = measured(
    { ...spread, choices: halved, lastLossMs: quiet ? nowMs : spread.lastLossMs },
    partitions,
    nowMs,
  );
  const partition = next.fast
    ? (next.partition + 1) % next.choices
    : next.partition % Math.min(next.choices, partitions);
  return { ...next, partition, windowMessages: next.windowMessages + messages };
}

function measured(spread: Spread, partitions: number, nowMs: number): Spread {
  const elapsedMs = nowMs - spread.windowStartMs;
  if (elapsedMs < RATE_WINDOW_MS) return spread;
  const perSecond = (spread.windowMessages * 1_000) / elapsedMs;
  const fast = perSecond > FAST_ABOVE_PER_SECOND;
  const widen = fast && perSecond / spread.choices > FAST_ABOVE_PER_SECOND;
  return {
    ...spread,
    choices: widen ? Math.min(partitions, spread.choices * 2) : spread.choices,
    fast,
    windowMessages: 0,
    windowStartMs: nowMs,
  };
}
