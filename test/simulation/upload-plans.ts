import type { UploaderPlan } from "./actors/uploader.js";
import { NO_FAULTS } from "./faults.js";
import type { Plan } from "./plan.js";
import { pull, push, small, withAttempts } from "./small-plan.js";
import type { World } from "./world.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAY_SECONDS = 86_400;

const UPLOADER: UploaderPlan = {
  ...{ name: "u", topic: "orders", uploads: 5, keys: [], gapMs: 2_000, waitsMs: 4_000, smallShare: 0.3 },
  ...{ unusedShare: 0.1, againShare: 0.5, againWithinMs: 5_000, namedShare: 0.5 },
  ...{ delayedShare: 0, delaySeconds: 5, beyondShare: 0 },
};

/** The same with somebody who uploads bodies, and publishes them. */
function uploading(given: Partial<UploaderPlan>, plan: Plan): Plan {
  const keys = plan.topic.ordering === "key" ? ["a", "b"] : [];
  const uploader = { ...UPLOADER, keys, ...given };
  return {
    ...plan,
    ...(uploader.delayedShare > 0 ? { hasDelays: true as const } : {}),
    hasDedup: true,
    topic: { ...plan.topic, uploaders: [uploader] },
  };
}

/** Small runs that upload: whoever makes a call is killed at each of them. */
export const UPLOAD_PLANS: Readonly<Record<string, Plan>> = {
  "uploads: published again and at once, pulled, and some die": uploading(
    {},
    small({ publishes: 1, subscription: withAttempts(1, pull({ retries: 0.3, rejects: 0.3 })) }),
  ),
  "uploads: ordered and pushed, some delayed, while messages are erased": uploading(
    { delayedShare: 0.5, smallShare: 0.2 },
    small({
      ...{ publishes: 1, ordering: "key", partitions: 2, erasures: 5 },
      subscription: push(2, { failsSome: 0.3 }),
    }),
  ),
};

const lasting = { retentionSeconds: 30 * DAY_SECONDS, onDeadLetter: "release" } as const;
const dying = withAttempts(1, pull({ rejects: 0.6 }));

/** The same with faults, or for days: nobody is killed at each call of theirs. */
export const FAULTY_UPLOAD_PLANS: Readonly<Record<string, Plan>> = {
  "uploads: while calls are lost, land late or come twice": {
    ...uploading(
      { uploads: 20, gapMs: 10_000, delayedShare: 0.3 },
      small({ publishes: 1, erasures: 8, subscription: pull({ retries: 0.2 }) }),
    ),
    rates: {
      ...NO_FAULTS,
      lostRequest: 0.05,
      lostAnswer: 0.1,
      lateLanding: 0.05,
      sentTwice: 0.1,
      killed: 0.01,
    },
  },
  "uploads: published late, or never, and deleted as unused; dead letters are kept for longer": {
    ...uploading(
      {
        ...{
          uploads: 12,
          gapMs: 2 * HOUR_MS,
          waitsMs: 3 * DAY_MS,
          unusedShare: 0.3,
          againWithinMs: 3 * DAY_MS,
        },
        ...{ delayedShare: 0.4, delaySeconds: 4 * DAY_SECONDS, beyondShare: 0.2 },
      },
      small({
        publishes: 1,
        subscription: { ...dying, settings: { ...dying.settings, deadLetter: lasting } },
      }),
    ),
    takesDays: true,
  },
};

/** Some of the runs. */
export const UPLOADED: readonly number[] = [32, 43, 55];
export const UPLOADED_OF = 61;

/** The same with producers that upload: then what is strictly looked at may be disturbed. */
export function withUploads(world: World, plan: Plan): Plan {
  if (plan.topic.services || plan.topic.schema) return plan;
  const given = {
    uploads: world.between(3, 12),
    gapMs: world.pick([400, 5_000, 60_000]),
    waitsMs: world.pick([500, 30_000, HOUR_MS]),
    smallShare: world.pick([0, 0.3, 0.7]),
    namedShare: world.pick([0, 0.5, 1]),
    againWithinMs: world.pick([1_000, 400_000]),
    delayedShare: world.pick([0, 0, 0.4]),
    delaySeconds: world.pick([5, 300]),
  };
  const uploads = uploading(given, { ...plan, calm: [], failing: [] });
  const erasers = world.chance(0.5) ? { erasers: [{ erasures: world.between(2, 6), gapMs: 8_000 }] } : {};
  return { ...uploads, topic: { ...uploads.topic, ...erasers } };
}
