import type { Process } from "../process.js";
import type { SmallWorld } from "./small-world.js";
import type { Stage } from "./stage.js";

const LAMBDA = { target: { type: "lambda", functionArn: "arn:fn:s" }, maxConcurrency: 1 } as const;
/** Of whose pump the session ends ten seconds before its time does. */
const TWO_AT_A_TIME = {
  ...LAMBDA,
  maxConcurrency: 2,
  ackDeadlineSeconds: 10,
  batch: { maxMessages: 1, maxBytes: 1_000, windowSeconds: 0 },
};

const TURN_MS = 100;
/** What a delivery takes beside its turn, or a moment more. */
const AROUND_A_TURN_MS = 18;

const pumping = (stage: Stage, process: Process) => stage.pump(process);
const pumpingLater = async (stage: Stage, process: Process): Promise<void> => {
  await stage.world.sleep(5_000);
  await stage.pump(process);
};

/** A writer whose doorbell goes to the process that has just started the pump; `takes`: of its lane, by then. */
const writingAsItComes =
  (takes?: number) =>
  async (stage: Stage, one: Process): Promise<void> => {
    const bell = stage.process("bell");
    const { caches, clock } = bell.engine;
    caches.rungAtMs.set(stage.topicUid, clock.nowMs());
    caches.started.set(stage.lockName, { atMs: clock.nowMs(), ...(takes === undefined ? {} : { takes }) });
    await stage.publish(one, 1);
    await stage.ring(bell);
  };

/** Pumps of one subscription: beside each other, one after the other, and as they end. */
export const PUMP_WORLDS: Readonly<Record<string, SmallWorld>> = {
  "a pump and its successor": {
    depth: 60,
    settings: LAMBDA,
    unchanged: ["settings", "log", "segments"],
    before: { messages: 2, agoMs: 1_000 },
    actors: { "pump-1": pumping, "pump-2 (its clock is ahead)": pumping },
  },
  "a pump that is started twice": {
    depth: 60,
    settings: LAMBDA,
    unchanged: ["settings", "log", "segments"],
    before: { messages: 2, agoMs: 1_000 },
    actors: { "pump-1": pumping, "pump-2": pumping },
  },
  // The second one has delivered from one partition before the first one moves the head of the other.
  "a pump whose lane is taken while its handlers are at work": {
    depth: 60,
    settings: TWO_AT_A_TIME,
    partitions: 2,
    unchanged: ["settings", "log", "segments"],
    turnsMs: [40_000, 40_000, 1, 60_000],
    heardLate: 0,
    before: { messages: 1, agoMs: 1_000, isInEach: true },
    actors: {
      "pump-1": pumping,
      "pump-2 (its clock is ahead)": pumpingLater,
    },
  },
  // The second one moves the head past two deliveries. The first one, which is at work on the third by then, finds that
  // out as it commits the first, of so many messages that the commit waits for no more. (Its first two calls of the
  // subscriber arrive the other way round.)
  "a pump that loses a head its handler is ahead of": {
    depth: 60,
    least: 2,
    settings: { ...TWO_AT_A_TIME, batch: { maxMessages: 10, maxBytes: 100_000, windowSeconds: 0 } },
    unchanged: ["settings", "log", "segments"],
    turnsMs: [10_500, 10_000, 1, 60_000, 1, 60_000],
    heardLate: 0,
    before: { messages: 30, agoMs: 1_000 },
    actors: {
      "pump-1": pumping,
      "pump-2 (its clock is ahead)": pumpingLater,
    },
  },
  // Its handler takes a minute; what comes meanwhile, where nothing was before, has a place beside it.
  "a pump at work, and a writer who uses another partition": {
    depth: 60,
    least: 4,
    settings: TWO_AT_A_TIME,
    partitions: 2,
    unchanged: ["settings", "segments"],
    turnsMs: [60_000],
    heardLate: 0,
    before: { messages: 1, agoMs: 1_000 },
    actors: {
      "pump-1": pumping,
      writer: async (stage, one) => {
        await stage.world.sleep(5_000);
        await stage.publish(one, 1, 1);
        await stage.world.sleep(5_000);
        stage.hasHandedOut(2);
      },
    },
  },
  // The handler ends, and its pump with it, while the writer is at work.
  "a pump that ends, and a writer": {
    depth: 60,
    settings: LAMBDA,
    unchanged: ["settings", "segments"],
    turnsMs: [TURN_MS],
    before: { messages: 1, agoMs: 1_000 },
    actors: {
      "pump-1": pumping,
      writer: async (stage, one) => {
        await stage.world.sleep(TURN_MS + AROUND_A_TURN_MS);
        await stage.publish(one, 1);
        await stage.ring(stage.process("bell"));
      },
    },
  },
  "a pump that ends, and one that is started for what came meanwhile": {
    depth: 60,
    settings: LAMBDA,
    unchanged: ["settings", "segments"],
    before: { messages: 1, agoMs: 1_000 },
    actors: {
      "pump-1": async (stage, one) => await stage.pumpForNews(one),
      "pump-2": async (stage, one) => {
        await stage.publish(stage.process("writer"), 1);
        await stage.pumpForNews(one);
      },
    },
  },
  "a pump that ends, and a doorbell that knows of it": {
    depth: 60,
    settings: LAMBDA,
    unchanged: ["settings", "segments"],
    before: { messages: 1, agoMs: 1_000 },
    actors: {
      "pump-1": async (stage, one) => await stage.pumpForNews(one),
      writer: async (stage, one) => {
        const bell = stage.process("bell");
        bell.engine.caches.rungAtMs.set(stage.topicUid, bell.engine.clock.nowMs());
        await stage.publish(one, 1);
        await stage.ring(bell);
      },
    },
  },
  // It finds nothing to do, so it may come and go between any two calls.
  "a pump on its way to a lane that nobody ever had, and a doorbell that counts on it": {
    depth: 60,
    settings: LAMBDA,
    unchanged: ["settings", "segments"],
    before: { messages: 1, agoMs: 1_000, areConsumed: true },
    actors: {
      "pump-1": async (stage, one) => await stage.pumpForNews(one),
      writer: writingAsItComes(),
    },
  },
  "a pump on its way to a lane that was asked for, and a doorbell that counts on it": {
    depth: 60,
    settings: LAMBDA,
    unchanged: ["settings", "segments"],
    before: { messages: 1, agoMs: 1_000, areConsumed: true },
    actors: {
      "pump-1": async (stage, one) => await stage.pumpForNews(one),
      writer: writingAsItComes(0),
    },
  },
  "a pump whose stragglers outlast it, and its successor": {
    depth: 60,
    settings: TWO_AT_A_TIME,
    unchanged: ["settings", "log", "segments"],
    pumpRunMs: 40_000,
    turnsMs: [150_000, 60_000],
    heardLate: 0,
    before: { messages: 3, agoMs: 1_000 },
    actors: { "pump-1": pumping },
  },
  // Each of the two deliveries at a time is a lane of its own. The first lane has taken the next two messages as its
  // second handler begins, which lasts longer than a lease.
  "a lane that waits for a handler with a block in its hands": {
    depth: 60,
    settings: TWO_AT_A_TIME,
    laneWidth: 1,
    unchanged: ["settings", "log", "segments"],
    turnsMs: [1, 100_000, 1],
    heardLate: 0,
    pumpRunMs: 200_000,
    before: { messages: 4, agoMs: 1_000 },
    actors: {
      "pump-1": pumping,
      "pump-2": async (stage, process) => {
        await stage.world.sleep(90_000);
        await stage.pump(process, 1);
      },
    },
  },
  "a handler that ends as the time of its pump does": {
    depth: 60,
    settings: TWO_AT_A_TIME,
    unchanged: ["settings", "log", "segments"],
    pumpRunMs: 40_000,
    turnsMs: [29_900, 31_000],
    heardLate: 3,
    before: { messages: 2, agoMs: 1_000 },
    actors: { "pump-1": pumping },
  },
};
