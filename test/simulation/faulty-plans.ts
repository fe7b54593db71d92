import { NO_FAULTS } from "./faults.js";
import type { Plan } from "./plan.js";
import { pull, small, withAttempts } from "./small-plan.js";

const WORKER = { concurrency: 4, maxMessages: 1, ackDeadlineSeconds: 5 } as const;
const cutOff = pull({ late: 0.7 });
const audit = pull();
/** Three consumers of one process, which are behind from the beginning. */
const together = {
  ...audit,
  pull: [audit.pull, audit.pull, audit.pull]
    .flat()
    .map((one) => ({ ...one, isEmbedded: true, thinkMs: 500 })),
};

/** The same, who settle what they got as they ask for more. */
const bringing = {
  ...together,
  pull: together.pull.map((one) => ({ ...one, settlesWithReceive: true, parts: 0.6, retries: 0.3 })),
};

/** Small runs with one kind of fault, which few seeds have at the place of a planted bug. Nobody is killed in them. */
export const FAULTY_PLANS: Readonly<Record<string, Plan>> = {
  "client: two workers, cut off while their handlers last": {
    ...small({
      publishes: 12,
      subscription: {
        ...cutOff,
        pull: [...cutOff.pull, ...cutOff.pull].map((one) => ({ ...one, client: WORKER })),
      },
    }),
    rates: { ...NO_FAULTS, coldStart: 0, lostRequest: 0.05 },
  },
  "pull: several in one process, behind, while requests get lost": {
    ...small({ publishes: 40, gapMs: 10, longGapMs: 10, subscription: together }),
    rates: { ...NO_FAULTS, coldStart: 0, lostRequest: 0.1 },
  },
  "pull: several in one process, behind, who settle as they ask for more, while requests get lost": {
    ...small({ publishes: 60, gapMs: 10, longGapMs: 10, subscription: bringing }),
    rates: { ...NO_FAULTS, coldStart: 0, lostRequest: 0.1 },
  },
  "client: two workers that settle as they ask for more, while requests get lost": {
    ...small({
      publishes: 30,
      gapMs: 20,
      longGapMs: 20,
      subscription: {
        ...audit,
        pull: [...audit.pull, ...audit.pull].map((one) => ({
          ...one,
          client: { ...WORKER, concurrency: 1, settlesWithReceive: true },
        })),
      },
    }),
    rates: { ...NO_FAULTS, coldStart: 0, lostRequest: 0.1, lostAnswer: 0.1 },
  },
  "operator: jobs over many dead letters, while processes stand still": {
    ...small({
      publishes: 40,
      batch: 3,
      gapMs: 20,
      longGapMs: 20,
      changes: 8,
      kinds: ["job"],
      subscription: withAttempts(1, pull({ rejects: 1 })),
    }),
    rates: { ...NO_FAULTS, coldStart: 0, frozen: 0.1 },
  },
  "schedules: changed again and again, while calls land late": {
    ...small({ publishes: 1, scheduleSteps: 40, subscription: pull() }),
    rates: { ...NO_FAULTS, coldStart: 0, lateLanding: 0.1, sentTwice: 0.1 },
  },
  "schedules: while clocks are set, and are apart": {
    ...small({ publishes: 1, scheduleSteps: 40, subscription: pull() }),
    rates: { ...NO_FAULTS, coldStart: 0.05, clockStep: 0.05 },
    clocksApart: true,
  },
};
