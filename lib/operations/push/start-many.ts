import type { Subscription } from "../../domain/subscription.js";
import type { Engine } from "../engine.js";
import { type Starting, startIdlePump } from "./start-pumps.js";

/** Subscriptions that are asked before the others are judged by them. */
const SAMPLE = 8;
/** A start in vain costs as much as to ask for so many pumps: an invocation and two writes beside a small read. */
const ASKED_FOR_A_START = 16;
/** A pump that was found at work is likely to be at it a moment later. */
const AT_WORK_FOR_MS = 60_000;

export interface Wanted {
  readonly subscription: Subscription;
  readonly starting: Starting;
}

/** One whose pump could not be started, or not be asked for. */
export interface NotStarted extends Wanted {
  readonly error: unknown;
}

/**
 * Starts the pumps of many subscriptions that are idle and wanted. Where next to none of those asked first has to be
 * left alone, the others are started without asking: a pump that finds its lane held knocks itself, and one that has
 * nothing to do ends at once. A failure keeps no other from starting.
 */
export async function startMany(engine: Engine, wanted: readonly Wanted[]): Promise<readonly NotStarted[]> {
  const failed: NotStarted[] = [];
  const start = async (one: Wanted): Promise<boolean> => {
    try {
      const { subscription, starting } = one;
      return await startIdlePump(engine, subscription, starting);
    } catch (error) {
      failed.push({ ...one, error });
      return true;
    }
  };
  const ask = async (some: readonly Wanted[]): Promise<number> => {
    const started = await Promise.all(some.map((one) => start(one)));
    some.forEach(({ subscription }, index) => remember(engine, subscription, started[index] === false));
    return started.filter((isStarted) => !isStarted).length;
  };
  const atWork = wanted.filter(({ subscription }) => wasAtWork(engine, subscription));
  const others = rotated(engine, wanted, new Set(atWork));
  await ask(atWork);
  let [asked, left] = [0, 0];
  for (let count = SAMPLE; others.length > 0; count *= 2) {
    if (asked > 0 && left * ASKED_FOR_A_START < asked) {
      await Promise.all(
        others.map(({ subscription, starting }) => start({ subscription, starting: unasked(starting) })),
      );
      break;
    }
    const some = others.splice(0, count);
    asked += some.length;
    left += await ask(some);
  }
  return failed;
}

const unasked = ({ hints, orOnItsWay = false }: Starting): Starting => ({
  ...(hints ? { hints } : {}),
  orOnItsWay,
  mayRun: false,
});

/** Begins anywhere, so that no subscription is always the sample. */
function rotated(engine: Engine, wanted: readonly Wanted[], without: ReadonlySet<Wanted>): Wanted[] {
  const others = wanted.filter((one) => !without.has(one));
  const from = others.length > SAMPLE ? engine.random.below(others.length) : 0;
  return [...others.slice(from), ...others.slice(0, from)];
}

function wasAtWork({ caches, clock }: Engine, { uid }: Subscription): boolean {
  const atMs = caches.atWorkAtMs.get(uid);
  return atMs !== undefined && Math.abs(clock.nowMs() - atMs) < AT_WORK_FOR_MS;
}

function remember({ caches, clock }: Engine, { uid }: Subscription, isAtWork: boolean): void {
  if (isAtWork) caches.atWorkAtMs.set(uid, clock.nowMs());
  else caches.atWorkAtMs.delete(uid);
}
