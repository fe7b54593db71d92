import { lookAfter, lookOver } from "../../../lib/operations/clock/look-after.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import type { Process } from "../process.js";
import type { SmallWorld } from "./small-world.js";
import { NAME, type Stage, TOPIC } from "./stage.js";

const COLD_MS = 12 * 60_000;
const POLL_SECONDS = 20;

/** What the sweep does at each topic that has a mark. */
export const lookAfterAll = async ({ engine }: Process): Promise<void> => {
  const { items } = await engine.marks.list({ limit: 10 });
  for (const mark of items) await lookAfter(engine, mark);
};
/** What it does once a day. */
const lookOverIt = async ({ engine }: Process): Promise<void> => {
  const topic = await engine.topics.get(TOPIC);
  if (topic) await lookOver(engine, topic);
};
const writer = (stage: Stage, process: Process) => stage.publish(process, 1);
const clock = (_stage: Stage, process: Process) => lookAfterAll(process);

/** Topics in which nothing has come for a while, and what comes just then. */
export const MARK_WORLDS: Readonly<Record<string, SmallWorld>> = {
  "a writer behind a cold tail, and the clock that looks after its topic": {
    depth: 60,
    before: { messages: 1, agoMs: COLD_MS, areConsumed: true },
    actors: { writer, clock },
  },
  "a writer behind a cold tail, and a poll that waits": {
    depth: 60,
    before: { messages: 1, agoMs: COLD_MS, areConsumed: true, isLookedAfter: true },
    actors: { writer, poll: (stage, one) => stage.wait(one, POLL_SECONDS) },
  },
  "an operator who seeks in a cold topic, and the clock that looks after it": {
    depth: 60,
    before: { messages: 1, agoMs: COLD_MS, areConsumed: true },
    actors: {
      operator: (_stage, one) => seek(one.engine, TOPIC, NAME, "earliest").then(() => undefined),
      clock,
    },
  },
  "a writer into a partition that holds nothing any more, and the clock that retires its anchor": {
    depth: 60,
    before: { messages: 1, agoMs: 4 * 3_600_000, areConsumed: true, isGone: true },
    actors: { writer, clock: (_stage, one) => lookOverIt(one) },
  },
  "a consumer that takes the last message, and the clock that looks after its topic": {
    depth: 60,
    least: 4,
    settings: { ackDeadlineSeconds: 1 },
    before: { messages: 1, agoMs: COLD_MS },
    actors: {
      vanishing: (stage, one) => stage.take(one, 2).then(() => undefined),
      clock,
    },
  },
};
