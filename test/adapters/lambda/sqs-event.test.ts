import { sqsEvent } from "../../../lib/adapters/lambda/sqs-event.js";
import { FUNCTION_ARN, ORDERED_READER, READER, aHanded } from "./a-handed.js";
import type { Handed } from "../../../lib/domain/handed.js";

const recordOf = (fields: Partial<Handed> = {}, reader = READER) => {
  const { Records } = sqsEvent(reader, FUNCTION_ARN, [aHanded(fields)]);
  return Records[0];
};

describe("the event of an SQS trigger", () => {
  it("is, for a plain message, what a handler expects of one", () => {
    expect(recordOf()).toEqual({
      messageId: "orders.t1.0.7",
      receiptHandle: "a-receipt",
      body: '{"orderId":7}',
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: "1790000000000",
        SenderId: "sluice",
        ApproximateFirstReceiveTimestamp: "1790000000500",
      },
      messageAttributes: {
        "Sluice-Content-Type": {
          stringValue: "application/json",
          dataType: "String",
          stringListValues: [],
          binaryListValues: [],
        },
      },
      md5OfBody: "4ab2b47cee9a2d6249c2584144fd802f",
      md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:orders-logistics",
      awsRegion: "eu-central-1",
    });
  });

  it("has the publisher's trace as attributes, unless the publisher gave such attributes", () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const valueOf = (record: ReturnType<typeof recordOf>, name: string) =>
      record?.messageAttributes[name]?.stringValue;
    const traced = recordOf({ traceparent, tracestate: "vendor=1" });
    expect([valueOf(traced, "traceparent"), valueOf(traced, "tracestate")]).toEqual([
      traceparent,
      "vendor=1",
    ]);
    const own = recordOf({ traceparent, attributes: { traceparent: "mine" } });
    expect(valueOf(own, "traceparent")).toBe("mine");
    expect(recordOf()?.messageAttributes).not.toHaveProperty("traceparent");
  });

  it("names who signed the publish as its sender, if that is known", () => {
    const publishedBy = "arn:aws:iam::123456789012:role/shop";
    expect(recordOf({ publishedBy })?.attributes.SenderId).toBe(publishedBy);
  });

  it("keeps the order of the messages", () => {
    const messages = ["a", "b", "c"].map((id) => aHanded({ id }));
    const { Records } = sqsEvent(READER, FUNCTION_ARN, messages);
    expect(Records.map(({ messageId }) => messageId)).toEqual(["a", "b", "c"]);
  });

  it("is, for an ordered message, what a FIFO queue sends", () => {
    const record = recordOf({ id: "orders.t1.0.42", key: "order-7", offset: 42 }, ORDERED_READER);
    expect(record?.attributes).toEqual({
      ApproximateReceiveCount: "1",
      SentTimestamp: "1790000000000",
      SenderId: "sluice",
      ApproximateFirstReceiveTimestamp: "1790000000500",
      MessageGroupId: "order-7",
      MessageDeduplicationId: "orders.t1.0.42",
      SequenceNumber: "00000000000000000042",
    });
    expect(record?.eventSourceARN).toBe("arn:aws:sqs:eu-central-1:123456789012:orders-logistics.fifo");
  });

  it("has the message's own dedupId in place of its id", () => {
    const { attributes } =
      recordOf({ id: "orders.t1.0.42", key: "k", dedupId: "transfer-7" }, ORDERED_READER) ?? {};
    expect(attributes?.MessageDeduplicationId).toBe("transfer-7");
  });

  it("has sequence numbers that sort as texts in the order of their offsets", () => {
    const offsets = [9, 10, 99, 100, Number.MAX_SAFE_INTEGER];
    const numbers = offsets.map(
      (offset) => recordOf({ key: "k", offset }, ORDERED_READER)?.attributes.SequenceNumber ?? "",
    );
    expect([...numbers].sort()).toEqual(numbers);
    expect(numbers.map((number) => number.length)).toEqual(offsets.map(() => 20));
  });

  it("is, for a message with a key in a topic without order, what a fair standard queue sends", () => {
    const record = recordOf({ key: "order-7" });
    expect(record?.attributes.MessageGroupId).toBe("order-7");
    expect(Object.keys(record?.attributes ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/SequenceNumber|MessageDeduplicationId/)]),
    );
    expect(record?.eventSourceARN).toBe("arn:aws:sqs:eu-central-1:123456789012:orders-logistics");
  });

  it("counts attempts", () => {
    expect(recordOf({ attempt: 3 })?.attributes.ApproximateReceiveCount).toBe("3");
  });

  it("has bytes in base64, and says so", () => {
    const record = recordOf({ body: Uint8Array.from([0, 255]), contentType: "image/png" });
    expect(record?.body).toBe("AP8=");
    expect(record?.messageAttributes).toMatchObject({
      "Sluice-Body-Encoding": { stringValue: "base64", dataType: "String" },
      "Sluice-Content-Type": { stringValue: "image/png" },
    });
  });

  it("says where a body is that was uploaded, as JSON, and keeps its type", () => {
    const sha256 = Buffer.alloc(32, 1);
    const uploaded = { key: "k", sizeBytes: 5e9, keptUntilMs: 1, sha256: sha256.toString("base64url") };
    const record = recordOf({ body: new Uint8Array(), contentType: "video/mp4", uploaded });
    expect(JSON.parse(record?.body ?? "")).toEqual({
      ...{ bodyUrl: "/v1/messages/orders.t1.0.7/body", bodyBytes: 5e9, bodySha256: sha256.toString("hex") },
    });
    expect(record?.messageAttributes).toMatchObject({
      "Sluice-Body-Encoding": { stringValue: "url", dataType: "String" },
      "Sluice-Content-Type": { stringValue: "video/mp4" },
    });
  });

  it("has attributes by their kind", () => {
    const record = recordOf({ attributes: { region: "eu", amount: 12.5, express: true } });
    expect(record?.messageAttributes).toMatchObject({
      region: { stringValue: "eu", dataType: "String" },
      amount: { stringValue: "12.5", dataType: "Number" },
      express: { stringValue: "true", dataType: "String" },
    });
  });

  it("has the tag and the business key as attributes", () => {
    expect(recordOf({ tag: "created", businessKey: "invoice 7" })?.messageAttributes).toMatchObject({
      "Sluice-Tag": { stringValue: "created", dataType: "String" },
      "Sluice-Business-Key": { stringValue: "invoice 7", dataType: "String" },
    });
  });

  it("has the error of the attempt before, cut to 256 bytes of one line", () => {
    const record = recordOf({ attempt: 2, lastError: `out of\nstock ${"é".repeat(200)}` });
    expect(record?.messageAttributes["Sluice-Last-Error"]).toMatchObject({ dataType: "String" });
    const text = record?.messageAttributes["Sluice-Last-Error"]?.stringValue ?? "";
    expect(text.startsWith("out of stock éé")).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(256);
    expect(recordOf({ attempt: 1 })?.messageAttributes).not.toHaveProperty("Sluice-Last-Error");
  });

  it.each([
    { functionArn: "ship-it", arn: "arn:aws:sqs:us-east-1:000000000000:orders-logistics" },
    {
      functionArn: "arn:aws-cn:lambda:cn-north-1:123456789012:function:ship-it:live",
      arn: "arn:aws-cn:sqs:cn-north-1:123456789012:orders-logistics",
    },
  ])("comes from the place of the function $functionArn", ({ functionArn, arn }) => {
    const { Records } = sqsEvent(READER, functionArn, [aHanded()]);
    expect(Records[0]?.eventSourceARN).toBe(arn);
  });
});
