/** So small that forty handlers at once need several lanes, of which the last is narrower. */
export const LANE_WIDTH = 7;
