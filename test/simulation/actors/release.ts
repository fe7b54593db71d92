import { purgeDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { startRedrive } from "../../../lib/operations/manage/redrive-jobs.js";
import type { Deployment } from "../deployment.js";
import type { TopicPlan } from "../plan.js";
import type { Functions } from "./functions.js";

const EVERY_MS = 2_000;

/** Once nothing goes wrong any more, an operator ends what keys hold for: first sends it again, then deletes it. */
export async function releaseHeld(
  { world }: Deployment,
  functions: Functions,
  { name, subscriptions }: TopicPlan,
  phase: { readonly isOver: boolean },
): Promise<void> {
  const holding = subscriptions.filter(({ settings }) => settings.deadLetter?.onDeadLetter === "hold");
  for (let round = 0; holding.length > 0 && !phase.isOver; round++) {
    for (const { name: subscription } of holding) {
      if (round === 0)
        await functions.invoke(
          "api",
          (engine) => startRedrive(engine, name, subscription, { selection: { kind: "all" } }),
          `redrive all of ${subscription}`,
        );
      else
        await functions.invoke(
          "api",
          (engine) => purgeDeadLetters(engine, name, subscription),
          `purge ${subscription}`,
        );
    }
    await world.sleep(EVERY_MS);
  }
}
