import { type Failure, withFailure } from "./failures.js";
import type { Span } from "./spans.js";

/**
 * Who is to blame for an attempt that failed. `charged`: the message itself. `spared`: nobody, since its consumer was
 * stopped. `returned`: nobody, and it was no attempt, since its consumer never took it. `among`: one of so many
 * messages, which failed together.
 */
export type Blame = "charged" | "spared" | "returned" | { readonly among: number };

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
  const among = typeof blame === "object" ? blame.among : undefined;
  const isAlone = blame === "charged" || (among !== undefined && among <= 1);
  const count = charged + (isAlone ? 1 : 0);
  const most = isAlone || among === undefined ? together : mostAfter(together, among);
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
