/** A round over all topics that is not over: `cursor` names a page, `after` the topic of it that was visited last. */
export interface RoundPlace {
  readonly cursor?: string;
  readonly after: string;
}

/** How far a round over all topics has come. `place`: where it goes on; none once it is over. */
export interface Round {
  readonly beganAtMs: number;
  readonly place?: RoundPlace;
}

/**
 * Whether there is something to visit: a round that stopped half-way goes on, and a new one begins `everyMs` after the
 * last one began. One that began in the future was timed by a clock that is ahead: waiting for it could take long.
 */
export function isDue(round: Round | undefined, everyMs: number, nowMs: number): boolean {
  if (!round || round.place) return true;
  return nowMs - round.beganAtMs >= everyMs || nowMs < round.beganAtMs;
}

/** Rounds by name, as the note of a lock keeps them. */
export type Rounds = Readonly<Record<string, Round>>;

export const roundsNote = (rounds: Rounds): string => JSON.stringify(rounds);

/** What a note says. One that this version cannot read says nothing: then each round begins anew. */
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
