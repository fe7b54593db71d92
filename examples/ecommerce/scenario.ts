import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { setTimeout as sleep } from "node:timers/promises";

/** Where the deployed example is to be found. */
export interface Deployed {
  readonly orderUrl: string;
  readonly endpointUrl: string;
  /** Each consumer's table, by the consumer's name. */
  readonly tables: Readonly<Record<string, string>>;
}

/** What became of the orders at one consumer. */
export interface ConsumerReport {
  readonly consumer: string;
  readonly placed: number;
  readonly done: number;
  readonly lost: number;
  /** Messages that came again, and were absorbed. */
  readonly duplicates: number;
  /** Done more than five seconds after they were placed. */
  readonly late: number;
  /** From publish to done. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface ScenarioOptions {
  readonly orders: number;
  /** The consumer that is out of order at first. */
  readonly broken: string;
  readonly say: (text: string) => void;
}

/** What an emulator of two cores bears for long: orders as fast as they go would show how long they queue for it. */
const ORDERS_PER_SECOND = 20;
const AT_ONCE = 8;
const LATE_MS = 5_000;
const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 500;
const BROKEN = "broken";

interface DoneOrder {
  readonly orderId: string;
  readonly doneAt: number;
  readonly publishedAt: number;
  readonly seen: number;
}

/**
 * Places orders over HTTPS while one consumer is broken, mends it once the others are through, and waits until all of
 * them have every order. What is not there by the end of the patience counts as lost.
 */
export async function runScenario(
  deployed: Deployed,
  options: ScenarioOptions,
): Promise<readonly ConsumerReport[]> {
  const { orders, broken, say } = options;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: deployed.endpointUrl }));
  const table = (consumer: string): string => deployed.tables[consumer] ?? "";
  const consumers = Object.keys(deployed.tables);
  const others = consumers.filter((consumer) => consumer !== broken);

  await client.send(new PutCommand({ TableName: table(broken), Item: { orderId: BROKEN } }));
  say(`${broken} is broken; placing ${orders} orders over HTTPS, ${ORDERS_PER_SECOND} a second ...`);
  const startedMs = Date.now();
  const placed = await placeOrders(deployed.orderUrl, orders);
  say(`${placed.length} orders placed in ${seconds(startedMs)}`);
  await waitUntil(async () => {
    const counts = await Promise.all(
      others.map(async (one) => (await doneOrders(client, table(one))).length),
    );
    return counts.every((count) => count >= placed.length);
  });
  say(`${others.join(" and ")} have them all after ${seconds(startedMs)}, and never noticed`);
  const waiting = placed.length - (await doneOrders(client, table(broken))).length;
  say(`${broken} has ${waiting} to catch up on; mending it ...`);
  await client.send(new DeleteCommand({ TableName: table(broken), Key: { orderId: BROKEN } }));
  await waitUntil(async () => (await doneOrders(client, table(broken))).length >= placed.length);
  say(`${broken} has caught up after ${seconds(startedMs)}`);
  return await Promise.all(
    consumers.map(async (one) => reportOf(one, placed, await doneOrders(client, table(one)))),
  );
}

const seconds = (sinceMs: number): string => `${((Date.now() - sinceMs) / 1_000).toFixed(1)} s`;

/** An order is placed when the order API says 202; what fails is sent again under the same id. */
async function placeOrders(orderUrl: string, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, index) => `order-${String(index + 1).padStart(4, "0")}`);
  const waiting = [...ids];
  const startedMs = Date.now();
  let turns = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let orderId = waiting.shift(); orderId !== undefined; orderId = waiting.shift()) {
        const turnMs = startedMs + (turns++ * 1_000) / ORDERS_PER_SECOND;
        await sleep(Math.max(0, turnMs - Date.now()));
        const body = JSON.stringify({ orderId, total: 42, items: [{ sku: "tea", count: 2 }] });
        const headers = { "content-type": "application/json" };
        const response = await fetch(orderUrl, { method: "POST", headers, body }).catch(() => undefined);
        if (response?.status !== 202) waiting.push(orderId);
      }
    }),
  );
  return ids;
}

async function doneOrders(client: DynamoDBDocumentClient, table: string): Promise<readonly DoneOrder[]> {
  const done: DoneOrder[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const input = { TableName: table, ConsistentRead: true, ...(start ? { ExclusiveStartKey: start } : {}) };
    const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand(input));
    done.push(...(Items as DoneOrder[]).filter(({ orderId }) => orderId !== BROKEN));
    start = LastEvaluatedKey;
  } while (start);
  return done;
}

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + PATIENCE_MS;
  while (!(await isSo()) && Date.now() < untilMs) {
    await sleep(LOOK_EVERY_MS);
  }
}

function reportOf(consumer: string, placed: readonly string[], done: readonly DoneOrder[]): ConsumerReport {
  const ids = new Set(done.map(({ orderId }) => orderId));
  const took = done.map(({ doneAt, publishedAt }) => doneAt - publishedAt).sort((a, b) => a - b);
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
  return {
    consumer,
    placed: placed.length,
    done: ids.size,
    lost: placed.filter((id) => !ids.has(id)).length,
    duplicates: done.reduce((sum, { seen }) => sum + seen - 1, 0),
    late: took.filter((ms) => ms > LATE_MS).length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}
