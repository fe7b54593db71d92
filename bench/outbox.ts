import { withDeployment, type Deployed } from "./end-to-end/deployment.js";
import { PACE_MS, type Paced, paced } from "./end-to-end/pace.js";
import { Publisher } from "./end-to-end/publisher.js";
import { LONE, PUBLISHERS } from "./end-to-end/subscribers.js";
import { type Row, showGoals } from "./goals.js";
import { fixed, keepBusy, percentile, whole } from "./measure.js";
import type { BenchOptions } from "./options.js";

interface Wanted {
  readonly perSecond: number;
  readonly forMs: number;
}

/** Enough for a 99th percentile, as far as that can be had at one a second. */
const PACES: readonly Wanted[] = [
  { perSecond: 1, forMs: 3 * PACE_MS },
  { perSecond: 20, forMs: PACE_MS },
];
const GOAL_MS = 2_000;
const WARM_UP_MS = 6_000;
const PAGE = 1_000;
/** A pace is reached if no more than one in twenty transactions was left out. */
const REACHED = 0.95;

interface Sent {
  readonly number: number;
  readonly sentAtMs: number;
}

/** From before each transaction to the time of the slot that has its message, by the message's number. */
async function toTheLog({ queue }: Deployed, from: string): Promise<ReadonlyMap<number, number>> {
  const took = new Map<number, number>();
  for (let cursor = from; ;) {
    const { items, nextCursor } = await queue.read(LONE, { cursor, limit: PAGE });
    if (items.length === 0) return took;
    for (const { body, publishedAt } of items) {
      const { number, sentAtMs } = body as Sent;
      took.set(number, Date.parse(publishedAt) - sentAtMs);
    }
    cursor = nextCursor;
  }
}

const shown = (took: readonly number[]): string =>
  `p50 ${whole(percentile(took, 0.5))}, p99 ${whole(percentile(took, 0.99))} ms`;

function rowsOf({ perSecond }: Wanted, ours: Paced, logged: ReadonlyMap<number, number>): readonly Row[] {
  const [handled] = ours.found;
  const tookMs = handled?.tookMs ?? [];
  const inLog = [...logged.values()];
  const faults = (handled?.lost ?? 0) + (handled?.twice ?? 0);
  const isWhole = faults === 0 && tookMs.length > 0 && inLog.length === tookMs.length;
  const goal = `p99 ≤ ${whole(GOAL_MS)} ms`;
  return [
    {
      what: `${perSecond} transactions a second: to the log`,
      measured: shown(inLog),
      goal,
      holds: isWhole && percentile(inLog, 0.99) <= GOAL_MS,
    },
    {
      what: "… to the handler",
      measured: shown(tookMs),
      goal,
      holds: isWhole && percentile(tookMs, 0.99) <= GOAL_MS,
    },
    {
      what: "… reached; the transaction itself took; lost or twice",
      measured: `${fixed(ours.perSecond, 1)} a second; ${shown(ours.answeredMs)}; ${faults} of ${tookMs.length}`,
      goal: `${perSecond} a second, 0`,
      holds: faults === 0 && ours.perSecond >= REACHED * perSecond,
    },
  ];
}

/** How soon a message of a user's own transaction is in the log, and at its handler. */
export async function runOutbox({ endpointUrl }: BenchOptions): Promise<boolean> {
  return await withDeployment(endpointUrl, async (deployed) => {
    const publisher = new Publisher(deployed);
    const publish = (): Promise<readonly number[]> => publisher.publishByOutbox();
    await keepBusy(PUBLISHERS, WARM_UP_MS, async () => (await publish()).length);
    const rows: Row[] = [];
    for (const wanted of PACES) {
      const { nextCursor } = await deployed.queue.read(LONE, { from: "latest" });
      const ours = await paced(deployed, wanted.perSecond, [LONE], publish, wanted.forMs);
      rows.push(...rowsOf(wanted, ours, await toTheLog(deployed, nextCursor)));
    }
    return showGoals(rows, [
      "each transaction puts an item of its own and a message of 1 KB, one subscription has a function pushed",
      "from before the transaction: to the time of the message's slot, and to the handler's first line, by one clock",
      `at most ${PUBLISHERS} transactions in flight; what they cost is counted in docs/cost.md`,
    ]);
  });
}
