import { QueryCommand } from "../lib/adapters/dynamodb/commands.js";
import { setTimeout as sleep } from "node:timers/promises";
import { dynamoDbClient } from "../lib/adapters/dynamodb/client.js";
import { SluiceClient } from "../lib/client/index.js";
import { deploy } from "../local/deploy.js";
import { REGION, emulatorEnv } from "../local/emulator.js";
import { localDeployment } from "../local/local-file.js";
import { startMiniStack } from "../local/ministack.js";
import { bundleFunctions } from "../scripts/bundle-functions.js";
import { STACK, SUBSCRIBERS, TOPIC, type Delivery, type Taken } from "./end-to-end/subscribers.js";
import { fixed, keepBusy, percentile, perSecond, show, whole } from "./measure.js";
import { messages } from "./messages.js";
import { CREDENTIALS } from "./store.js";

const BATCH = 25;
const LOAD_MS = 30_000;
const PUBLISHERS = 4;
/** The first shows what a message takes by itself; the second may be more than the emulator carries. */
const PACES_PER_SECOND = [4, 20];
const PACE_MS = 20_000;
/** In which every function that will be at work at once has its cold start. */
const WARM_UP_MS = 8_000;
const NOTHING_MS = 3_000;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 500;
/** An emulator on a busy machine lets a call run out of time now and then: a producer would send it again as well. */
const PUBLISH_ATTEMPTS = 5;
/** What the construct gives its functions, who is asked about nothing else here. */
const INLINE_LIMIT_BYTES = 10_240;

interface Deployed {
  readonly queue: SluiceClient;
  /** A request that the API's function answers out of itself. */
  askForNothing(): Promise<void>;
  deliveries(subscriber: string): Promise<readonly Delivery[]>;
}

async function withDeployment(use: (deployed: Deployed) => Promise<void>): Promise<void> {
  const emulator = await startMiniStack();
  const { endpointUrl } = emulator;
  try {
    Object.assign(process.env, emulatorEnv(endpointUrl));
    await bundleFunctions();
    const app = "bench/end-to-end/app.ts";
    const outputs = await deploy({ app, stack: STACK, endpointUrl, context: {} });
    const { apiUrl } = localDeployment(endpointUrl, outputs, "$default");
    const client = dynamoDbClient({ endpoint: endpointUrl, region: REGION, credentials: CREDENTIALS });
    await use({
      queue: new SluiceClient({ apiUrl, auth: "none" }),
      askForNothing: async () => {
        await (await fetch(`${apiUrl}/v1/nothing`)).text();
      },
      deliveries: async (subscriber) => {
        const found: Delivery[] = [];
        let start: Record<string, unknown> | undefined;
        do {
          const { Items = [], LastEvaluatedKey } = await client.send(
            new QueryCommand({
              TableName: outputs.DeliveriesTable,
              KeyConditionExpression: "subscriber = :subscriber",
              ExpressionAttributeValues: { ":subscriber": subscriber },
              ConsistentRead: true,
              ...(start ? { ExclusiveStartKey: start } : {}),
            }),
          );
          found.push(...(Items as unknown as Delivery[]));
          start = LastEvaluatedKey;
        } while (start);
        return found;
      },
    });
  } finally {
    await emulator.stop();
  }
}

/** What is published is numbered, so that what is lost is known by its number. */
function publisher(queue: SluiceClient, again: { count: number }) {
  const bodies = messages("orders", BATCH * 8).map(({ body }) => JSON.parse(String(body)) as object);
  let next = 0;
  return async (count: number): Promise<readonly number[]> => {
    const numbers = Array.from({ length: count }, () => next++);
    const sentAtMs = Date.now();
    const batch = numbers.map((number) => ({
      body: { ...bodies[number % bodies.length], number, sentAtMs },
    }));
    for (let attempt = 1; ; attempt++) {
      try {
        await queue.publish(TOPIC, batch);
        return numbers;
      } catch (error) {
        if (attempt >= PUBLISH_ATTEMPTS) throw error;
        again.count++;
      }
    }
  };
}

interface Outcome {
  readonly subscriber: string;
  readonly delivered: number;
  readonly lost: number;
  readonly twice: number;
  readonly deliveries: number;
  readonly lastAtMs: number;
  readonly tookMs: readonly number[];
}

async function outcomes(deployed: Deployed, wanted: ReadonlySet<number>): Promise<readonly Outcome[]> {
  return await Promise.all(
    SUBSCRIBERS.map(async (subscriber) => {
      const taken = (await deployed.deliveries(subscriber))
        .map(({ at, taken }) => ({ at, ...(JSON.parse(taken) as Taken) }))
        .filter(({ numbers }) => numbers.some((number) => wanted.has(number)));
      const numbers = taken.flatMap((one) => one.numbers).filter((number) => wanted.has(number));
      const delivered = new Set(numbers).size;
      return {
        subscriber,
        delivered,
        lost: wanted.size - delivered,
        twice: numbers.length - delivered,
        deliveries: taken.length,
        lastAtMs: Math.max(0, ...taken.map(({ at }) => at)),
        tookMs: taken.flatMap((one) => one.tookMs.filter((_, index) => wanted.has(one.numbers[index] ?? -1))),
      };
    }),
  );
}

async function untilDelivered(deployed: Deployed, wanted: ReadonlySet<number>): Promise<readonly Outcome[]> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const now = await outcomes(deployed, wanted);
    if (now.every(({ lost }) => lost === 0) || Date.now() > untilMs) return now;
    await sleep(LOOK_EVERY_MS);
  }
}

async function load(deployed: Deployed, publish: ReturnType<typeof publisher>): Promise<void> {
  const wanted = new Set<number>();
  const nothing = await keepBusy(PUBLISHERS, NOTHING_MS, async () => {
    await deployed.askForNothing();
    return 1;
  });
  const startedMs = Date.now();
  const pace = await keepBusy(PUBLISHERS, LOAD_MS, async () => {
    for (const number of await publish(BATCH)) wanted.add(number);
    return BATCH;
  });
  const found = await untilDelivered(deployed, wanted);
  const rows = found.map(({ subscriber, delivered, lost, twice, deliveries, lastAtMs, tookMs }) => [
    subscriber,
    whole(pace.count),
    whole(perSecond(pace)),
    whole(perSecond({ count: delivered, elapsedMs: lastAtMs - startedMs })),
    whole(delivered / Math.max(1, deliveries)),
    String(lost),
    String(twice),
    whole(percentile(tookMs, 0.5)),
  ]);
  const head = [
    "subscriber",
    "published",
    "published/s",
    "delivered/s",
    "a delivery",
    "lost",
    "twice",
    "p50 ms",
  ];
  show(head, rows, [
    `${fixed(perSecond(pace) / BATCH, 1)} publishes/s; the API answered ${fixed(perSecond(nothing), 1)} a second`,
    "that ask for nothing, as many in flight, in the same run",
    `${LOAD_MS / 1_000} s of batches of ${BATCH} JSON orders of 1 KB over the API, ${PUBLISHERS} requests in flight`,
    `inline limit ${whole(INLINE_LIMIT_BYTES)} bytes; deliveries of up to 100 messages, 4 at once a subscriber`,
    "delivered/s: from the first publish to the last delivery; each of the three is sent every message",
  ]);
}

/**
 * A few publishers, each at its share of the pace. One that is late waits for its answer and leaves turns out: requests
 * without bound would have the emulator start functions without bound, and what is measured would be that.
 */
async function pace(
  deployed: Deployed,
  publish: ReturnType<typeof publisher>,
  pacePerSecond: number,
): Promise<void> {
  const wanted = new Set<number>();
  const answeredMs: number[] = [];
  const everyMs = (PUBLISHERS * 1_000) / pacePerSecond;
  const startedMs = Date.now();
  const paced = await keepBusy(PUBLISHERS, PACE_MS, async (worker) => {
    const offsetMs = startedMs + (worker * everyMs) / PUBLISHERS;
    await sleep(everyMs - ((Date.now() - offsetMs + everyMs) % everyMs));
    const sentMs = Date.now();
    for (const number of await publish(1)) wanted.add(number);
    answeredMs.push(Date.now() - sentMs);
    return 1;
  });
  const found = await untilDelivered(deployed, wanted);
  const rows = found.map(({ subscriber, lost, twice, tookMs }) => [
    subscriber,
    whole(wanted.size),
    fixed(perSecond(paced), 1),
    String(lost),
    String(twice),
    whole(percentile(tookMs, 0.5)),
    whole(percentile(tookMs, 0.99)),
  ]);
  const answers = `${whole(percentile(answeredMs, 0.5))} and ${whole(percentile(answeredMs, 0.99))} ms`;
  show(["subscriber", "published", "a second", "lost", "twice", "p50 ms", "p99 ms"], rows, [
    `one a request, ${pacePerSecond} a second wanted, ${PUBLISHERS} in flight at the most, ${PACE_MS / 1_000} s`,
    `the publish itself was answered after ${answers} (p50 and p99)`,
    "publish to handler: from before the request to the handler's first line, by one clock",
  ]);
}

export async function runEndToEnd(): Promise<void> {
  await withDeployment(async (deployed) => {
    const again = { count: 0 };
    const publish = publisher(deployed.queue, again);
    await keepBusy(PUBLISHERS, WARM_UP_MS, async () => (await publish(1)).length);
    // The load comes last: MiniStack's Query walks the whole partition, and gets slower with each slot in it.
    for (const pacePerSecond of PACES_PER_SECOND) await pace(deployed, publish, pacePerSecond);
    await load(deployed, publish);
    if (again.count > 0) console.log(`- ${again.count} requests were answered with an error and sent again`);
  });
}
