import { createHash } from "node:crypto";
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from "aws-lambda";
import type { AttributeValue } from "../../domain/message.js";
import type { SubscriptionRef } from "../../domain/subscription.js";
import type { Handed } from "../../domain/handed.js";

/** The event of an SQS trigger, so that handlers written for one work unchanged. */
export function sqsEvent(
  subscription: SubscriptionRef,
  functionArn: string,
  messages: readonly Handed[],
): SQSEvent {
  return { Records: messages.map((message) => recordOf(subscription, functionArn, message)) };
}

function recordOf(subscription: SubscriptionRef, functionArn: string, message: Handed): SQSRecord {
  const [, partition = "aws", , region = "us-east-1", account = "000000000000"] = functionArn.split(":");
  const body = typeof message.body === "string" ? message.body : Buffer.from(message.body).toString("base64");
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body,
    attributes: {
      ApproximateReceiveCount: String(message.attempt),
      SentTimestamp: String(message.publishedAtMs),
      SenderId: "sluice",
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
      ...(message.key === undefined
        ? {}
        : { MessageGroupId: message.key, SequenceNumber: String(message.offset) }),
    },
    messageAttributes: attributesOf(message),
    md5OfBody: createHash("md5").update(body).digest("hex"),
    eventSource: "aws:sqs",
    eventSourceARN: `arn:${partition}:sqs:${region}:${account}:${subscription.topic.name}-${subscription.name}`,
    awsRegion: region,
  };
}

/** A message's own attributes, and under `Sluice-` names what SQS has no place for. */
function attributesOf(message: Handed): SQSMessageAttributes {
  const own = {
    "Sluice-Content-Type": message.contentType,
    ...(message.tag === undefined ? {} : { "Sluice-Tag": message.tag }),
  };
  const encoding = typeof message.body === "string" ? {} : { "Sluice-Body-Encoding": "base64" };
  const all: Record<string, AttributeValue> = { ...message.attributes, ...own, ...encoding };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, attributeOf(value)]));
}

const attributeOf = (value: AttributeValue) => ({
  stringValue: String(value),
  dataType: typeof value === "number" ? "Number" : "String",
  stringListValues: [],
  binaryListValues: [],
});

/**
 * The ids that a handler's answer names as failed, read as an SQS trigger reads it: nothing means that all are done,
 * an id that is not in the batch, or none, that the whole batch failed.
 */
export function failedIdsIn(answer: unknown, ids: ReadonlySet<string>): ReadonlySet<string> | "all" {
  if (answer === null || answer === undefined || answer === "") return new Set();
  if (typeof answer !== "object") return new Set();
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return new Set();
  if (!Array.isArray(failures)) return "all";
  const failed = new Set<string>();
  for (const failure of failures as unknown[]) {
    const id = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof id !== "string" || !ids.has(id)) return "all";
    failed.add(id);
  }
  return failed;
}
