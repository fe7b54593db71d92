import type { SQSEvent, SQSMessageAttributes, SQSRecord, SQSRecordAttributes } from "aws-lambda";
import type { Handed } from "../../domain/handed.js";
import type { AttributeValue, Message } from "../../domain/message.js";
import { oneLine, shortened } from "../../domain/progress/shortened.js";
import type { Reader } from "../../domain/reader.js";
import { type BodyEncoding, encodedBody, encodedBodyBytes, encodingOf } from "./sqs-body.js";
import { attributesDigest, bodyDigest } from "./sqs-digest.js";

/** SQS pads sequence numbers to 20 digits, so that they also sort as text. */
const SEQUENCE_DIGITS = 20;
/** So much of the error of the attempt before goes along; JSON makes no more than twice as much of it. */
const LAST_ERROR_BYTES = 256;
/** The most that handing out adds to a message: its receipt, the digits of its attempt and time, and the last error. */
const HANDED_BYTES = 600 + 2 * LAST_ERROR_BYTES + 130;
const NOT_HANDED = { receipt: "", attempt: 0, firstReceivedAtMs: 0 };
const COMMA_BYTES = 1;

/** An event without records. */
export const EVENT_FRAME_BYTES = JSON.stringify({ Records: [] }).length;

/** The event of an SQS trigger, so that handlers written for one work unchanged. */
export function sqsEvent(reader: Reader, functionArn: string, messages: readonly Handed[]): SQSEvent {
  return {
    Records: messages.map((message) => {
      const encoding = encodingOf(message);
      return recordOf(reader, functionArn, message, encodedBody(message, encoding), encoding);
    }),
  };
}

/** The most that a message takes in an event: its record is built without the body, and the body's length is added. */
export function recordBytes(reader: Reader, functionArn: string, message: Message): number {
  const encoding = encodingOf(message);
  const withoutBody = recordOf(reader, functionArn, { ...message, ...NOT_HANDED }, "", encoding);
  const frameBytes = Buffer.byteLength(JSON.stringify(withoutBody));
  return frameBytes + encodedBodyBytes(message, encoding) + HANDED_BYTES + COMMA_BYTES;
}

function recordOf(
  { topic, subscription }: Reader,
  functionArn: string,
  message: Handed,
  body: string,
  encoding: BodyEncoding,
): SQSRecord {
  const [, partition = "aws", , region = "us-east-1", account = "000000000000"] = functionArn.split(":");
  const isFifo = topic.ordering === "key";
  const messageAttributes = messageAttributesOf(message, encoding);
  const queue = `${topic.name}-${subscription.name}${isFifo ? ".fifo" : ""}`;
  return {
    messageId: message.id,
    receiptHandle: message.receipt,
    body,
    attributes: {
      ApproximateReceiveCount: String(message.attempt),
      SentTimestamp: String(message.publishedAtMs),
      SenderId: message.publishedBy ?? "sluice",
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
      ...(message.key === undefined ? {} : { MessageGroupId: message.key }),
      ...(isFifo ? fifoAttributes(message) : {}),
    },
    messageAttributes,
    md5OfBody: bodyDigest(body),
    md5OfMessageAttributes: attributesDigest(messageAttributes),
    eventSource: "aws:sqs",
    eventSourceARN: `arn:${partition}:sqs:${region}:${account}:${queue}`,
    awsRegion: region,
  };
}

/** What a FIFO queue adds beside the group id: consumers that keep order look for it. */
const fifoAttributes = ({ id, dedupId = id, offset }: Message): Partial<SQSRecordAttributes> => ({
  MessageDeduplicationId: dedupId,
  SequenceNumber: String(offset).padStart(SEQUENCE_DIGITS, "0"),
});

/** The message's own attributes, and, under names that start with `Sluice-`, the fields that SQS does not have. */
function messageAttributesOf(message: Handed, encoding: BodyEncoding): SQSMessageAttributes {
  const { tag, businessKey, lastError, traceparent, tracestate } = message;
  const all: Record<string, AttributeValue> = {
    // Where instrumentation of SQS handlers looks for them. The publisher's own attributes come first.
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
    ...message.attributes,
    "Sluice-Content-Type": message.contentType,
    ...(tag === undefined ? {} : { "Sluice-Tag": tag }),
    ...(businessKey === undefined ? {} : { "Sluice-Business-Key": businessKey }),
    ...(lastError === undefined
      ? {}
      : { "Sluice-Last-Error": shortened(oneLine(lastError), LAST_ERROR_BYTES) }),
    ...(encoding === "text" ? {} : { "Sluice-Body-Encoding": encoding }),
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, attributeOf(value)]));
}

const attributeOf = (value: AttributeValue) => ({
  stringValue: String(value),
  dataType: typeof value === "number" ? "Number" : "String",
  stringListValues: [],
  binaryListValues: [],
});
