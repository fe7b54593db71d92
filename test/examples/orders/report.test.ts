import type { Answer } from "../../../examples/orders/order.js";
import { planOf } from "../../../examples/orders/plan.js";
import { NOTHING_YET, type Outcome, isRight, reportOf } from "../../../examples/orders/report.js";

const [first, second, third] = planOf("run", 3, 1).orders;
if (!first || !second || !third) throw new Error("three orders are planned");
const planned = [first, second, third];
const stored = [first, second].map((order, index) => ({ ...order, messageId: `orders.${index}` }));
const messages = stored.map(({ messageId, ...order }) => ({ id: messageId, order }));
const [one, other] = messages;
if (!one || !other) throw new Error("two messages are there");
const before = [first, second].map(({ product }) => ({ product, left: 10 }));
const after = [first, second].map(({ product, units }) => ({ product, left: 10 - units }));
const answered = (orderId: string, messageId: string): readonly [string, Answer] => [
  orderId,
  { orderId, outcome: "placed", messageId, isKnown: false },
];
const rolledBack: readonly [string, Answer] = [
  third.orderId,
  { orderId: third.orderId, outcome: "sold-out" },
];
const heard = [answered(first.orderId, "orders.0"), answered(second.orderId, "orders.1"), rolledBack];
const outcome: Outcome = {
  ...{ planned, answers: new Map(heard), orders: stored, messages, before, after },
  waiting: 0,
};

it("GIVEN orders that have their messages, and one rolled back WHEN they are compared THEN all is right", () => {
  const report = reportOf(outcome, { ...NOTHING_YET, killedMidBatch: 2 });
  expect(report).toMatchObject({ asked: 3, placed: 2, soldOut: 1, messages: 2, killedMidBatch: 2 });
  expect(report).toMatchObject({ customers: 1, customersInOrder: 1, productsRight: 2 });
  expect(isRight(report)).toBe(true);
});

it.each<readonly [string, Partial<Outcome>, object]>([
  ["an order without a message", { messages: [one] }, { withoutMessage: 1 }],
  ["an order with two", { messages: [one, one, other] }, { withSeveral: 1 }],
  [
    "a message of an order that was rolled back",
    { messages: [...messages, { id: "orders.2", order: third }] },
    { withoutOrder: 1, ofRolledBack: 1 },
  ],
  ["a message with another id", { messages: [one, { ...other, id: "orders.9" }] }, { withoutOrder: 1 }],
  [
    "a message with other units",
    { messages: [one, { ...other, order: { ...other.order, units: 99 } }] },
    { withoutOrder: 1 },
  ],
  ["messages in the wrong order", { messages: [other, one] }, { customersInOrder: 0 }],
  ["an order with no answer", { answers: new Map(heard.slice(1)) }, { unanswered: 1 }],
  [
    "an answer that was not true",
    { answers: new Map([...heard, answered(third.orderId, "orders.2")]) },
    { wronglyAnswered: 1 },
  ],
  ["units that were taken for an order rolled back", { after: [{ ...after[0], left: 0 }] as never }, {}],
  ["a message that still waits", { waiting: 1 }, { waiting: 1 }],
])("GIVEN %s WHEN they are compared THEN it is not right", (_, wrong, counted) => {
  const report = reportOf({ ...outcome, ...wrong }, NOTHING_YET);
  expect(report).toMatchObject(counted);
  expect(isRight(report)).toBe(false);
});

it("GIVEN customers WHEN orders are planned THEN each is in one batch, in turn, and some will be sold out", () => {
  const { orders, batches, stock } = planOf("run", 100, 7);
  expect(batches).toHaveLength(7);
  for (const those of batches) {
    const numbers = those.flat().map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(those.slice(0, 4).map((batch) => batch.length)).toEqual([1, 2, 3, 4]);
  }
  expect(new Set(batches.flat(2).map(({ orderId }) => orderId)).size).toBe(orders.length);
  const asked = orders.reduce((sum, { units }) => sum + units, 0);
  const there = stock.reduce((sum, { left }) => sum + left, 0);
  expect(there).toBeLessThan(asked);
  expect(there).toBeGreaterThan(asked / 2);
});
