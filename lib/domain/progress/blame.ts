import { type Failure, withFailure } from "./failures.js";
import type { Span } from "./spans.js";

/**
 * Who is to blame for an attempt that failed. `charged`: the message itself. `spared`: nobody, since its consumer was
 * stopped. `returned`: nobody, and it was no attempt, since its consumer never took it. `among`: one of so many
 * messages, which failed together. `beside`: alone in its lease, but its consumer had so many others in hand, or may
 * have taken them since.
 */
export type Blame =
  "charged" | "spared" | "returned" | { readonly among: number } | { readonly beside: number };

type Blamed = Pick<Span, "charged" | "together" | "failures">;

/**
 * A message's failures after one more. Several messages that fail together are charged with nothing. They come again
 * together, with no others beside them; if they fail once more, in halves, and so on, until the one that is the cause
 * fails alone. So its neighbours' attempts stay honest.
 */
export function blamed(
  { charged = 0, together, failures }: Blamed,
  blame: Blame,
  failure: Omit<Failure, "among">,
): Blamed {
  const isBeside = typeof blame === "object" && "beside" in blame;
  const among = typeof blame !== "object" ? undefined : isBeside ? blame.beside + 1 : blame.among;
  const isAlone = blame === "charged" || (among !== undefined && among <= 1 && !isBeside);
  const count = charged + (isAlone ? 1 : 0);
  const most = isAlone || among === undefined ? together : isBeside ? 1 : mostAfter(together, among);
  const shared = isAlone || among === undefined ? {} : { among };
  // Where nobody is to blame, no attempt of it has failed.
  const noted = isAlone || among !== undefined ? withFailure(failures, { ...failure, ...shared }) : failures;
  return {
    ...(count > 0 ? { charged: count } : {}),
    ...(most === undefined ? {} : { together: most }),
    ...(noted === undefined ? {} : { failures: noted }),
  };
}

const mostAfter = (together: number | undefined, among: number): number =>
  together === undefined ? among : Math.max(1, Math.ceil(Math.min(among, together) / 2));

/**
 * So often in a row a message is spared because its consumer had others in hand, though it was to be handled alone.
 * Then it is charged all the same, so that it comes to an end whatever its consumers make of that.
 */
const SPARED_AT_MOST = 3;

/**
 * Whom to blame for a lease of so many messages that ran out without a word. `beside`: how many others its consumer had
 * in hand when it asked for it; undefined if it did not say. Alone in its lease, the message may have died with one of
 * those, or of what came after it. Only what was under suspicion, and handed out to a consumer with nothing else in
 * hand, which takes nothing beside it, has surely failed by itself.
 */
export function blameForSilence(
  { together, failures }: Pick<Span, "together" | "failures">,
  messages: number,
  beside: number | undefined,
): Blame {
  if (messages > 1 || beside === undefined) return { among: messages };
  if (together === undefined) return { beside };
  return beside === 0 || sparedInARow(failures) >= SPARED_AT_MOST ? "charged" : { beside };
}

/** A record that had no room for them says nothing: then it is not spared again. */
function sparedInARow(failures: readonly Failure[] | undefined): number {
  if (failures === undefined) return Infinity;
  const charged = failures.map(({ among }) => among === undefined).lastIndexOf(true);
  return failures.length - 1 - charged;
}

/** How many messages at the front may be handed out together. */
export function countTogether(spans: readonly Span[]): number {
  let count = 0;
  let most = Infinity;
  for (const { from, to, together = Infinity } of spans) {
    most = Math.min(most, together);
    if (count >= most) break;
    count = Math.min(most, count + to - from);
  }
  return count;
}

/** Whether one of them may be what its consumer fails by, so that no other messages should be beside it. */
export const isSuspect = (spans: readonly Span[]): boolean =>
  spans.some(({ together }) => together !== undefined);
