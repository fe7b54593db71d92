import { setTimeout as sleep } from "node:timers/promises";
import { type Deployed, withDeployment } from "./end-to-end/deployment.js";
import { untilDelivered } from "./end-to-end/outcomes.js";
import { type Delayed, Publisher } from "./end-to-end/publisher.js";
import { LONE, type Taken } from "./end-to-end/subscribers.js";
import { type Row, showGoals } from "./goals.js";
import { percentile, whole } from "./measure.js";
import type { BenchOptions } from "./options.js";

const DELAYS_SECONDS = [1, 90] as const;
const MESSAGES = 60;
const GAP_MS = 337;
const GOAL_MS = 2_000;
const WARM_UP = 10;

/** From the time when each message is due to its handler's first line, in ms; fewer than sent, if some did not come. */
async function latenesses(
  deployed: Deployed,
  publisher: Publisher,
  delaySeconds: number,
  messages = MESSAGES,
): Promise<readonly number[]> {
  const delayed = new Map<number, Delayed>();
  for (let sent = 0; sent < messages; sent++) {
    const one = await publisher.publishDelayed(delaySeconds);
    delayed.set(one.number, one);
    await sleep(GAP_MS);
  }
  await sleep(Math.max(0, ...[...delayed.values()].map(({ dueMs }) => dueMs - Date.now())));
  await untilDelivered(deployed, [LONE], new Set(delayed.keys()));
  const deliveries = (await deployed.deliveries(LONE)).map(({ taken }) => JSON.parse(taken) as Taken);
  return deliveries.flatMap(({ numbers, tookMs }) =>
    numbers.flatMap((number, index) => {
      const one = delayed.get(number);
      return one ? [one.sentAtMs + (tookMs[index] ?? Infinity) - one.dueMs] : [];
    }),
  );
}

function rowOf(delaySeconds: number, late: readonly number[]): Row {
  const [p50, p99] = [percentile(late, 0.5), percentile(late, 0.99)];
  const earliest = Math.min(...late);
  return {
    what: `a message every ${GAP_MS} ms, due in ${whole(delaySeconds)} s (${late.length} of ${MESSAGES} came)`,
    measured: `p50 ${whole(p50)}, p99 ${whole(p99)} ms; the earliest ${whole(earliest)} ms`,
    goal: `p99 ≤ ${whole(GOAL_MS)} ms, none early`,
    holds: late.length === MESSAGES && p99 <= GOAL_MS && earliest >= 0,
  };
}

/** How late delayed messages come to their handler, from the real stack on an emulator. */
export async function runDeployedTimers({ endpointUrl, delaysSeconds }: BenchOptions): Promise<boolean> {
  return await withDeployment(endpointUrl, async (deployed) => {
    const publisher = new Publisher(deployed);
    await latenesses(deployed, publisher, 1, WARM_UP);
    const rows: Row[] = [];
    for (const seconds of delaysSeconds.length > 0 ? delaysSeconds : DELAYS_SECONDS)
      rows.push(rowOf(seconds, await latenesses(deployed, publisher, seconds)));
    return showGoals(rows, [
      "the deployed stack on an AWS emulator; one subscription has a function pushed",
      "from the time when it is due, as the answer to its publish says, to the handler's first line, by one clock",
    ]);
  });
}
