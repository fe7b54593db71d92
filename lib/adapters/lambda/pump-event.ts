import type { PumpStart } from "../../domain/pump-start.js";
import type { Topic } from "../../domain/topic.js";

/**
 * The event that starts a pump. What is known of a subscription with a filter, or whose keys hold, goes by a name of
 * its own: a release that knows no filters, or no holds, then looks the subscription up, and refuses it.
 */
export function pumpEventOf({ hints, ...ref }: PumpStart): object {
  if (!hints) return ref;
  const { known, ...others } = hints;
  return { ...ref, hints: known ? { ...others, [nameFor(known)]: withoutSchema(known) } : others };
}

/** Which may be long, and concerns publishers only. */
function withoutSchema<T extends { readonly topic: Topic }>({ topic, ...known }: T) {
  const { schema: _, ...kept } = topic;
  return { ...known, topic: kept };
}

function nameFor({ subscription: { filter, deadLetter } }: KnownReader): string {
  if (deadLetter.onDeadLetter === "hold") return "holding";
  return filter === undefined ? "known" : "filtered";
}

type KnownReader = Pick<NonNullable<NonNullable<PumpStart["hints"]>["known"]>, "subscription">;
