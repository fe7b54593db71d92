import fc from "fast-check";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { EVENT_FRAME_BYTES, sqsEvent } from "../../../lib/adapters/lambda/sqs-event.js";
import { lambdaSubscriber } from "../../../lib/adapters/lambda/subscriber.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { messageId } from "../../../lib/domain/message-id.js";
import type { Message, MessageContent } from "../../../lib/domain/message.js";
import type { Reader } from "../../../lib/domain/reader.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { formatReceipt } from "../../../lib/domain/receipt.js";
import { BODY_LIMIT_BYTES } from "../../../lib/http/contracts/message.js";
import { aNonce } from "../../contract/builders.js";
import { FUNCTION_ARN, aReader } from "./a-handed.js";

/** What a synchronous invoke takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const PAYLOAD_LIMIT_BYTES = 6_291_456;
const FAR_FUTURE_MS = 9_999_999_999_999;

// Sizes are counted without a call.
const subscriber = lambdaSubscriber({ client: {} as LambdaClient });

/** Whose names and ids are as long as they can be. */
const LONGEST = aReader(
  { name: "t".repeat(80), uid: aNonce(), ordering: "key" },
  { name: "s".repeat(80), uid: aNonce() },
);
const { topic, subscription } = LONGEST;
const LIMIT_BYTES = subscriber.limitBytes(subscription.target);
const ADDRESS = { topic, partition: 255, offset: Number.MAX_SAFE_INTEGER };

const placed = (content: MessageContent): Message => ({
  ...content,
  id: messageId(ADDRESS),
  partition: ADDRESS.partition,
  offset: ADDRESS.offset,
  publishedAtMs: FAR_FUTURE_MS,
});

const handed = (message: Message): Handed => ({
  ...message,
  receipt: formatReceipt(subscription, {
    leaseId: dueId(FAR_FUTURE_MS, aNonce()),
    offset: message.offset,
    leaseSize: 99_999,
  }),
  attempt: 1_000_000,
  lastError: '"'.repeat(1_024),
  firstReceivedAtMs: FAR_FUTURE_MS,
});

const eventBytes = (reader: Reader, messages: readonly Message[]): number =>
  Buffer.byteLength(JSON.stringify(sqsEvent(reader, FUNCTION_ARN, messages.map(handed))));

const textOf = (unit: string, sizeBytes: number): string =>
  unit.repeat(Math.floor(sizeBytes / Buffer.byteLength(unit)));

/** All else that a publisher can give, as large as it can be. */
const largestAround = (unit: string): Omit<MessageContent, "body" | "contentType"> => ({
  key: unit.repeat(128 / unit.length),
  tag: unit === "\0" || unit === '"' ? unit.repeat(128) : "t".repeat(128),
  businessKey: unit.repeat(256 / unit.length),
  attributes: Object.fromEntries(
    Array.from({ length: 32 }, (_, index) => [
      String(index).padStart(128, "n"),
      unit.repeat(1_024 / unit.length),
    ]),
  ),
});

const UNITS = {
  letters: "a",
  quotes: '"',
  backslashes: "\\",
  "line ends": "\n",
  "control characters": "\u0001",
  umlauts: "ü",
  "surrogate pairs": "😀",
  "CJK characters": "語",
};

describe("what a message takes in a delivery", () => {
  it.each(Object.entries(UNITS))("fits alone, as large as it can be published, of %s", (_what, unit) => {
    // GIVEN
    const content = {
      ...largestAround(unit),
      body: textOf(unit, BODY_LIMIT_BYTES),
      contentType: `text/plain; ${"x".repeat(243)}`,
    };
    const message = placed(content);
    // WHEN
    const sizeInEvent = eventBytes(LONGEST, [message]);
    // THEN
    expect(subscriber.sizeBytes(LONGEST, message)).toBeLessThanOrEqual(LIMIT_BYTES);
    expect(sizeInEvent - EVENT_FRAME_BYTES).toBeLessThanOrEqual(subscriber.sizeBytes(LONGEST, message));
    expect(sizeInEvent).toBeLessThan(PAYLOAD_LIMIT_BYTES);
  });

  it("fits alone, of bytes", () => {
    const body = new Uint8Array(BODY_LIMIT_BYTES);
    const message = placed({ ...largestAround("\u0001"), body, contentType: "image/png" });
    expect(subscriber.sizeBytes(LONGEST, message)).toBeLessThanOrEqual(LIMIT_BYTES);
    expect(eventBytes(LONGEST, [message])).toBeLessThan(PAYLOAD_LIMIT_BYTES);
  });

  it("is never less than it takes, and not much more", () => {
    const contents = fc.record({
      body: fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array()),
      contentType: fc.constantFrom("application/json", "text/plain"),
      key: fc.string({ unit: "binary", minLength: 1, maxLength: 128 }),
      attributes: fc.dictionary(fc.stringMatching(/^[\w.-]{1,20}$/), fc.oneof(fc.string(), fc.double())),
    });
    fc.assert(
      fc.property(fc.array(contents, { maxLength: 5 }), (batch) => {
        const messages = batch.map(placed);
        const counted = messages.reduce((sum, message) => sum + subscriber.sizeBytes(LONGEST, message), 0);
        const real = eventBytes(LONGEST, messages) - EVENT_FRAME_BYTES;
        expect(real).toBeLessThanOrEqual(counted);
        expect(counted - real).toBeLessThanOrEqual(messages.length * 300);
      }),
    );
  });

  it("leaves a text as it is while its escapes let it fit", () => {
    const body = textOf('"', 2_700_000);
    const { Records } = sqsEvent(LONGEST, FUNCTION_ARN, [
      handed(placed({ body, contentType: "text/plain" })),
    ]);
    expect(Records[0]?.body).toBe(body);
    expect(Records[0]?.messageAttributes).not.toHaveProperty("Sluice-Body-Encoding");
  });

  it("has a text that its escapes make too large in base64, and says so", () => {
    const body = textOf('"', 3_300_000);
    const { Records } = sqsEvent(LONGEST, FUNCTION_ARN, [
      handed(placed({ body, contentType: "text/plain" })),
    ]);
    expect(Buffer.from(Records[0]?.body ?? "", "base64").toString("utf8")).toBe(body);
    expect(Records[0]?.messageAttributes).toMatchObject({
      "Sluice-Body-Encoding": { stringValue: "base64" },
    });
  });
});
