import { pathToFileURL } from "node:url";
import { type DocumentClient, type DynamoDb, dynamoDbClient } from "../lib/adapters/dynamodb/client.js";
import { memorySegmentStore } from "../lib/adapters/memory/segment-store.js";
import { MemoryStorage } from "../lib/adapters/memory/storage.js";
import { systemClock } from "../lib/adapters/system/clock.js";
import type { MessageContent } from "../lib/domain/message.js";
import type { Reader } from "../lib/domain/reader.js";
import {
  type SettledAndReceived,
  settleAndReceive,
  settleAndReceiveWaiting,
} from "../lib/operations/consume/settle-and-receive.js";
import type { Settlement } from "../lib/operations/consume/settle.js";
import type { Engine } from "../lib/operations/engine.js";
import { putSubscription } from "../lib/operations/manage/subscriptions.js";
import { putTopic } from "../lib/operations/manage/topics.js";
import { publish } from "../lib/operations/publish/publish.js";
import { createTables } from "../local/dynamodb-tables.js";
import { REGION } from "../local/emulator.js";
import { CREDENTIALS, PATIENCE_MS, processOn } from "./store.js";

/** What a harness hands to a driver. `direct`: where tables are made and preloaded, which is not measured. */
interface Endpoints {
  readonly endpoint: string;
  readonly direct: string;
}

type Stop = () => Promise<void>;

/** What a harness drives each queue by. */
interface Driver {
  readonly name: string;
  readonly pubBatch: number;
  readonly preloadBatch: number;
  readonly consumeBatch: number;
  open(endpoints: Endpoints): Promise<void>;
  reset(): Promise<void>;
  send(body: string): Promise<void>;
  sendBatch(bodies: readonly string[]): Promise<void>;
  preload(bodies: readonly string[]): Promise<void>;
  consume(
    how: { readonly latency: boolean },
    onMessage: (body: string) => void,
    onAck: (count: number) => void,
  ): Promise<Stop>;
  close(): Promise<void>;
}

interface Harness {
  run(driver: Driver): Promise<void>;
}

const setting = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);

/** 1: everything in one process, as embedded; more: so many for each side, as functions of a deployment. */
const PROCESSES = setting("SLUICE_PROCESSES", 1);
const CONSUMERS = setting("SLUICE_CONSUMERS", 4);
const BATCH = setting("SLUICE_BATCH", 250);
const INLINE_LIMIT_BYTES = setting("SLUICE_INLINE_BYTES", 350_000);

const TOPIC = "orders";
const SUBSCRIPTION = "warehouse";
/** As many as wait at once while messages come one by one. */
const WAITING_CONSUMERS = 2;
const WAITING = { maxMessages: 10, waitSeconds: 5 };
/** Between two looks at a queue that was empty. */
const EMPTY_PAUSE_MS = 5;

const contentOf = (body: string): MessageContent => ({ body, contentType: "text/plain" });

async function publishAll(engine: Engine, bodies: readonly string[]): Promise<void> {
  for (const result of await publish(engine, TOPIC, bodies.map(contentOf)))
    if (result.kind === "failed") throw result.error;
}

/** The processes of one measurement, on tables of their own. */
interface Deployment {
  readonly publishers: readonly Engine[];
  readonly consumers: readonly Engine[];
  readonly preloader: Engine;
  readonly reader: Reader;
}

async function deploy(measured: DynamoDb, direct: DynamoDb): Promise<Deployment> {
  await createTables(direct.client, direct.tables);
  const segments = memorySegmentStore(new MemoryStorage());
  const processAt = (db: DynamoDb): Engine =>
    processOn(db, { segments }, { inlineLimitBytes: INLINE_LIMIT_BYTES });
  const several = (): readonly Engine[] => Array.from({ length: PROCESSES }, () => processAt(measured));
  const preloader = processAt(direct);
  const publishers = several();
  const topic = (await putTopic(preloader, TOPIC, {})).value;
  const subscription = (await putSubscription(preloader, TOPIC, SUBSCRIPTION, {})).value;
  const consumers = PROCESSES === 1 ? publishers : several();
  return { publishers, consumers, preloader, reader: { topic, subscription } };
}

/** Acknowledges what it received as it asks for more, until it is told to stop. */
async function consumeUntil(
  stop: AbortSignal,
  next: (acks: readonly Settlement[]) => Promise<SettledAndReceived>,
  onMessage: (body: string) => void,
  onAck: (count: number) => void,
): Promise<void> {
  let acks: readonly Settlement[] = [];
  while (!stop.aborted || acks.length > 0) {
    const { results, handed } = await next(acks);
    onAck(results.filter(({ kind }) => kind === "ok").length);
    if (handed.length === 0) await systemClock.sleep(EMPTY_PAUSE_MS);
    for (const { body } of handed) onMessage(String(body));
    acks = handed.map(({ receipt }) => ({ receipt, outcome: "ack" as const }));
  }
}

/** Sluice as a harness of queues drives it. */
class Sluice implements Driver {
  readonly name = "sluice";
  readonly pubBatch = BATCH;
  readonly preloadBatch = BATCH;
  readonly consumeBatch = BATCH;
  #clients: { readonly measured: DocumentClient; readonly direct: DocumentClient } | undefined;
  #deployment: Deployment | undefined;
  #made = 0;
  #turn = 0;

  async open({ endpoint, direct }: Endpoints): Promise<void> {
    const at = (url: string): DocumentClient =>
      dynamoDbClient({
        endpoint: url,
        region: REGION,
        credentials: CREDENTIALS,
        connectTimeoutMs: PATIENCE_MS,
        requestTimeoutMs: PATIENCE_MS,
      });
    this.#clients = { measured: at(endpoint), direct: at(direct) };
    return await Promise.resolve();
  }

  async reset(): Promise<void> {
    if (!this.#clients) throw new Error("open comes first");
    const of = `${process.pid}-${this.#made++}`;
    const tables = { log: `log-${of}`, state: `state-${of}` };
    const { measured, direct } = this.#clients;
    this.#deployment = await deploy({ client: measured, tables }, { client: direct, tables });
  }

  get #now(): Deployment {
    if (!this.#deployment) throw new Error("reset comes first");
    return this.#deployment;
  }

  /** Its calls go to the processes in turn. */
  #publisher(): Engine {
    const { publishers } = this.#now;
    return publishers[this.#turn++ % publishers.length] as Engine;
  }

  send = (body: string): Promise<void> => publishAll(this.#publisher(), [body]);
  sendBatch = (bodies: readonly string[]): Promise<void> => publishAll(this.#publisher(), bodies);
  preload = (bodies: readonly string[]): Promise<void> => publishAll(this.#now.preloader, bodies);

  async consume(
    { latency }: { readonly latency: boolean },
    onMessage: (body: string) => void,
    onAck: (count: number) => void,
  ): Promise<Stop> {
    const { consumers, reader } = this.#now;
    const ending = new AbortController();
    const loops = Array.from({ length: latency ? WAITING_CONSUMERS : CONSUMERS }, (_, index) => {
      const engine = consumers[index % consumers.length] as Engine;
      const next = (acks: readonly Settlement[]): Promise<SettledAndReceived> =>
        latency
          ? settleAndReceiveWaiting(engine, TOPIC, SUBSCRIPTION, acks, WAITING, ending.signal)
          : settleAndReceive(engine, reader, acks, { maxMessages: BATCH });
      return consumeUntil(ending.signal, next, onMessage, onAck);
    });
    return await Promise.resolve(async () => {
      ending.abort();
      await Promise.all(loops);
    });
  }

  async close(): Promise<void> {
    this.#clients?.measured.destroy();
    this.#clients?.direct.destroy();
    return await Promise.resolve();
  }
}

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
const harness = process.env["PEERS"];
if (!harness) {
  console.error("A harness runs this file: PEERS names its directory (bench/README.md).");
  process.exit(2);
}
const common = (await import(pathToFileURL(`${harness}/drivers/common.mjs`).href)) as Harness;
await common.run(new Sluice());
