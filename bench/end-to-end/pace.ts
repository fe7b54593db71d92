import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "../goals.js";
import { fixed, keepBusy, median, percentile, perSecond, whole } from "../measure.js";
import type { Deployed } from "./deployment.js";
import { untilDelivered } from "./outcomes.js";
import type { Publisher } from "./publisher.js";
import { BARE, PUBLISHERS, SUBSCRIBERS } from "./subscribers.js";

export const PACE_MS = 20_000;
/** A pace is reached if no more than one in twenty publishes was left out. */
const REACHED = 0.95;

/** What is asked of a pace. */
export interface Wanted {
  readonly perSecond: number;
  readonly p50Ms: number;
}

export interface Paced {
  readonly perSecond: number;
  readonly answeredMs: readonly number[];
  readonly found: Awaited<ReturnType<typeof untilDelivered>>;
}

/** Single messages at a pace: past the queue first, then through it to each of the subscribers. */
export async function pace(
  deployed: Deployed,
  publisher: Publisher,
  wanted: Wanted,
): Promise<readonly Row[]> {
  const bare = await paced(deployed, wanted.perSecond, [BARE], () => publisher.publishBare());
  const ours = await paced(deployed, wanted.perSecond, SUBSCRIBERS, () => publisher.publish(1));
  const bareMs = p50(bare);
  const isReached = ours.perSecond >= REACHED * wanted.perSecond;
  return [
    {
      what: `${wanted.perSecond} a second, past the queue: an item, its stream, one function`,
      measured: inWords(bare),
      goal: "",
    },
    {
      what: `… through the queue, to each of ${SUBSCRIBERS.length}`,
      measured: inWords(ours),
      goal: `${wanted.perSecond} a second, p50 ${wanted.p50Ms} ms`,
      holds: isReached && p50(ours) <= wanted.p50Ms,
    },
    { what: "… p50, to that past the queue", measured: fixed(p50(ours) / bareMs), goal: "" },
  ];
}

/** Of the slowest subscriber. */
const p50 = ({ found }: Paced): number => Math.max(...found.map(({ tookMs }) => percentile(tookMs, 0.5)));

function inWords({ perSecond, answeredMs, found }: Paced): string {
  const all = found.flatMap(({ tookMs }) => tookMs);
  const faults = found.map(({ lost, twice }) => lost + twice).reduce((sum, one) => sum + one, 0);
  const p50s = found.map(({ tookMs }) => whole(percentile(tookMs, 0.5)));
  return [
    `${fixed(perSecond, 1)} a second reached, lost or twice: ${faults}`,
    `to the handler: p50 ${p50s.join(", ")} ms, p99 ${whole(percentile(all, 0.99))} ms`,
    `the request was answered after ${whole(median(answeredMs))} ms (p50)`,
  ].join("\n");
}

/**
 * A few publishers, each at its share of the pace. One that is late waits for its answer and leaves turns out: requests
 * without bound would have the emulator start functions without bound, and what is measured would be that.
 */
export async function paced(
  deployed: Deployed,
  pacePerSecond: number,
  subscribers: readonly string[],
  publish: () => Promise<readonly number[]>,
  forMs = PACE_MS,
): Promise<Paced> {
  const wanted = new Set<number>();
  const answeredMs: number[] = [];
  const everyMs = (PUBLISHERS * 1_000) / pacePerSecond;
  const startedMs = Date.now();
  const done = await keepBusy(PUBLISHERS, forMs, async (worker) => {
    const offsetMs = startedMs + (worker * everyMs) / PUBLISHERS;
    await sleep(everyMs - ((Date.now() - offsetMs + everyMs) % everyMs));
    const sentMs = Date.now();
    for (const number of await publish()) wanted.add(number);
    answeredMs.push(Date.now() - sentMs);
    return 1;
  });
  return {
    perSecond: perSecond(done),
    answeredMs,
    found: await untilDelivered(deployed, subscribers, wanted),
  };
}
