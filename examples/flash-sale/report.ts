const SECOND_MS = 1_000;

/** An order that the back end took. Times are epoch milliseconds. */
export interface Outcome {
  readonly orderId: string;
  readonly publishedAt: number;
  readonly takenAt: number;
}

/** An order that was answered: placed, as far as its buyer knows. */
export interface Answered {
  readonly orderId: string;
  readonly atMs: number;
  /** How long its buyer waited for the answer. */
  readonly tookMs: number;
}

/** How a sale went. */
export interface SaleReport {
  readonly orders: number;
  readonly answeredInMs: number;
  readonly answerP50Ms: number;
  readonly answerP99Ms: number;
  readonly taken: number;
  /** Orders without an outcome. */
  readonly lost: number;
  readonly takenInMs: number;
  /** From the first to the last. */
  readonly takenPerSecond: number;
  /** The most that the back end got in any second. */
  readonly mostInASecond: number;
  /** Orders that it got when it had enough already. */
  readonly refused: number;
  /** Of the buyers who asked in the end: those who were told an outcome. */
  readonly told: number;
}

export function reportOf(
  answered: readonly Answered[],
  outcomes: readonly Outcome[],
  {
    refused,
    told,
    startedMs,
  }: { readonly refused: number; readonly told: number; readonly startedMs: number },
): SaleReport {
  const taken = new Set(outcomes.map(({ orderId }) => orderId));
  const waits = answered.map(({ tookMs }) => tookMs);
  return {
    orders: answered.length,
    answeredInMs: Math.max(0, ...answered.map(({ atMs }) => atMs - startedMs)),
    answerP50Ms: quantile(waits, 0.5),
    answerP99Ms: quantile(waits, 0.99),
    taken: taken.size,
    lost: answered.filter(({ orderId }) => !taken.has(orderId)).length,
    takenInMs: Math.max(0, ...outcomes.map(({ takenAt }) => takenAt - startedMs)),
    takenPerSecond: perSecond(outcomes.map(({ takenAt }) => takenAt)),
    mostInASecond: mostInASecond(outcomes.map(({ takenAt }) => takenAt)),
    refused,
    told,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function perSecond(times: readonly number[]): number {
  const forMs = Math.max(...times) - Math.min(...times);
  return forMs > 0 ? ((times.length - 1) * SECOND_MS) / forMs : 0;
}

/** Of any second, wherever it begins. */
export function mostInASecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  sorted.forEach((atMs, index) => {
    while ((sorted[first] ?? atMs) <= atMs - SECOND_MS) first++;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
