import { memoryPorts } from "../../lib/adapters/memory/ports.js";
import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { dynamoDbItemLimits } from "../../lib/adapters/dynamodb/items/item-limits.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import { systemClock } from "../../lib/adapters/system/clock.js";
import { systemRandom } from "../../lib/adapters/system/random.js";
import type { Telemetry } from "../../lib/domain/ports/telemetry.js";
import { createApp } from "../../lib/http/app.js";
import type { App } from "../../lib/http/request.js";
import { createEngine } from "../../lib/operations/engine.js";
import type { Context } from "../context.js";

/** The same API over memory. It takes pull subscriptions only, because nothing here calls functions. */
export function embeddedApp(context: Context): App {
  const ports = memoryPorts(new MemoryStorage({ limits: dynamoDbItemLimits() }), {
    clock: systemClock,
    random: systemRandom,
    telemetry: wordsTo(context),
    starter: new MemoryStarter(),
    subscriber: new MemorySubscriber(),
  });
  return createApp(createEngine(ports), { targets: ["pull"] });
}

const wordsTo = ({ stderr }: Context): Telemetry => ({
  event: (name, level, fields) => {
    if (level === "warn" || level === "error") stderr(`${level}: ${name} ${JSON.stringify(fields)}\n`);
  },
});
