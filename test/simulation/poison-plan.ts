import { SUBSCRIPTION_DEFAULTS } from "../../lib/domain/subscription.js";
import { NO_FAULTS } from "./faults.js";
import type { Plan } from "./plan.js";
import type { World } from "./world.js";

const SUBSCRIPTION = "s0";
const ATTEMPTS = [1, 2, 3] as const;
const WORKERS = { concurrency: [3, 8], maxMessages: 1, ackDeadlineSeconds: 10 } as const;
const DILIGENT = { forgets: 0, late: 0, twice: 0, parts: 0, retries: 0, rejects: 0, extends: 0 } as const;
const BATCH = 6;
/**
 * Workers that take one message as another ends, and are ended by some bodies. Nothing else goes wrong, so that none
 * but those messages may be charged.
 */
export function withPoison(world: World, plan: Plan): Plan {
  const { name, ordering, partitions, retentionSeconds, producers } = plan.topic;
  const client = { ...WORKERS, concurrency: world.pick(WORKERS.concurrency) };
  const retry = { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: world.pick(ATTEMPTS) };
  const names = { topic: name, subscription: SUBSCRIPTION };
  const consumer = {
    ...names,
    ...DILIGENT,
    maxMessages: 1,
    thinkMs: world.pick([200, 800, 2_000]),
    client,
  };
  return {
    rates: NO_FAULTS,
    clocksApart: false,
    calm: [],
    failing: [],
    poisoned: SUBSCRIPTION,
    topic: {
      ...{ name, ordering, partitions, retentionSeconds, changes: 0 },
      producers: producers.map(({ name: producer, keys, gapMs, publishes }) => ({
        ...{ name: producer, topic: name, gapMs },
        keys: ordering === "key" ? ["a", "b", "c", "d", "e", "f"] : keys,
        ...{ publishes: publishes + 4, batch: BATCH, longGapMs: world.between(3_000, 50_000) },
        ...{ bigShare: 0, expiringShare: 0 },
      })),
      subscriptions: [
        {
          name: SUBSCRIPTION,
          from: "earliest",
          settings: { ackDeadlineSeconds: WORKERS.ackDeadlineSeconds, retry },
          push: undefined,
          pull: Array.from({ length: world.between(1, 2) }, () => consumer),
        },
      ],
    },
  };
}
