import { setTimeout as sleep } from "node:timers/promises";
import type { Doorbell } from "../../lib/domain/pump-start.js";
import type { Engine } from "../../lib/operations/engine.js";
import { dispatch } from "../../lib/operations/push/dispatch.js";
import { pump } from "../../lib/operations/push/pump.js";
import type { CallCount } from "./call-count.js";
import { type Deployment, MINUTE_MS, publishTo } from "./deployment.js";

const MESSAGES = 200;
const EVERY_MS = 15;
const STREAM_MS = 60;
/** From an asynchronous invoke to the first line of a new process, and of a warm one. */
const COLD_MS = 800;
const WARM_MS = 15;
const HANDLER_MS = 5;

export interface Burst {
  readonly messages: number;
  /** Pumps that were started, and the processes that ran them. */
  readonly started: number;
  readonly processes: number;
}

/**
 * Messages that come one by one where no process runs. Each doorbell goes to one dispatcher, one after the other, as a
 * shard of the stream has it.
 */
export async function burst(deployment: Deployment, count: CallCount): Promise<Burst> {
  const { topic, starter, subscriber, names } = deployment;
  const idle: Engine[] = [];
  const running = new Set<Promise<void>>();
  const bells: Doorbell[] = [];
  const delivered = new Map<string, number>();
  let [started, processes, published] = [0, 0, 0];
  for (const name of names)
    subscriber.handlers.set(name, async (messages) => {
      await sleep(HANDLER_MS);
      delivered.set(name, (delivered.get(name) ?? 0) + messages.length);
      return { kind: "answered", failedIds: new Set() };
    });
  const track = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  const engineFor = async (): Promise<Engine> => {
    const warm = idle.pop();
    if (!warm) processes++;
    await sleep(warm ? WARM_MS : COLD_MS);
    return warm ?? deployment.process();
  };
  starter.handlers = {
    pump: (start) => {
      started++;
      track(
        (async () => {
          const engine = await engineFor();
          const deadlineMs = engine.clock.nowMs() + MINUTE_MS;
          await count.as("pump", () => pump(engine, start, { deadlineMs }));
          idle.push(engine);
        })(),
      );
    },
    clock: () => undefined,
  };
  const dispatcher = deployment.process();
  track(
    (async () => {
      while (published < MESSAGES || bells.length > 0) {
        await sleep(bells.length > 0 ? 0 : 1);
        await dispatch(dispatcher, bells.splice(0));
      }
    })(),
  );
  for (; published < MESSAGES; published++) {
    bells.push(await publishTo(deployment.engine, topic, 0));
    await sleep(published === 0 ? STREAM_MS : EVERY_MS);
  }
  while (running.size > 0) await Promise.all(running);
  starter.handlers = undefined;
  const missing = names.filter((name) => delivered.get(name) !== MESSAGES);
  if (missing.length > 0) throw new Error(`${missing.join(", ")} did not get all messages, once`);
  return { messages: MESSAGES, started, processes };
}
