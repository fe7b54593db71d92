/** The two kinds of messages that wait for delivery: those due again, and new ones. */
export type Kind = "due" | "fresh";

/** The state of one kind that decides its share of the deliveries. */
export interface Share {
  /** Running deliveries, and those that a running look may bring. */
  readonly atWork: number;
  /** Whether messages of this kind may be waiting; false only if it is known that none are. */
  readonly waits: boolean;
  /** Whether one of its batches, or a look for one, can start now. */
  readonly canStart: boolean;
}

export interface Turns {
  /** The most concurrent deliveries. */
  readonly width: number;
  readonly due: Share;
  readonly fresh: Share;
  /** The kind that started last. */
  readonly last: Kind;
  /** Whether the last delivery of due messages succeeded. */
  readonly isHealing: boolean;
}

/**
 * Which kind starts next; undefined if neither may. While both wait, each gets half of the width, so that failing
 * messages cannot starve the others; with a width of one they take turns. Due messages that fail again keep to their
 * half even if nothing new waits, so that new messages find room at once.
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
