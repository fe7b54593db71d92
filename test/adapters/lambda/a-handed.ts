import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import type { Handed } from "../../../lib/domain/handed.js";

export const FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:ship-it";
export const TARGET = { type: "lambda", functionArn: FUNCTION_ARN } as const;
export const SUBSCRIPTION: SubscriptionRef = {
  topic: { name: "orders", uid: "t1" },
  name: "logistics",
  uid: "s1",
};

export const aHanded = (fields: Partial<Handed> = {}): Handed => ({
  id: "orders.t1.0.7",
  partition: 0,
  offset: 7,
  publishedAtMs: 1_790_000_000_000,
  body: '{"orderId":7}',
  contentType: "application/json",
  receipt: "a-receipt",
  attempt: 1,
  firstReceivedAtMs: 1_790_000_000_500,
  ...fields,
});
