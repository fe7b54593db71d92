import { memoryPorts } from "../../lib/adapters/memory/ports.js";
import { seededRandom } from "../../lib/adapters/memory/random.js";
import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import { MemoryTelemetry } from "../../lib/adapters/memory/telemetry.js";
import type { MessageContent } from "../../lib/domain/message.js";
import { type Instance, type Ports, createInstance } from "../../lib/operations/instance.js";
import { publish } from "../../lib/operations/publish.js";
import { type HastyClock, hastyClock } from "../lambdas/an-instance.js";

/** One deployment: a storage, a clock, and as many processes on them as a test asks for. */
export interface Deployment {
  readonly storage: MemoryStorage;
  readonly clock: HastyClock;
  readonly process: (replace?: (ports: Ports) => Partial<Ports>) => Instance;
}

export function aDeployment(seed = 4711): Deployment {
  const storage = new MemoryStorage();
  const clock = hastyClock();
  let processes = 0;
  return {
    storage,
    clock,
    process: (replace = () => ({})) => {
      const ports = memoryPorts(storage, {
        clock,
        random: seededRandom(seed + processes++),
        telemetry: new MemoryTelemetry(),
        starter: new MemoryStarter(),
        subscriber: new MemorySubscriber(),
      });
      return createInstance({ ...ports, ...replace(ports) });
    },
  };
}

export const aText = (body: string, more: Partial<MessageContent> = {}): MessageContent => ({
  body,
  contentType: "text/plain",
  ...more,
});

/** Publishes and gives the ids. */
export async function publishTexts(
  instance: Instance,
  topic: string,
  ...messages: readonly MessageContent[]
): Promise<readonly string[]> {
  const results = await publish(instance, topic, messages);
  return results.map((result) => {
    if (result.kind === "failed") throw result.error;
    return result.id;
  });
}
