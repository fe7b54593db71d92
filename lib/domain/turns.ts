/** What waits for a delivery: messages that are due again, or new ones. */
export type Kind = "due" | "fresh";

/** One of the two, as far as its share of the deliveries depends on it. */
export interface Share {
  /** Deliveries under way, with those that a look under way may bring. */
  readonly atWork: number;
  /** Whether it is not known that nothing of it waits. */
  readonly waits: boolean;
  /** Whether one of its batches, or a look for one, can start now. */
  readonly canStart: boolean;
}

export interface Turns {
  /** Deliveries at once. */
  readonly width: number;
  readonly due: Share;
  readonly fresh: Share;
  /** Which of them started last. */
  readonly last: Kind;
  /** Whether what was due came through when it was delivered last. */
  readonly isHealing: boolean;
}

/**
 * Which of the two starts next, undefined where neither may. While both wait each has half of the width, so that no
 * number of failing messages starves the others; one delivery at a time they take turns. What is due and fails again
 * is kept to its half even where nothing new waits: so what comes finds room at once.
 */
export function nextTurn({ width, due, fresh, last, isHealing }: Turns): Kind | undefined {
  if (due.atWork + fresh.atWork >= width) return undefined;
  const half = Math.floor(width / 2);
  const dueMost = isHealing && !fresh.waits ? width : Math.max(1, half);
  const freshMost = due.waits ? Math.max(1, width - half) : width;
  const dueMay = due.canStart && due.atWork < dueMost;
  const freshMay = fresh.canStart && fresh.atWork < freshMost;
  if (dueMay && freshMay) return last === "due" ? "fresh" : "due";
  if (dueMay) return "due";
  return freshMay ? "fresh" : undefined;
}
