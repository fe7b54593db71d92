import type { StartFrom } from "../../../lib/domain/subscription.js";
import {
  type StartReplay,
  cancelReplayJob,
  dryReplay,
  listReplayJobs,
  startReplay,
} from "../../../lib/operations/manage/replay-jobs.js";
import type { ChangeKind } from "../plan.js";
import { FILTERS } from "../filters.js";
import { type Change, untilDone } from "./change.js";

/** Has messages come again: all, those of a key, or that match, now and then slowly; or cancels the last replay. */
const replaySome: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const { world } = deployment;
  if (world.chance(0.2))
    return await untilDone(deployment, functions, `cancel replay of ${subscription}`, async (engine) => {
      const { items } = await listReplayJobs(engine, name, subscription, { limit: 1 });
      for (const { id } of items) await cancelReplayJob(engine, name, subscription, id);
    });
  const rate = world.pick([undefined, undefined, 2, 50]);
  const from = world.pick<Exclude<StartFrom, "latest">>(["earliest", { timeMs: world.nowMs - 200_000 }]);
  const selection = world.pick<StartReplay["selection"]>([
    {},
    {},
    { key: "a" },
    { filter: world.pick(FILTERS) },
  ]);
  const isDry = world.chance(0.1);
  await untilDone(deployment, functions, `replay to ${subscription}`, async (engine) => {
    const start = { from, selection, ...(rate === undefined ? {} : { ratePerSecond: rate }) };
    if (isDry) return void (await dryReplay(engine, name, subscription, start));
    await startReplay(engine, name, subscription, start);
  });
};

/** Has everything come again, so slowly that the job looks at one message at a time. */
const replaySlowly: Change = async (deployment, functions, { name }, { name: subscription }) => {
  const start = { from: "earliest", selection: {}, ratePerSecond: 2 } as const;
  await untilDone(deployment, functions, `replay to ${subscription}, slowly`, (engine) =>
    startReplay(engine, name, subscription, start),
  );
};

export const REPLAYS = { replay: replaySome, "slow-replay": replaySlowly } satisfies Partial<
  Record<ChangeKind, Change>
>;
