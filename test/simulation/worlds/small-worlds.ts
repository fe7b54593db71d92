import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { MemoryStorage } from "../../../lib/adapters/memory/storage.js";
import { parsePartitionKey } from "../../../lib/domain/topic.js";
import { TopicJustDeleted } from "../../../lib/domain/errors.js";
import { NOTHING_IN_FLIGHT_AFTER_MS, purgeGarbage } from "../../../lib/operations/clock/purge-garbage.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { deleteSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { EndChecker } from "../checkers/end-checker.js";
import type { Process } from "../process.js";
import type { World } from "../world.js";
import { ChoosingWorld, type Choose } from "./choosing-world.js";
import { type Explored, explore } from "./explore.js";
import { FILTER_WORLDS } from "./filter-worlds.js";
import { MARK_WORLDS, lookAfterAll } from "./mark-worlds.js";
import { PUMP_WORLDS } from "./pump-worlds.js";
import { SETTLE_WORLDS } from "./settle-worlds.js";
import type { SmallWorld } from "./small-world.js";
import { NAME, type Pushing, Stage, TOPIC } from "./stage.js";

const MINUTE_MS = 60_000;
const PATIENCE_MS = 6 * 3_600_000;
const PUMP_RUN_MS = 2 * MINUTE_MS;
const TOPIC_SETTINGS = { partitions: 1, retentionSeconds: 3_600 };
const SOON_MS = 500;
const HEARD_LATE = 2;

/** The process that published beforehand, with all that it remembers. */
const FIRST = "set-up";

const writer = (stage: Stage, process: Process) => stage.publish(process, 1);
const reader = async (stage: Stage, process: Process): Promise<void> => {
  await stage.consume(process, 2);
  await stage.consume(process, 2);
};
const purge = ({ engine }: Process) => purgeGarbage(engine, Infinity);
const writersAndReader = { "writer-1": writer, "writer-2": writer, reader };

export const SMALL_WORLDS: Readonly<Record<string, SmallWorld>> = {
  "two writers and a reader, on an empty log": { depth: 60, actors: writersAndReader },
  "two writers and a reader, on two empty partitions": {
    depth: 60,
    partitions: 2,
    actors: writersAndReader,
  },
  "two writers and a reader, behind a fresh tail": {
    depth: 60,
    before: { messages: 1, agoMs: MINUTE_MS },
    actors: writersAndReader,
  },
  "two writers and a reader, behind a tail with 20 minutes to live": {
    depth: 60,
    before: { messages: 1, agoMs: 40 * MINUTE_MS },
    actors: writersAndReader,
  },
  "two writers and a reader, behind a tail with 2 minutes to live": {
    depth: 60,
    before: { messages: 1, agoMs: 58 * MINUTE_MS },
    actors: writersAndReader,
  },
  "a writer before and one behind a tail's last minute, by their clocks": {
    depth: 60,
    before: { messages: 1, agoMs: 59 * MINUTE_MS + 30_000 },
    actors: { "writer-1": writer, "writer-2 (its clock is ahead)": writer },
  },
  "a writer that knows a tail which has expired, and another": {
    depth: 60,
    before: { messages: 1, agoMs: 70 * MINUTE_MS },
    actors: { [FIRST]: writer, "writer-2": writer },
  },
  "two consumers of one cursor": {
    depth: 60,
    before: { messages: 3, agoMs: 1_000 },
    actors: {
      "consumer-1": (stage, one) => stage.consume(one, 1).then(() => undefined),
      "consumer-2": reader,
    },
  },
  "a consumer whose lease runs out, and the next one": {
    depth: 60,
    settings: { ackDeadlineSeconds: 1 },
    before: { messages: 2, agoMs: 1_000 },
    actors: {
      slow: (stage, one) => stage.consume(one, 2).then(() => undefined),
      "next (its clock is ahead)": reader,
    },
  },
  "a consumer that vanishes, the next one, and an operator who seeks": {
    depth: 60,
    settings: { ackDeadlineSeconds: 1 },
    before: { messages: 2, agoMs: 1_000 },
    actors: {
      vanishing: (stage, one) => stage.take(one, 2).then(() => undefined),
      operator: (_stage, one) => seek(one.engine, TOPIC, NAME, "earliest").then(() => undefined),
      "next (its clock is ahead)": reader,
    },
  },
  "a consumer, an operator who deletes its subscription, and the clock": {
    depth: 60,
    before: { messages: 2, agoMs: 1_000 },
    actors: {
      consumer: (stage, one) => stage.consume(one, 2).then(() => undefined),
      operator: (_stage, one) => deleteSubscription(one.engine, TOPIC, NAME),
      clock: (_stage, one) => purge(one),
    },
  },
  "a writer that knows a topic, and operators who delete it and make it anew": {
    depth: 60,
    least: 1,
    before: { messages: 1, agoMs: 1_000 },
    actors: {
      [FIRST]: async (stage, one) => {
        await writer(stage, one);
        await stage.world.sleep(SOON_MS);
        await writer(stage, one);
      },
      deletes: async (_stage, { engine }) => {
        await deleteSubscription(engine, TOPIC, NAME);
        await deleteTopic(engine, TOPIC);
      },
      "makes it anew (its clock is ahead)": async ({ world }, one) => {
        await world.sleep(SOON_MS / 2);
        await makeAnew(world, one);
      },
    },
  },
  ...PUMP_WORLDS,
  ...MARK_WORLDS,
  ...FILTER_WORLDS,
  ...SETTLE_WORLDS,
};

const RUNS_AT_MOST = 60_000;

/** Every interleaving of one small world, down to its depth; up to the first that breaks a promise. */
export async function exploreWorld(name: string): Promise<Explored> {
  const world = SMALL_WORLDS[name];
  if (!world) throw new Error(`there is no small world "${name}": ${Object.keys(SMALL_WORLDS).join("; ")}`);
  return await explore((choose) => once(world, choose), { depth: world.depth, runsAtMost: RUNS_AT_MOST });
}

async function once(
  given: SmallWorld,
  choose: Choose,
): Promise<{ isPruned: boolean; violation: string | undefined }> {
  const { settings = {}, partitions = 1, unchanged = [], before, actors } = given;
  let isStaged = false;
  const world = new ChoosingWorld((choices) => (isStaged ? choose(choices) : choices[0]));
  const stage = new Stage(world, pushingOf(given));
  await during(world, setUp(stage, { settings, partitions, before }));
  isStaged = true;
  world.unchanged = new Set(unchanged);
  world.heardLate = given.heardLate ?? HEARD_LATE;
  const works = Object.entries(actors).map(([name, act]) =>
    act(stage, stage.process(name, isAhead(name) ? 2 * MINUTE_MS : 0)),
  );
  await during(
    world,
    Promise.all(works).then(() => stage.pumpsEnd()),
  );
  isStaged = false;
  world.unchanged = new Set();
  if (settings.target) nothingIsLeft(stage);
  if (given.failing) somebodyComesFor(stage);
  if (!world.isPruned) await drain(stage, settings);
  return { isPruned: world.isPruned, violation: world.violations[0] };
}

const isAhead = (name: string): boolean => name.includes("ahead");

function pushingOf(world: SmallWorld): Pushing {
  const { settings, turnsMs = [], failing = 0, pumpRunMs = PUMP_RUN_MS, laneWidth, actors } = world;
  const maxConcurrency = settings?.target ? (settings.maxConcurrency ?? 1) : 0;
  const areClocksApart = Object.keys(actors).some(isAhead);
  return { maxConcurrency, turnsMs, failing, pumpRunMs, laneWidth, areClocksApart };
}

/** Pumps that end leave nothing behind but what has a lease, or waits for its time. */
function nothingIsLeft({ world, deployment: { monitor } }: Stage): void {
  if (world.isPruned || world.violations.length > 0) return;
  const left = monitor.live().flatMap((watched) => {
    const held = monitor.held(watched);
    return monitor.open(watched).filter(({ id }) => !held.has(id));
  });
  if (left.length > 0)
    world.violation("promptness", `${left.length} messages lie there, with nobody at work`);
}

/** For what waits for its time there is a timer: to wait for the sweep would be late. */
function somebodyComesFor({ world, deployment: { monitor, storage } }: Stage): void {
  if (world.isPruned || world.violations.length > 0) return;
  const timed = new Set(
    [...storage.timers.values()].flatMap((timer) => ("topic" in timer ? [] : [timer.subscription.uid])),
  );
  for (const watched of monitor.live())
    if (monitor.left(watched) > 0 && !timed.has(watched.subscription.uid))
      world.violation("promptness", "a message waits for another attempt, and nobody will come for it");
}

async function setUp(
  stage: Stage,
  {
    settings,
    partitions,
    before,
  }: { [Name in "settings" | "partitions" | "before"]: SmallWorld[Name] | undefined },
): Promise<void> {
  const process = stage.process(FIRST);
  await putTopic(process.engine, TOPIC, { ...TOPIC_SETTINGS, ...(partitions ? { partitions } : {}) });
  await putSubscription(process.engine, TOPIC, NAME, { ...settings, from: "earliest" });
  if (!before) return;
  const inEach = Array.from({ length: partitions ?? 1 }, (_, partition) => partition);
  if (before.isInEach)
    for (const partition of inEach) await stage.publish(process, before.messages, partition);
  else await stage.publish(process, before.messages);
  if (before.areConsumed) await stage.consume(process, before.messages);
  await stage.world.sleep(Math.max(1_000, before.agoMs));
  if (before.isGone) dropSlots(stage.deployment.storage);
  if (before.isLookedAfter) await lookAfterAll(process);
}

function dropSlots(storage: MemoryStorage): void {
  for (const [key, slots] of storage.logs) {
    const partition = parsePartitionKey(key);
    for (const { base } of [...slots]) if (partition) storage.removeSlot(partition, base);
  }
}

/** As soon as its name is free again. */
async function makeAnew(world: World, { engine }: Process): Promise<void> {
  for (;;) {
    try {
      await putTopic(engine, TOPIC, TOPIC_SETTINGS);
      break;
    } catch (error) {
      if (!(error instanceof TopicJustDeleted)) throw error;
      await world.sleep(error.retryAfterMs);
    }
  }
  await putSubscription(engine, TOPIC, NAME, { from: "earliest" });
}

/** Once all is quiet, somebody takes what is left: then nothing may be missing. */
async function drain(stage: Stage, settings: Partial<SubscriptionSettings>): Promise<void> {
  const { world, deployment } = stage;
  const last = stage.process("last", 0);
  const work = async (): Promise<void> => {
    await purge(last);
    if (deployment.storage.garbage.size > 0) await world.sleep(NOTHING_IN_FLIGHT_AFTER_MS + MINUTE_MS);
    await purge(last);
    for (let round = 0; round < 20 && !deployment.monitor.isDrained(); round++) {
      await world.sleep(MINUTE_MS);
      if (settings.target) await stage.pump(last);
      else await stage.consume(last, 10);
    }
  };
  await during(world, work());
  if (world.violations.length === 0) new EndChecker(world, deployment.storage, deployment.monitor).check();
}

async function during(world: ChoosingWorld, work: Promise<unknown>): Promise<void> {
  let isOver = false;
  work.then(
    () => (isOver = true),
    (error: unknown) => {
      world.crashed(error);
    },
  );
  await world.runUntil(world.nowMs + PATIENCE_MS, () => isOver);
  if (!isOver && !world.isPruned && world.violations.length === 0)
    world.violation("progress", "it never ended");
}
