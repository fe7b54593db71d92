import { STORE_NAMES } from "../../lib/adapters/memory/ports.js";
import type { MemoryClock } from "../../lib/adapters/memory/clock.js";
import type { Random } from "../../lib/domain/ports/random.js";
import type { CostChecker } from "../simulation/checkers/cost-checker.js";
import type { Ports } from "../../lib/operations/engine.js";

const STORES = [...STORE_NAMES, "starter", "subscriber"] as const;
type Store = (typeof STORES)[number];
/** Methods that only count: there is nothing to wait for. */
const SYNCHRONOUS = new Set<string | symbol>(["limitBytes", "sizeBytes"]);

/** One call of a port, such as `log.append`. */
export interface PortCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Around = (call: PortCall, carryOut: () => Promise<unknown>) => Promise<unknown>;

/** The ports with something done around each call of a store: counted, delayed, failed. */
export function portsAround(ports: Ports, around: Around): Partial<Ports> {
  return Object.fromEntries(STORES.map((store) => [store, wrapped(store, ports[store], around)]));
}

const wrapped = (store: Store, port: object, around: Around): object =>
  new Proxy(port, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function" || SYNCHRONOUS.has(key)) return value;
      return (...args: unknown[]) =>
        around(
          { name: `${store}.${String(key)}`, args },
          () => Reflect.apply(value, target, args) as Promise<unknown>,
        );
    },
  });

/** Keeps the names of the calls, in order. */
export function recording(calls: string[]): (ports: Ports) => Partial<Ports> {
  return (ports) =>
    portsAround(ports, ({ name }, carryOut) => {
      calls.push(name);
      return carryOut();
    });
}

/** Counts what the store would bill. */
export const billed =
  (cost: CostChecker) =>
  (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name, args }, carryOut) => {
      const [port = "", method = ""] = name.split(".");
      const outcome = await carryOut();
      cost.after({ port, method, args, carryOut }, outcome);
      return outcome;
    });

/** Stores that answer after a while, as long as chance will have it: who runs at once overtakes one another. */
export function slow(
  clock: MemoryClock,
  random: Random,
  { fromMs = 1, belowMs = 8 } = {},
): (ports: Ports) => Partial<Ports> {
  const half = (): number => (fromMs + random.below(belowMs - fromMs)) / 2;
  return (ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name.startsWith("subscriber.")) return await carryOut();
      await clock.sleep(half());
      const answer = await carryOut();
      await clock.sleep(half());
      return answer;
    });
}

/** A process that stands still from the first call that `when` names, for so long: none of its calls is made before. */
export function freezing(
  clock: MemoryClock,
  forMs: number,
  when: (name: string) => boolean,
): (ports: Ports) => Partial<Ports> {
  let untilMs: number | undefined;
  return (ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (when(name)) untilMs ??= clock.nowMs() + forMs;
      if (untilMs !== undefined) await clock.sleep(untilMs - clock.nowMs());
      return await carryOut();
    });
}

/** A process that is gone once `signal` is aborted: nothing of it is heard any more. */
export const until =
  (signal: AbortSignal) =>
  (ports: Ports): Partial<Ports> =>
    portsAround(ports, (_call, carryOut) => (signal.aborted ? new Promise(() => undefined) : carryOut()));

/** Moves the time on until `work` is done. @throws if that takes more than `withinMs`. */
export async function driven<T>(clock: MemoryClock, work: Promise<T>, withinMs = 600_000): Promise<T> {
  let isOver = false;
  const over = work.finally(() => (isOver = true));
  over.catch(() => undefined);
  const untilMs = clock.nowMs() + withinMs;
  while (!isOver && clock.nowMs() < untilMs) await clock.advance(DRIVE_STEP_MS);
  if (!isOver) throw new Error(`not done within ${withinMs} ms`);
  return await over;
}
const DRIVE_STEP_MS = 100;
