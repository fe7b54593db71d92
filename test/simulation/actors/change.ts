import { SluiceError } from "../../../lib/domain/errors.js";
import type { Deployment } from "../deployment.js";
import type { SubscriptionPlan, TopicPlan } from "../plan.js";
import type { Ended, Functions } from "./functions.js";

/** Something that an operator does. */
export type Change = (
  deployment: Deployment,
  functions: Functions,
  topic: TopicPlan,
  subscription: SubscriptionPlan,
) => Promise<void>;

/** Tries again until it went through: an operator does not walk away from an error. */
export async function untilDone(
  { world }: Deployment,
  functions: Functions,
  what: string,
  work: Parameters<Functions["invoke"]>[1],
): Promise<void> {
  for (;;) {
    const ended = await functions.invoke("api", work, what);
    if (ended.kind === "answered" || isFinal(ended)) return;
    await world.sleep(world.between(200, 3_000));
  }
}

/** No later try would do: what it was about was deleted, say, by a request that landed late. */
const isFinal = (ended: Ended<unknown>): boolean =>
  ended.kind === "failed" && ended.error instanceof SluiceError && ended.error.retryAfterMs === undefined;
