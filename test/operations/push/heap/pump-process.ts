import { Readable } from "node:stream";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { lambdaSubscriber } from "../../../../lib/adapters/lambda/subscriber.js";
import { memoryPorts } from "../../../../lib/adapters/memory/ports.js";
import { MemoryStarter } from "../../../../lib/adapters/memory/starter.js";
import { MemoryStorage } from "../../../../lib/adapters/memory/storage.js";
import { MemorySubscriber } from "../../../../lib/adapters/memory/subscriber.js";
import { MemoryTelemetry } from "../../../../lib/adapters/memory/telemetry.js";
import { systemClock } from "../../../../lib/adapters/system/clock.js";
import { systemRandom } from "../../../../lib/adapters/system/random.js";
import { createEngine } from "../../../../lib/operations/engine.js";
import { append } from "../../../../lib/operations/log/append.js";
import { findTopic } from "../../../../lib/operations/lookup.js";
import { putSubscription } from "../../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../../lib/operations/manage/topics.js";
import { pump } from "../../../../lib/operations/push/pump.js";

const MB = 1_024 * 1_024;
const PARTITIONS = 16;
const TOGETHER = 5;
const HANDLER_MS = 20;
const [count = 0, memoryMb = 0, maxConcurrency = 0] = process.argv.slice(2).map(Number);

/** A JSON text of 0.94 MB that is stored in a fifteenth of it. */
function body(at: number): string {
  const line = `{"order":${at},"note":"${"the same words again ".repeat(4)}"},`;
  return `[${line.repeat(Math.floor((0.94 * MB) / line.length))}0]`;
}

/** The SDK itself, in front of a function that takes a while: it holds what it sends until then. */
function lambdaThatTakesAWhile(onDelivery: (messages: number) => void): LambdaClient {
  return new LambdaClient({
    region: "eu-central-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: { body: Uint8Array }) => {
        const event = JSON.parse(Buffer.from(request.body).toString()) as { Records: unknown[] };
        const messages = event.Records.length;
        await systemClock.sleep(HANDLER_MS);
        onDelivery(messages);
        return { response: { statusCode: 200, headers: {}, body: Readable.from([]) } };
      },
    },
  });
}

let delivered = 0;
const surroundings = {
  clock: systemClock,
  random: systemRandom,
  telemetry: new MemoryTelemetry(),
  starter: new MemoryStarter(),
};
const ports = memoryPorts(new MemoryStorage(), { ...surroundings, subscriber: new MemorySubscriber() });
const client = lambdaThatTakesAWhile((messages) => (delivered += messages));
const engine = createEngine(
  { ...ports, subscriber: lambdaSubscriber({ client }) },
  { decodedBytes: (memoryMb / 2) * MB },
);
await putTopic(engine, "orders", { partitions: PARTITIONS });
const target = {
  type: "lambda",
  functionArn: "arn:aws:lambda:eu-central-1:123456789012:function:ship",
} as const;
const { value: subscription } = await putSubscription(engine, "orders", "ship", {
  target,
  maxConcurrency,
  batch: { maxMessages: 10, maxBytes: 5 * MB, windowSeconds: 0 },
  from: "earliest",
});
const topic = await findTopic(engine, "orders");
for (let from = 0; from < count; from += TOGETHER) {
  const messages = Array.from({ length: Math.min(TOGETHER, count - from) }, (_, at) => ({
    body: body(from + at),
    contentType: "application/json",
  }));
  await append(engine, topic, messages, () => (from / TOGETHER) % PARTITIONS);
}
const { name, uid } = subscription;
await pump(
  engine,
  { subscription: { topic: subscription.topic, name, uid }, lane: 0 },
  { deadlineMs: systemClock.nowMs() + 900_000 },
);
const rssMb = process.resourceUsage().maxRSS / 1_024;
process.stdout.write(JSON.stringify({ delivered, rssMb, heldBytes: engine.budget.heldBytes }));
