import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import type { Process } from "../process.js";
import { lookAfterAll } from "./mark-worlds.js";
import type { SmallWorld } from "./small-world.js";
import { NAME, type Stage, TOPIC } from "./stage.js";

const COLD_MS = 12 * 60_000;
/** Then a change of a filter holds. */
const CHANGED_MS = 11_000;
const NOTHING = JSON.stringify({ tag: ["never"] });
/** What is published here has no tag. */
const ALL = JSON.stringify({ tag: [{ exists: false }] });
const PUSHED = { target: { type: "lambda", functionArn: "arn:fn:s" }, filter: NOTHING } as const;

const CREATED = JSON.stringify({ tag: ["created"] });

const changeTo =
  (filter: string) =>
  async (_stage: Stage, { engine }: Process): Promise<void> => {
    await changeSubscription(engine, TOPIC, NAME, { filter });
  };
/** Then all is wanted that was not before. */
const widens = changeTo(ALL);

/** A filter that changes while its consumers are at work. */
export const FILTER_WORLDS: Readonly<Record<string, SmallWorld>> = {
  "a pump that leaves out what is there, and an operator who changes its filter": {
    depth: 60,
    settings: PUSHED,
    unchanged: ["log", "segments"],
    before: { messages: 1, agoMs: 1_000 },
    actors: { "pump-1": (stage, one) => stage.pump(one), operator: widens },
  },
  "a consumer that has left out what is there, and an operator who changes its filter": {
    depth: 60,
    least: 4,
    settings: { filter: NOTHING },
    unchanged: ["segments"],
    before: { messages: 2, agoMs: 1_000 },
    actors: {
      consumer: async (stage, one) => {
        await stage.consume(one, 2);
        await stage.world.sleep(CHANGED_MS);
        await stage.wait(one, 1);
        stage.hasHandedOut(2);
      },
      operator: widens,
    },
  },
  "a consumer that knows a filter, and an operator who changes it": {
    depth: 60,
    least: 3,
    settings: { filter: ALL },
    unchanged: ["segments"],
    before: { messages: 1, agoMs: 1_000 },
    actors: {
      consumer: async (stage, one) => {
        await stage.consume(one, 2);
        await stage.world.sleep(CHANGED_MS);
        await stage.publish(stage.process("writer"), 1);
        await stage.consume(one, 2);
      },
      operator: changeTo(NOTHING),
    },
  },
  "a doorbell of what a filter wants, beside what it does not": {
    depth: 12,
    settings: { ...PUSHED, filter: CREATED },
    unchanged: ["settings", "segments"],
    actors: {
      writer: async (stage, one) => {
        await stage.publishTagged(one, ["created", "deleted"]);
        await stage.ring(stage.process("bell"));
      },
    },
  },
  "an operator who changes a filter in a cold topic, and the clock that looks after it": {
    depth: 60,
    settings: { filter: NOTHING },
    before: { messages: 1, agoMs: COLD_MS },
    actors: { operator: widens, clock: (_stage, one) => lookAfterAll(one) },
  },
};
