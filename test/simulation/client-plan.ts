import type { ConsumerPlan } from "./actors/consumer.js";
import type { Plan } from "./plan.js";

const CONCURRENCY_UP_TO = 8;
const BATCH = 3;
const DEADLINES_SECONDS = [5, 8, 20] as const;
/** Handlers that outlast a deadline, fail, or die with their process. */
const TROUBLES = { late: 0.15, retries: 0.15, forgets: 0.02 } as const;

/**
 * The same where all that pulls are workers that consume through the client library. Not where nothing goes wrong:
 * there every message comes once, and a worker that stops gives back what its open poll still brings.
 */
export function withClients(plan: Plan): Plan {
  const quiet = new Set([...plan.calm, ...plan.failing]);
  const subscriptions = plan.topic.subscriptions.map((one) =>
    quiet.has(one.name) ? one : { ...one, pull: one.pull.map(throughClient) },
  );
  return { ...plan, topic: { ...plan.topic, subscriptions } };
}

function throughClient(plan: ConsumerPlan, index: number): ConsumerPlan {
  const { maxMessages } = plan;
  return {
    ...plan,
    ...TROUBLES,
    client: {
      concurrency: Math.min(CONCURRENCY_UP_TO, maxMessages),
      maxMessages: maxMessages > CONCURRENCY_UP_TO ? BATCH : 1,
      ackDeadlineSeconds: DEADLINES_SECONDS[index % DEADLINES_SECONDS.length] ?? 5,
    },
  };
}
