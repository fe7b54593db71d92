/** Left of a run's time when the clock starts nothing more. */
export const MARGIN_MS = 2_000;
