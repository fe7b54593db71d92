import { SluiceError } from "../../../lib/domain/errors.js";
import { findMessage } from "../../../lib/operations/manage/find-message.js";
import { traceMessage } from "../../../lib/operations/manage/trace-message.js";
import { LookUpChecker } from "../checkers/look-up-checker.js";
import type { Deployment } from "../deployment.js";
import type { Functions } from "./functions.js";

/** Somebody who looks messages up by their ids, and traces them. */
export interface LookerPlan {
  /** How long it stays away between two looks, at the most. */
  readonly gapMs: number;
  readonly looks: number;
}

const PAGE = { limit: 100 };
const HEALTHY_GAP_MS = 20_000;

export async function lookUp(
  deployment: Deployment,
  functions: Functions,
  { gapMs, looks }: LookerPlan,
  phase: { isOver: boolean; isHealthy: boolean },
): Promise<void> {
  const { world, monitor } = deployment;
  const lookUps = new LookUpChecker(world, monitor);
  for (let look = 0; look < looks && !phase.isOver;) {
    await world.sleep(world.between(1, phase.isHealthy ? Math.min(gapMs, HEALTHY_GAP_MS) : gapMs));
    const sought = lookUps.pick();
    if (!sought) continue;
    look++;
    const before = lookUps.openIn(sought);
    const ended = await functions.invoke(
      "api",
      (engine) =>
        world.chance(0.5)
          ? findMessage(engine, sought.id).then((message) => ({ message, items: [] }))
          : traceMessage(engine, sought.id, PAGE).then(({ message, subscriptions: { items } }) => ({
              message,
              items,
            })),
      `look up ${sought.id}`,
    );
    if (ended.kind === "answered") {
      lookUps.found(sought, ended.value.message);
      lookUps.traced(sought, before, ended.value.items);
    } else if (ended.kind === "failed" && ended.error instanceof SluiceError)
      lookUps.refused(sought, ended.error);
  }
}
