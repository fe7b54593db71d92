import { HttpsSubscriber } from "../../lib/adapters/https/subscriber.js";
import { memoryPorts } from "../../lib/adapters/memory/ports.js";
import { MemoryStarter } from "../../lib/adapters/memory/starter.js";
import { memoryUploadStore } from "../../lib/adapters/memory/upload-store.js";
import { memorySubscriptionStore } from "../../lib/adapters/memory/subscription-store.js";
import { MemorySubscriber } from "../../lib/adapters/memory/subscriber.js";
import { systemClock } from "../../lib/adapters/system/clock.js";
import { systemRandom } from "../../lib/adapters/system/random.js";
import type { Telemetry } from "../../lib/domain/ports/telemetry.js";
import type { TargetPolicy } from "../../lib/domain/webhook/target-policy.js";
import { createApp } from "../../lib/http/app.js";
import type { App } from "../../lib/http/request.js";
import { createEngine } from "../../lib/operations/engine.js";
import { subscribers } from "../../lib/subscribers.js";
import type { Context } from "../context.js";
import { EmbeddedBucket } from "./embedded-bucket.js";
import { deliverFrom } from "./embedded-deliveries.js";

export interface EmbeddedOptions {
  /** Whether webhooks may lead to this machine and its network. @default true */
  readonly privateTargets?: boolean;
  /** @default one that nobody serves: what is uploaded cannot be put */
  readonly bucket?: EmbeddedBucket;
}

/** The same API over memory. It takes pull subscriptions and webhooks, because nothing here calls functions. */
export function embeddedApp(
  context: Context,
  { privateTargets = true, bucket = new EmbeddedBucket() }: EmbeddedOptions = {},
): App {
  const targetPolicy: TargetPolicy = { allowPrivate: privateTargets, allowed: [] };
  const { storage } = bucket;
  const starter = new MemoryStarter();
  const webhooks = new HttpsSubscriber({
    policy: targetPolicy,
    subscriptions: memorySubscriptionStore(storage),
    clock: systemClock,
  });
  const ports = memoryPorts(storage, {
    clock: systemClock,
    random: systemRandom,
    telemetry: wordsTo(context),
    starter,
    subscriber: subscribers(new MemorySubscriber(), () => Promise.resolve(webhooks)),
  });
  const uploads = memoryUploadStore(storage, () => bucket.base);
  const engine = createEngine({ ...ports, uploads }, { hasThreads: true });
  deliverFrom(storage, starter, engine);
  return createApp(engine, { targets: ["pull", "https"], targetPolicy });
}

const wordsTo = ({ stderr }: Context): Telemetry => ({
  event: (name, level, fields) => {
    if (level === "warn" || level === "error") stderr(`${level}: ${name} ${JSON.stringify(fields)}\n`);
  },
});
