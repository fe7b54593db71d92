import type { Answer, Order } from "./order.js";
import type { Product, StoredOrder } from "./shop-table.js";

/** What went wrong, and what came of it. */
export interface Happened {
  /** The service's process was killed: before it wrote the first order of a request, */
  killedBeforeWrite: number;
  /** after it wrote some of them, */
  killedMidBatch: number;
  /** after it wrote all, and before its answer, */
  killedAfterWrite: number;
  /** at any moment, transactions in flight included. */
  killedAnyMoment: number;
  /** Requests that were sent twice at once. */
  askedTwice: number;
  askedAgain: number;
  /** Orders that an earlier try had placed, without an answer. */
  knownBefore: number;
}

export const NOTHING_YET: Readonly<Happened> = {
  ...{ killedBeforeWrite: 0, killedMidBatch: 0, killedAfterWrite: 0, killedAnyMoment: 0 },
  ...{ askedTwice: 0, askedAgain: 0, knownBefore: 0 },
};

/** A message of the log. */
export interface Logged {
  readonly id: string;
  readonly order: Order;
}

export interface Outcome {
  readonly planned: readonly Order[];
  readonly answers: ReadonlyMap<string, Answer>;
  /** In the shop's table. */
  readonly orders: readonly StoredOrder[];
  /** In the order of the log, as far as it has one. */
  readonly messages: readonly Logged[];
  readonly before: readonly Product[];
  readonly after: readonly Product[];
  /** Messages that are still in the outbox, or that the topic refused. */
  readonly waiting: number;
}

export interface OrdersReport extends Happened {
  readonly asked: number;
  readonly unanswered: number;
  readonly placed: number;
  /** Their transaction was rolled back. */
  readonly soldOut: number;
  readonly messages: number;
  readonly withoutMessage: number;
  readonly withSeveral: number;
  /** Of an order that is not there, or with another id or content than its transaction wrote. */
  readonly withoutOrder: number;
  /** Of those, messages whose order was rolled back. */
  readonly ofRolledBack: number;
  readonly customers: number;
  /** Customers whose messages are in the order of their items' times, which is that of their orders. */
  readonly customersInOrder: number;
  /** Orders whose customer heard something else than what the table says. */
  readonly wronglyAnswered: number;
  readonly productsBefore: number;
  /** Products of which as much is gone as was ordered. */
  readonly productsRight: number;
  readonly waiting: number;
}

export function reportOf(outcome: Outcome, happened: Happened): OrdersReport {
  const { planned, answers, orders, messages, before, waiting } = outcome;
  const byOrder = groupedBy(messages, ({ order }) => order.orderId);
  const stored = new Map(orders.map((order) => [order.orderId, order]));
  const timesOf = ({ orderId }: Order): number => byOrder.get(orderId)?.length ?? 0;
  const strangers = messages.filter((message) => !isOf(message, stored.get(message.order.orderId)));
  const customers = [...groupedBy(messages, ({ order }) => order.customer).values()];
  return {
    ...happened,
    asked: planned.length,
    unanswered: planned.filter(({ orderId }) => !answers.has(orderId)).length,
    placed: orders.length,
    soldOut: [...answers.values()].filter(({ outcome: said }) => said === "sold-out").length,
    messages: messages.length,
    withoutMessage: orders.filter((order) => timesOf(order) === 0).length,
    withSeveral: orders.filter((order) => timesOf(order) > 1).length,
    withoutOrder: strangers.length,
    ofRolledBack: strangers.filter(({ order }) => answers.get(order.orderId)?.outcome === "sold-out").length,
    customers: customers.length,
    customersInOrder: customers.filter(areInOrder).length,
    wronglyAnswered: [...answers.values()].filter((answer) => !isTrue(answer, stored)).length,
    productsBefore: before.length,
    productsRight: before.filter((product) => isTaken(product, outcome)).length,
    waiting,
  };
}

/** Whether orders and messages agree, and every customer heard the truth. */
export const isRight = (report: OrdersReport): boolean =>
  report.unanswered === 0 &&
  report.messages === report.placed &&
  report.placed + report.soldOut === report.asked &&
  report.withoutMessage + report.withSeveral + report.withoutOrder + report.wronglyAnswered === 0 &&
  report.customersInOrder === report.customers &&
  report.productsRight === report.productsBefore &&
  report.waiting === 0;

function groupedBy<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}

const isOf = ({ id, order }: Logged, stored: StoredOrder | undefined): boolean =>
  stored !== undefined &&
  stored.messageId === id &&
  stored.customer === order.customer &&
  stored.number === order.number &&
  stored.product === order.product &&
  stored.units === order.units;

/** By their ids, which begin with the time at which each item was made, and as their customer asked for them. */
const areInOrder = (messages: readonly Logged[]): boolean =>
  messages.every((message, index) => {
    const last = messages[index - 1];
    return !last || (last.id < message.id && last.order.number < message.order.number);
  });

function isTrue(answer: Answer, stored: ReadonlyMap<string, StoredOrder>): boolean {
  const messageId = stored.get(answer.orderId)?.messageId;
  return answer.outcome === "placed" ? messageId === answer.messageId : messageId === undefined;
}

function isTaken({ product, left }: Product, { orders, after }: Outcome): boolean {
  const ordered = orders.filter((order) => order.product === product);
  const units = ordered.reduce((sum, order) => sum + order.units, 0);
  const rest = after.find((one) => one.product === product)?.left;
  return rest !== undefined && rest >= 0 && rest === left - units;
}
