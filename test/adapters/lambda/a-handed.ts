import type { Handed } from "../../../lib/domain/handed.js";
import type { Reader } from "../../../lib/domain/reader.js";
import type { Subscription } from "../../../lib/domain/subscription.js";
import type { Topic } from "../../../lib/domain/topic.js";
import { aSubscription, aTopic } from "../../contract/builders.js";

export const FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:ship-it";
export const TARGET = { type: "lambda", functionArn: FUNCTION_ARN } as const;

export function aReader(topicFields: Partial<Topic> = {}, fields: Partial<Subscription> = {}): Reader {
  const topic = aTopic({ name: "orders", uid: "t1", ...topicFields });
  const { name, uid } = topic;
  const subscription = aSubscription({ topic: { name, uid }, name: "logistics", uid: "s1", ...fields });
  return { topic, subscription: { ...subscription, target: fields.target ?? TARGET } };
}

export const READER = aReader();
export const ORDERED_READER = aReader({ ordering: "key" });

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
