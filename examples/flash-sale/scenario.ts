import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { SluiceClient } from "../../lib/client/index.js";
import { REFUSED } from "./functions/back-end.js";
import { BEARS_PER_SECOND, DELIVERING } from "./limits.js";
import { plotOf } from "./plot.js";
import { type Answered, type Outcome, type SaleReport, reportOf } from "./report.js";
import { Shop } from "./shop.js";

/** Where the deployed example is to be found. */
export interface DeployedSale {
  readonly apiUrl: string;
  readonly endpointUrl: string;
  readonly outcomesTable: string;
  readonly backEndTable: string;
}

export interface SaleOptions {
  readonly orders: number;
  readonly say: (text: string) => void;
}

const BUYERS_AT_ONCE = 200;
const LOOK_EVERY_MS = 2_000;
const PATIENCE_MS = 60_000;
/** An order that is not answered is sent again. */
const SENDS_AT_MOST = 5;

/**
 * Buyers place orders as fast as the shop answers, wait until the back end has them all, and each asks for the outcome.
 * What is not there by the end of the patience counts as lost.
 */
export async function runFlashSale(
  deployed: DeployedSale,
  { orders, say }: SaleOptions,
): Promise<{ readonly report: SaleReport; readonly plot: string }> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: deployed.endpointUrl }));
  const outcomeOf = async (orderId: string) =>
    (await client.send(new GetCommand({ TableName: deployed.outcomesTable, Key: { orderId } }))).Item;
  const shop = new Shop(new SluiceClient({ apiUrl: deployed.apiUrl, auth: "none" }), outcomeOf);
  const shopUrl = await shop.open();
  try {
    const seconds = Math.ceil(orders / DELIVERING.rateLimitPerSecond);
    say(
      `${orders} buyers order at once; the back end bears ${BEARS_PER_SECOND} a second (about ${seconds} s) ...`,
    );
    const startedMs = Date.now();
    const answered = await inTurns(orders, (index) => order(shopUrl, `order-${index + 1}`));
    say(`${answered.length} answered in ${((Date.now() - startedMs) / 1_000).toFixed(1)} s`);
    await untilTaken(client, deployed.outcomesTable, { orders, startedMs, seconds, say });
    const outcomes = await scanned(client, deployed.outcomesTable);
    say("each buyer asks for the outcome ...");
    const told = await inTurns(orders, (index) => isTold(shopUrl, `order-${index + 1}`));
    const refused = await refusedBy(client, deployed.backEndTable);
    const report = reportOf(answered, outcomes, { refused, told: told.filter(Boolean).length, startedMs });
    const plot = plotOf({
      arrivedMs: answered.map(({ atMs }) => atMs - startedMs),
      takenMs: outcomes.map(({ takenAt }) => takenAt - startedMs),
      bearsPerSecond: BEARS_PER_SECOND,
    });
    return { report, plot };
  } finally {
    await shop.close();
  }
}

/** Runs the work of all buyers, so many at once. */
async function inTurns<T>(count: number, work: (index: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  const buyer = async (): Promise<void> => {
    while (next < count) results.push(await work(next++));
  };
  await Promise.all(Array.from({ length: BUYERS_AT_ONCE }, buyer));
  return results;
}

async function order(shopUrl: string, orderId: string): Promise<Answered> {
  const sentMs = Date.now();
  const body = JSON.stringify({ orderId, sku: "limited-edition", count: 1 });
  for (let sends = 1; sends <= SENDS_AT_MOST; sends++) {
    const response = await fetch(`${shopUrl}/orders`, { method: "POST", body });
    await response.text();
    if (response.status === 202) return { orderId, atMs: Date.now(), tookMs: Date.now() - sentMs };
  }
  throw new Error(`${orderId} was not answered`);
}

async function isTold(shopUrl: string, orderId: string): Promise<boolean> {
  const response = await fetch(`${shopUrl}/orders/${orderId}`);
  return ((await response.json()) as { outcome?: string }).outcome === "shipped";
}

interface Waiting extends SaleOptions {
  readonly startedMs: number;
  /** How long it should take. */
  readonly seconds: number;
}

async function untilTaken(client: DynamoDBDocumentClient, table: string, waiting: Waiting): Promise<void> {
  const { orders, startedMs, seconds, say } = waiting;
  const untilMs = startedMs + seconds * 1_000 + PATIENCE_MS;
  for (let told = 1; Date.now() < untilMs;) {
    const count = await countOf(client, table);
    if (count >= orders) return;
    if (count >= (told * orders) / 4) {
      say(`the back end has taken ${count}`);
      told++;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function countOf(client: DynamoDBDocumentClient, table: string): Promise<number> {
  let count = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const input = {
      TableName: table,
      Select: "COUNT" as const,
      ...(start ? { ExclusiveStartKey: start } : {}),
    };
    const { Count = 0, LastEvaluatedKey } = await client.send(new ScanCommand(input));
    count += Count;
    start = LastEvaluatedKey;
  } while (start);
  return count;
}

async function scanned(client: DynamoDBDocumentClient, table: string): Promise<readonly Outcome[]> {
  const all: Outcome[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const input = { TableName: table, ConsistentRead: true, ...(start ? { ExclusiveStartKey: start } : {}) };
    const { Items = [], LastEvaluatedKey } = await client.send(new ScanCommand(input));
    all.push(...(Items as Outcome[]));
    start = LastEvaluatedKey;
  } while (start);
  return all;
}

async function refusedBy(client: DynamoDBDocumentClient, table: string): Promise<number> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: { second: REFUSED } }));
  return Number(Item?.orders ?? 0);
}
