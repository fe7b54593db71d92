import { show } from "./measure.js";

/** One line of a benchmark that has goals. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly goal: string;
  /** undefined: nothing is asked of it. */
  readonly holds?: boolean;
}

/** Prints what was measured beside its goals. @returns whether all of them hold. */
export function showGoals(rows: readonly Row[], notes: readonly string[]): boolean {
  show(
    ["what", "measured", "goal", "holds"],
    rows.map(({ what, measured, goal, holds }) => [what, measured, goal, inWords(holds)]),
    notes,
  );
  return rows.every(({ holds }) => holds !== false);
}

function inWords(holds: boolean | undefined): string {
  if (holds === undefined) return "";
  return holds ? "yes" : "NO";
}
