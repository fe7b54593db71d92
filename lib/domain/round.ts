/** Where an unfinished round over all topics stands: `cursor` is the page, `after` the last topic that was visited. */
export interface RoundPlace {
  readonly cursor?: string;
  readonly after: string;
}

/** The progress of a round over all topics. `place`: where it continues; undefined once it is over. */
export interface Round {
  readonly beganAtMs: number;
  readonly place?: RoundPlace;
}

/**
 * Whether the round has topics to visit. An unfinished round continues, and a new one begins `everyMs` after the last
 * one began. A start in the future comes from a clock that runs ahead; waiting for it could take long, so the round is
 * due.
 */
export function isDue(round: Round | undefined, everyMs: number, nowMs: number): boolean {
  if (!round || round.place) return true;
  return nowMs - round.beganAtMs >= everyMs || nowMs < round.beganAtMs;
}

/** Rounds by name, as a lock's note stores them. */
export type Rounds = Readonly<Record<string, Round>>;

export const roundsNote = (rounds: Rounds): string => JSON.stringify(rounds);

/** Reads a note. If this version cannot read it, each round starts again from the beginning. */
export function roundsOf(note: string | undefined): Rounds {
  try {
    const all = JSON.parse(note ?? "{}") as Readonly<Record<string, unknown>>;
    return Object.fromEntries(
      Object.entries(all).flatMap(([name, round]) => (isRound(round) ? [[name, round]] : [])),
    );
  } catch {
    return {};
  }
}

function isRound(value: unknown): value is Round {
  const { beganAtMs, place } = (value ?? {}) as { beganAtMs?: unknown; place?: Partial<RoundPlace> };
  const isPlace = place === undefined || typeof place?.after === "string";
  return typeof beganAtMs === "number" && isPlace;
}
