import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { SluiceClient } from "../../lib/client/index.js";
import { type Ask, Front } from "./front.js";
import { TOPIC } from "./names.js";
import type { Answer, Order } from "./order.js";
import { type OrderPlan, planOf } from "./plan.js";
import { type Logged, NOTHING_YET, type OrdersReport, reportOf } from "./report.js";
import { ShopTable } from "./shop-table.js";

export interface DeployedOrders {
  readonly apiUrl: string;
  readonly endpointUrl: string;
  readonly shopTable: string;
  /** The order service. */
  readonly functionName: string;
}

export interface OrdersOptions {
  readonly orders: number;
  readonly customers: number;
  /** Customers that are served at once. */
  readonly atOnce: number;
  /** Of the requests, so many go wrong, in percent. */
  readonly faults: number;
  readonly momentMs: number;
  readonly say: (text: string) => void;
}

export interface TimedReport extends OrdersReport {
  readonly tookMs: number;
}

const PAGE = 1_000;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 250;
const ASK_AGAIN_MS = 50;
/** When all is there, what should not come is waited for. */
const LINGER_MS = 3_000;
const SAY_EVERY_MS = 5_000;

/** Orders are placed while the service is killed again and again; then orders and messages are compared. */
export async function runOrders(deployed: DeployedOrders, options: OrdersOptions): Promise<TimedReport> {
  const { say } = options;
  const startedMs = Date.now();
  const queue = new SluiceClient({ apiUrl: deployed.apiUrl, auth: "none" });
  const client = new DynamoDBClient({ endpoint: deployed.endpointUrl });
  const shop = new ShopTable(DynamoDBDocumentClient.from(client), deployed.shopTable);
  // What earlier runs have left in the table and the log is not looked at.
  const plan = planOf(randomUUID().slice(0, 8), options.orders, options.customers);
  const { nextCursor: place } = await queue.read(TOPIC, { from: "latest" });
  await shop.setStock(plan.stock);
  const happened = { ...NOTHING_YET };
  const front = new Front(askOf(deployed), happened, {
    below: (limit) => randomInt(limit),
    faults: options.faults,
    momentMs: options.momentMs,
    pause: () => pause(ASK_AGAIN_MS),
  });
  say(`${plan.orders.length} orders of ${plan.batches.length} customers ...`);
  await serveAll(front, plan, options);
  say("every order has its answer; the last messages come ...");
  await untilEmpty(queue);
  await pause(LINGER_MS);
  const waiting = await waitingIn(queue);
  const { orders, products } = await shop.all();
  const mine = new Set(plan.orders.map(({ orderId }) => orderId));
  const outcome = {
    planned: plan.orders,
    answers: front.answers,
    orders: orders.filter(({ orderId }) => mine.has(orderId)),
    messages: await loggedSince(queue, place),
    before: plan.stock,
    after: products,
    waiting,
  };
  return { ...reportOf(outcome, happened), tookMs: Date.now() - startedMs };
}

/** Some customers at once, in turns, each one's requests one after the other. */
async function serveAll(front: Front, plan: OrderPlan, { atOnce, say }: OrdersOptions): Promise<void> {
  const turns = plan.batches.map((batches) => [...batches]);
  const telling = setInterval(() => say(`${front.answers.size} have their answer ...`), SAY_EVERY_MS);
  const serve = async (): Promise<void> => {
    for (let next = turns.shift(); next; next = turns.shift()) {
      await front.places(next.splice(0, 1));
      if (next.length > 0) turns.push(next);
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, serve));
  } finally {
    clearInterval(telling);
  }
}

/** Calls the function. One whose process dies has no answer, but an error of Lambda's. */
function askOf({ endpointUrl, functionName }: DeployedOrders): Ask {
  const client = new LambdaClient({ endpoint: endpointUrl });
  return async (request) => {
    const input = { FunctionName: functionName, Payload: JSON.stringify(request) };
    const { FunctionError, Payload } = await client.send(new InvokeCommand(input));
    const text = new TextDecoder().decode(Payload);
    if (FunctionError !== undefined) throw new Error(`the order service failed: ${text}`);
    return JSON.parse(text) as readonly Answer[];
  };
}

/** What waits in the outbox or was refused, up to a page of each. */
async function waitingIn(queue: SluiceClient): Promise<number> {
  const [waiting, refused] = [
    await queue.listOutbox(TOPIC),
    await queue.listOutbox(TOPIC, { state: "refused" }),
  ];
  return waiting.items.length + refused.items.length;
}

async function untilEmpty(queue: SluiceClient): Promise<void> {
  const untilMs = Date.now() + PATIENCE_MS;
  while ((await waitingIn(queue)) > 0 && Date.now() < untilMs) await pause(LOOK_EVERY_MS);
}

async function loggedSince(queue: SluiceClient, place: string): Promise<readonly Logged[]> {
  const messages: Logged[] = [];
  for (let cursor = place; ;) {
    const page = await queue.read(TOPIC, { cursor, limit: PAGE });
    messages.push(...page.items.map(({ id, body }) => ({ id, order: body as Order })));
    cursor = page.nextCursor;
    if (page.items.length === 0) return messages;
  }
}
