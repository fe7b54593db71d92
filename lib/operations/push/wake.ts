import type { PumpRef } from "../../domain/ports/starter.js";
import { nextOffset } from "../../domain/slot.js";
import { type Subscription, laneCount, subscriptionKey } from "../../domain/subscription.js";
import { type Topic, deliveryIsPaused } from "../../domain/topic.js";
import type { Instance } from "../engine.js";
import { cursorIn } from "../consume/known-cursors.js";

/** The clock's own name among the pump leases. */
export const CLOCK = "clock";
/** The rule starts the clock this often: a timer due sooner needs a clock that runs. */
export const CLOCK_EVERY_MS = 60_000;
const PAGE = 100;

export const laneName = ({ subscription, lane }: PumpRef): string =>
  `${subscriptionKey(subscription)}#${lane}`;

export const isPushable = (topic: Topic, { target, paused }: Subscription): boolean =>
  target.type !== "pull" && !paused && !deliveryIsPaused(topic);

/** With ordering the lanes divide the partitions; without, every lane serves them all. */
export function servedBy(
  topic: Topic,
  { maxConcurrency }: Subscription,
  lane: number,
): (partition: number) => boolean {
  const lanes = laneCount(maxConcurrency);
  return topic.ordering === "key" ? (partition) => partition % lanes === lane : () => true;
}

/**
 * Starts every pump of the subscription that is not at work. Whoever finds it at work rang before its last look at
 * the log.
 */
export async function startIdlePumps(instance: Instance, subscription: Subscription): Promise<void> {
  const { pumpLeases, starter, clock } = instance;
  const { topic, name, uid } = subscription;
  const lanes = Array.from({ length: laneCount(subscription.maxConcurrency) }, (_, lane) => lane);
  await Promise.all(
    lanes.map(async (lane) => {
      const ref: PumpRef = { subscription: { topic: { name: topic.name, uid: topic.uid }, name, uid }, lane };
      const heldUntilMs = await pumpLeases.heldUntilMs(laneName(ref));
      if (heldUntilMs === undefined || heldUntilMs <= clock.nowMs()) await starter.startPump(ref);
    }),
  );
}

/**
 * Every push subscription that may be delivered to now; a list that is read anew each time, since one may be a second
 * old.
 */
export async function pushSubscriptions(instance: Instance, topic: Topic): Promise<readonly Subscription[]> {
  const found: Subscription[] = [];
  let cursor: string | undefined;
  do {
    const page = await instance.subscriptions.list(topic, { limit: PAGE, ...(cursor ? { cursor } : {}) });
    found.push(...page.items.filter((subscription) => isPushable(topic, subscription)));
    cursor = page.nextCursor;
  } while (cursor);
  return found;
}

/**
 * Starts the idle pumps of a subscription after a change that gave it something to deliver. The change is done, whether
 * they start or not: where they do not, the sweep makes up for it.
 */
export async function wakeUp(instance: Instance, subscription: Subscription): Promise<void> {
  if (subscription.target.type === "pull" || subscription.paused) return;
  await asFarAsPossible(instance, fieldsOf(subscription), async () => {
    // One that was cached may still be paused, where the other of the two changes was made a moment ago.
    const topic = await instance.topics.get(subscription.topic.name);
    if (topic?.uid === subscription.topic.uid && isPushable(topic, subscription))
      await startIdlePumps(instance, subscription);
  });
}

/** The same for all subscriptions of a topic. */
export async function wakeUpAll(instance: Instance, topic: Topic): Promise<void> {
  await asFarAsPossible(instance, { topic: topic.name }, async () => {
    const pushed = await pushSubscriptions(instance, topic);
    await Promise.all(
      pushed.map((subscription) =>
        asFarAsPossible(instance, fieldsOf(subscription), () => startIdlePumps(instance, subscription)),
      ),
    );
  });
}

const fieldsOf = ({ topic, name }: Subscription) => ({ topic: topic.name, subscription: name });

async function asFarAsPossible(
  { telemetry }: Instance,
  fields: Readonly<Record<string, string>>,
  start: () => Promise<void>,
): Promise<void> {
  try {
    await start();
  } catch (error) {
    telemetry.event("wake-up-failed", "warn", { ...fields, error: String(error) });
  }
}

/** Whether the log goes on behind a head, or something is due: strongly consistent, so that no wake-up is lost. */
export async function hasWork(
  instance: Instance,
  topic: Topic,
  subscription: Subscription,
  serves: (partition: number) => boolean,
): Promise<boolean> {
  const { log, progress, clock } = instance;
  const [inUse, cursors, nextDueMs] = await Promise.all([
    log.partitionsInUse(topic),
    progress.cursors(subscription, { consistent: true }),
    progress.nextDueMs(subscription),
  ]);
  if (nextDueMs !== undefined && nextDueMs <= clock.nowMs()) return true;
  const behind = await Promise.all(
    inUse.filter(serves).map(async (partition) => {
      const { head } = cursorIn(subscription, partition, cursors.get(partition));
      const tail = await log.tail({ topic, partition });
      return tail !== undefined && nextOffset(tail) > head;
    }),
  );
  return behind.includes(true);
}

/**
 * Has the pumps woken when the subscription's next retry is due; sooner than the next minute with a clock of its own.
 */
export async function setWakeUp(instance: Instance, subscription: Subscription): Promise<void> {
  const { progress, timers, pumpLeases, starter, clock } = instance;
  const dueMs = await progress.nextDueMs(subscription);
  if (dueMs === undefined) return;
  const { topic, name, uid } = subscription;
  await timers.set({ dueMs, subscription: { topic: { name: topic.name, uid: topic.uid }, name, uid } });
  if (dueMs - clock.nowMs() > CLOCK_EVERY_MS) return;
  const heldUntilMs = await pumpLeases.heldUntilMs(CLOCK);
  if (heldUntilMs === undefined || heldUntilMs <= clock.nowMs()) await starter.startClock();
}
