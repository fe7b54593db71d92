import type { Process } from "../process.js";
import type { SmallWorld } from "./small-world.js";
import type { Stage } from "./stage.js";

const LAMBDA = { target: { type: "lambda", functionArn: "arn:fn:s" }, maxConcurrency: 1 } as const;

/** What becomes of messages as their consumers say how it went: seeds seldom say it in just this order. */
export const SETTLE_WORLDS: Readonly<Record<string, SmallWorld>> = {
  "three leases that end together, of which one was given back": {
    depth: 60,
    least: 1,
    unchanged: ["settings", "log", "segments"],
    before: { messages: 3, agoMs: 1_000 },
    actors: {
      consumer: async (stage, one) => {
        const [first, second, third] = [
          await stage.take(one, 1),
          await stage.take(one, 1),
          await stage.take(one, 1),
        ];
        if (!first || !second || !third) return;
        await stage.giveBack(stage.process("other"), second);
        await Promise.all([first, second, third].map((taken) => stage.acknowledge(one, taken)));
      },
    },
  },
  "a consumer that acknowledges and rejects a message at once": {
    depth: 60,
    unchanged: ["settings", "log"],
    before: { messages: 2, agoMs: 1_000 },
    actors: {
      consumer: async (stage, one) => {
        const taken = await stage.take(one, 2);
        if (!taken) return;
        const first = { ...taken, handed: taken.handed.slice(0, 1) };
        await stage.contradict(one, stage.process("other thread"), first);
        await stage.acknowledge(one, { ...taken, handed: taken.handed.slice(1) });
      },
    },
  },
  "a message that was mended, and fails again": {
    depth: 60,
    least: 1,
    unchanged: ["settings", "log", "segments"],
    before: { messages: 1, agoMs: 1_000 },
    actors: {
      consumer: async (stage, one) => {
        const id = await rejectOne(stage, one);
        if (id === undefined) return;
        await stage.redrive(one, id, 1);
        await rejectOne(stage, one);
        await stage.redrive(one, id);
        await stage.consume(one, 1);
      },
    },
  },
  "a pump that knows all that it was started for, of which a message fails": {
    depth: 60,
    least: 1,
    settings: LAMBDA,
    unchanged: ["settings", "log", "segments"],
    failing: 1,
    before: { messages: 1, agoMs: 1_000 },
    actors: { "pump-1": (stage, one) => stage.pumpForNews(one) },
  },
};

/** Takes a message, rejects it, and looks on until it is a dead letter. Returns its id. */
async function rejectOne(stage: Stage, process: Process): Promise<string | undefined> {
  const taken = await stage.take(process, 1);
  if (!taken) return undefined;
  await stage.reject(process, taken);
  await stage.take(process, 1);
  return taken.handed[0]?.id;
}
