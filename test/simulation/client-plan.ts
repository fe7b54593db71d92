import type { ConsumerPlan } from "./actors/consumer.js";
import type { Plan } from "./plan.js";

const CONCURRENCY_UP_TO = 8;
const BATCH = 3;
const DEADLINES_SECONDS = [5, 8, 20] as const;
/** Where anything may go wrong: handlers that outlast a deadline, fail, or die with their process. */
const TROUBLES = { late: 0.15, retries: 0.15, forgets: 0.02 } as const;

/** The same where all that pulls are workers that consume through the client library. */
export function withClients(plan: Plan): Plan {
  const quiet = new Set([...plan.calm, ...plan.failing]);
  const subscriptions = plan.topic.subscriptions.map((one) => ({
    ...one,
    pull: one.pull.map((consumer, index) => throughClient(consumer, index, quiet.has(one.name))),
  }));
  return { ...plan, topic: { ...plan.topic, subscriptions } };
}

function throughClient(plan: ConsumerPlan, index: number, isQuiet: boolean): ConsumerPlan {
  const { maxMessages } = plan;
  return {
    ...plan,
    ...(isQuiet ? {} : TROUBLES),
    client: {
      concurrency: Math.min(CONCURRENCY_UP_TO, maxMessages),
      maxMessages: maxMessages > CONCURRENCY_UP_TO ? BATCH : 1,
      ackDeadlineSeconds: isQuiet ? 20 : (DEADLINES_SECONDS[index % DEADLINES_SECONDS.length] ?? 5),
    },
  };
}
