import { setTimeout as sleep } from "node:timers/promises";
import { dispatch } from "../../lib/operations/push/dispatch.js";
import type { Engine } from "../../lib/operations/engine.js";
import { pump } from "../../lib/operations/push/pump.js";
import type { Meter } from "../../local/dynamodb-meter.js";
import type { CallCount } from "./call-count.js";
import { type Deployment, MINUTE_MS, publishTo } from "./deployment.js";

const EVERY_MS = 200;
const MESSAGES = 60;
/** From a put until the stream has its record at the dispatcher, and from an asynchronous invoke to its begin. */
const STREAM_MS = 60;
const INVOKE_MS = 15;
const HANDLER_MS = 5;

export interface Steady {
  readonly seconds: number;
  /** Pumps that were started, and those that got their lane. */
  readonly started: number;
  readonly billedMs: number;
  /** Of that, with no delivery under way. */
  readonly waitedMs: number;
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
  /** From the publish to the handler. */
  readonly tookMs: readonly number[];
}

/** Five messages a second, each of its own, as Lambda would run the functions: warm processes, one call in each. */
export async function steady(deployment: Deployment, count: CallCount, cost: Meter): Promise<Steady> {
  const { topic, starter, subscriber, names } = deployment;
  const idle: Engine[] = [];
  const running = new Set<Promise<void>>();
  const publishedAtMs: number[] = [];
  const tookMs: number[] = [];
  let [started, billedMs, handlerMs] = [0, 0, 0];
  for (const name of names)
    subscriber.handlers.set(name, async (messages) => {
      const atMs = performance.now();
      for (const _message of messages) tookMs.push(atMs - (publishedAtMs[tookMs.length] ?? atMs));
      await sleep(HANDLER_MS);
      handlerMs += performance.now() - atMs;
      return { kind: "answered", failedIds: new Set() };
    });
  const track = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  starter.handlers = {
    pump: (start) => {
      track(
        (async () => {
          await sleep(INVOKE_MS);
          started++;
          const engine = idle.pop() ?? deployment.process();
          const atMs = performance.now();
          const deadlineMs = engine.clock.nowMs() + MINUTE_MS;
          await count.as("pump", () => pump(engine, start, { deadlineMs }));
          billedMs += performance.now() - atMs;
          idle.push(engine);
        })(),
      );
    },
    clock: () => undefined,
  };
  const dispatcher = deployment.process();
  cost.take();
  cost.takeReads();
  const beganAtMs = performance.now();
  for (let number = 0; number < MESSAGES; number++) {
    await sleep(Math.max(0, beganAtMs + number * EVERY_MS - performance.now()));
    publishedAtMs.push(performance.now());
    const bell = await count.as("publisher", () => publishTo(deployment.engine, topic, 0));
    track(
      (async () => {
        await sleep(STREAM_MS);
        await count.as("dispatcher", () => dispatch(dispatcher, [bell]));
      })(),
    );
  }
  const seconds = (performance.now() - beganAtMs) / 1_000;
  while (running.size > 0) await Promise.all(running);
  starter.handlers = undefined;
  if (tookMs.length !== MESSAGES) throw new Error(`${tookMs.length} of ${MESSAGES} messages were delivered`);
  const [reads, writes] = [cost.takeReads(), cost.take()];
  return {
    seconds,
    started,
    billedMs,
    waitedMs: billedMs - handlerMs,
    reads,
    writes,
    messages: MESSAGES,
    tookMs,
  };
}
