import { purgeDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { startRedrive } from "../../../lib/operations/manage/redrive-jobs.js";
import type { Deployment } from "../deployment.js";
import type { SubscriptionPlan, TopicPlan } from "../plan.js";
import type { Functions } from "./functions.js";

const EVERY_MS = 2_000;

/** Subscriptions in which a dead letter holds its key. */
export const holdingIn = ({ subscriptions }: TopicPlan): readonly SubscriptionPlan[] =>
  subscriptions.filter(({ settings }) => settings.deadLetter?.onDeadLetter === "hold");

/**
 * Once nothing goes wrong any more, an operator ends what keys hold for: sends it again, of which this waits for the
 * beginning, and then deletes it.
 */
export async function releaseHeld(
  deployment: Deployment,
  functions: Functions,
  topic: TopicPlan,
  phase: { readonly isOver: boolean },
): Promise<void> {
  for (const { name: subscription } of holdingIn(topic))
    await functions.invoke(
      "api",
      (engine) => startRedrive(engine, topic.name, subscription, { selection: { kind: "all" } }),
      `redrive all of ${subscription}`,
    );
  void purgeHeld(deployment, functions, topic, phase);
}

async function purgeHeld(
  { world }: Deployment,
  functions: Functions,
  topic: TopicPlan,
  phase: { readonly isOver: boolean },
): Promise<void> {
  await world.sleep(EVERY_MS);
  while (!phase.isOver) {
    for (const { name: subscription } of holdingIn(topic))
      await functions.invoke(
        "api",
        (engine) => purgeDeadLetters(engine, topic.name, subscription),
        `purge ${subscription}`,
      );
    await world.sleep(EVERY_MS);
  }
}
