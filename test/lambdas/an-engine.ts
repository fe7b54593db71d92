import { memoryPorts } from "../../lib/adapters/memory/ports.js";
import { seededRandom } from "../../lib/adapters/memory/random.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { dynamoDbItemLimits } from "../../lib/adapters/dynamodb/items/item-limits.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import { MemoryTelemetry } from "../../lib/adapters/memory/telemetry.js";
import type { Clock } from "../../lib/domain/ports/clock.js";
import { type Engine, type Ports, createEngine } from "../../lib/operations/engine.js";
import type { PumpStart } from "../../lib/domain/pump-start.js";

/** A clock that a sleeper moves: whoever waits is there at once. */
export interface HastyClock extends Clock {
  advance(ms: number): void;
}

export function hastyClock(startMs = 1_790_000_000_000): HastyClock {
  let nowMs = startMs;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return {
    nowMs: () => nowMs,
    advance,
    sleep: async (ms) => {
      await Promise.resolve();
      advance(ms);
    },
    turn: () => Promise.resolve(),
  };
}

export interface Made {
  readonly engine: Engine;
  readonly clock: HastyClock;
  readonly telemetry: MemoryTelemetry;
  readonly subscriber: MemorySubscriber;
  /** The pumps that were started. */
  readonly started: PumpStart[];
}

/** An engine over memory, with ports replaced as a test needs it. */
export function anEngine(replace: (ports: Ports) => Partial<Ports> = () => ({})): Made {
  const clock = hastyClock();
  const telemetry = new MemoryTelemetry();
  const subscriber = new MemorySubscriber();
  const started: PumpStart[] = [];
  const starter = {
    startPump: async (ref: PumpStart) => {
      await Promise.resolve();
      started.push(ref);
    },
    startClock: async () => await Promise.resolve(),
  };
  const surroundings = { clock, telemetry, subscriber, starter, random: seededRandom(4711) };
  const ports = memoryPorts(new MemoryStorage({ limits: dynamoDbItemLimits() }), surroundings);
  return { engine: createEngine({ ...ports, ...replace(ports) }), clock, telemetry, subscriber, started };
}
