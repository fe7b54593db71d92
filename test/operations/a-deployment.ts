import { type MemoryClock, memoryClock } from "../../lib/adapters/memory/clock.js";
import { memoryPorts } from "../../lib/adapters/memory/ports.js";
import { seededRandom } from "../../lib/adapters/memory/random.js";
import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { dynamoDbItemLimits } from "../../lib/adapters/dynamodb/items/item-limits.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import { MemoryTelemetry } from "../../lib/adapters/memory/telemetry.js";
import type { MessageContent } from "../../lib/domain/message.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import { type Engine, type Ports, type Settings, createEngine } from "../../lib/operations/engine.js";
import { publish } from "../../lib/operations/publish/publish.js";
import { type HastyClock, hastyClock } from "../lambdas/an-engine.js";

/** The time at which every deployment begins, unless its test brings a clock. */
export const START_MS = 1_790_000_000_000;

/** A sixteenth of what is usual, so that small tests have several lanes. */
export const LANE_WIDTH = 32;

/** One deployment: a storage, a clock, and as many processes on them as a test asks for. */
export interface Deployment<C extends Clock = HastyClock> {
  readonly storage: MemoryStorage;
  readonly clock: C;
  /** What all processes told. */
  readonly telemetry: MemoryTelemetry;
  /** What all processes started. */
  readonly starter: MemoryStarter;
  readonly subscriber: MemorySubscriber;
  readonly process: (replace?: (ports: Ports) => Partial<Ports>, settings?: Partial<Settings>) => Engine;
}

function deployed<C extends Clock>(clock: C, seed: number): Deployment<C> {
  const storage = new MemoryStorage({ limits: dynamoDbItemLimits() });
  const telemetry = new MemoryTelemetry();
  const starter = new MemoryStarter();
  const subscriber = new MemorySubscriber();
  let processes = 0;
  return {
    storage,
    clock,
    telemetry,
    starter,
    subscriber,
    process: (replace = () => ({}), settings = {}) => {
      const random = seededRandom(seed + processes++);
      const ports = memoryPorts(storage, { clock, random, telemetry, starter, subscriber });
      return createEngine({ ...ports, ...replace(ports) }, { laneWidth: LANE_WIDTH, ...settings });
    },
  };
}

/** Its sleepers move the clock. */
export const aDeployment = (seed = 4711): Deployment => deployed(hastyClock(START_MS), seed);

/** Its test moves the clock: for what goes on at the same time. */
export const aTimedDeployment = (seed = 4711): Deployment<MemoryClock> =>
  deployed(memoryClock(START_MS), seed);

export const aText = (body: string, more: Partial<MessageContent> = {}): MessageContent => ({
  body,
  contentType: "text/plain",
  ...more,
});

/** Publishes and gives the ids. */
export async function publishTexts(
  engine: Engine,
  topic: string,
  ...messages: readonly MessageContent[]
): Promise<readonly string[]> {
  const results = await publish(engine, topic, messages);
  return results.map((result) => {
    if (result.kind === "failed") throw result.error;
    return result.id;
  });
}
