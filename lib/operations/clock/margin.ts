/** The clock starts nothing new when less than this is left of its time. */
export const MARGIN_MS = 2_000;
