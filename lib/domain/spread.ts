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
  /** When it came to its partition, and its appends there since. */
  readonly movedMs: number;
  readonly appends: number;
}

const HALVE_AFTER_MS = 30_000;
const RATE_WINDOW_MS = 1_000;
/** About what the consumers of one partition can keep up with. */
const FAST_ABOVE_PER_SECOND = 1_000;
/**
 * A turn lasts this long, and this many appends. Where several writers take turns, each append after a move may lose a
 * race: a third of all did when a turn was one append.
 */
const TURN_MS = 250;
const TURN_APPENDS = 8;

export const initialSpread = (nowMs: number): Spread => ({
  choices: 1,
  partition: 0,
  lastLossMs: nowMs,
  windowMessages: 0,
  windowStartMs: nowMs,
  fast: false,
  movedMs: nowMs,
  appends: 0,
});

/** After a lost race: doubles the partitions to pick from and picks one at random. `pick(n)` returns 0..n-1. */
export function afterLoss(
  spread: Spread,
  partitions: number,
  nowMs: number,
  pick: (below: number) => number,
): Spread {
  const choices = Math.min(partitions, spread.choices * 2);
  return { ...spread, choices, partition: pick(choices), lastLossMs: nowMs, movedMs: nowMs, appends: 0 };
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
  const counted = { ...next, windowMessages: next.windowMessages + messages };
  const partition = next.partition % Math.min(next.choices, partitions);
  return isTurnOver(next, nowMs)
    ? { ...counted, partition: (next.partition + 1) % next.choices, movedMs: nowMs, appends: 1 }
    : { ...counted, partition, appends: next.appends + 1 };
}

/** A clock that was set back ends a turn, rather than make it longer. */
function isTurnOver({ fast, appends, movedMs }: Spread, nowMs: number): boolean {
  const elapsedMs = nowMs - movedMs;
  return fast && appends >= TURN_APPENDS && (elapsedMs >= TURN_MS || elapsedMs < 0);
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
