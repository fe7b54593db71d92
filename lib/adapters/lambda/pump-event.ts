import type { PumpStart } from "../../domain/pump-start.js";

/**
 * The event that starts a pump. What is known of a subscription with a filter goes by a name of its own: a release that
 * knows no filters then looks the subscription up, and refuses it.
 */
export function pumpEventOf({ hints, ...ref }: PumpStart): object {
  if (hints?.known?.subscription.filter === undefined) return hints ? { ...ref, hints } : ref;
  const { known: filtered, ...others } = hints;
  return { ...ref, hints: { ...others, filtered } };
}
