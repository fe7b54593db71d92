import type { Deployment } from "../deployment.js";
import { ClientWorker, type Phase } from "./client-worker.js";
import type { ConsumerPlan, WorkerPlan } from "./consumer.js";
import type { Functions } from "./functions.js";

const PAUSE_UP_TO_MS = 240_000;
const RESTART_UP_TO_MS = 10_000;

/** Workers one after the other: each ends when it is killed, or is stopped when nothing comes for a while. */
export async function clientWorkers(
  deployment: Deployment,
  functions: Functions,
  plan: ConsumerPlan & { readonly client: WorkerPlan },
  name: string,
  phase: Readonly<Phase>,
): Promise<void> {
  const { world } = deployment;
  for (let number = 1; !phase.isOver; number++) {
    const worker = new ClientWorker(deployment, functions, plan, `${name}.${number}`, phase);
    await worker.run();
    await world.sleep(world.between(1, worker.isDead ? RESTART_UP_TO_MS : PAUSE_UP_TO_MS));
  }
}
