import { setTimeout as sleep } from "node:timers/promises";
import type { Deployed } from "./deployment.js";
import type { Taken } from "./subscribers.js";

const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 500;

/** What became of numbered messages at one subscriber. */
export interface Outcome {
  readonly subscriber: string;
  readonly delivered: number;
  readonly lost: number;
  readonly twice: number;
  readonly deliveries: number;
  readonly lastAtMs: number;
  readonly tookMs: readonly number[];
}

/** Waits until each of the subscribers has all of `wanted`, or the patience is over. */
export async function untilDelivered(
  deployed: Deployed,
  subscribers: readonly string[],
  wanted: ReadonlySet<number>,
): Promise<readonly Outcome[]> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const now = await Promise.all(subscribers.map((one) => outcomeOf(deployed, one, wanted)));
    if (now.every(({ lost }) => lost === 0) || Date.now() > untilMs) return now;
    await sleep(LOOK_EVERY_MS);
  }
}

async function outcomeOf(
  deployed: Deployed,
  subscriber: string,
  wanted: ReadonlySet<number>,
): Promise<Outcome> {
  const taken = (await deployed.deliveries(subscriber))
    .map(({ at, taken }) => ({ at, ...(JSON.parse(taken) as Taken) }))
    .filter(({ numbers }) => numbers.some((number) => wanted.has(number)));
  const numbers = taken.flatMap((one) => one.numbers).filter((number) => wanted.has(number));
  const delivered = new Set(numbers).size;
  return {
    subscriber,
    delivered,
    lost: wanted.size - delivered,
    twice: numbers.length - delivered,
    deliveries: taken.length,
    lastAtMs: Math.max(0, ...taken.map(({ at }) => at)),
    tookMs: taken.flatMap((one) => one.tookMs.filter((_, index) => wanted.has(one.numbers[index] ?? -1))),
  };
}
