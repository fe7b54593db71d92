import { failedIdsIn, sqsEvent } from "../../../lib/adapters/lambda/sqs-event.js";
import { FUNCTION_ARN, SUBSCRIPTION, aHanded } from "./a-handed.js";
import type { Handed } from "../../../lib/domain/handed.js";

const recordOf = (fields: Partial<Handed> = {}) => {
  const { Records } = sqsEvent(SUBSCRIPTION, FUNCTION_ARN, [aHanded(fields)]);
  return Records[0];
};
const IDS = new Set(["a", "b"]);
const failures = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

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
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:orders-logistics",
      awsRegion: "eu-central-1",
    });
  });

  it("keeps the order of the messages", () => {
    const messages = ["a", "b", "c"].map((id) => aHanded({ id }));
    const { Records } = sqsEvent(SUBSCRIPTION, FUNCTION_ARN, messages);
    expect(Records.map(({ messageId }) => messageId)).toEqual(["a", "b", "c"]);
  });

  it("names the key as a message group, and the place in it", () => {
    expect(recordOf({ key: "order-7", offset: 42 })?.attributes).toMatchObject({
      MessageGroupId: "order-7",
      SequenceNumber: "42",
    });
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

  it("has attributes by their kind", () => {
    const record = recordOf({ attributes: { region: "eu", amount: 12.5, express: true }, tag: "created" });
    expect(record?.messageAttributes).toMatchObject({
      region: { stringValue: "eu", dataType: "String" },
      amount: { stringValue: "12.5", dataType: "Number" },
      express: { stringValue: "true", dataType: "String" },
      "Sluice-Tag": { stringValue: "created", dataType: "String" },
    });
  });

  it.each([
    { functionArn: "ship-it", arn: "arn:aws:sqs:us-east-1:000000000000:orders-logistics" },
    {
      functionArn: "arn:aws-cn:lambda:cn-north-1:123456789012:function:ship-it:live",
      arn: "arn:aws-cn:sqs:cn-north-1:123456789012:orders-logistics",
    },
  ])("comes from the place of the function $functionArn", ({ functionArn, arn }) => {
    const { Records } = sqsEvent(SUBSCRIPTION, functionArn, [aHanded()]);
    expect(Records[0]?.eventSourceARN).toBe(arn);
  });
});

describe("a handler's answer", () => {
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty text", ""],
    ["no failures", {}],
    ["null for failures", { batchItemFailures: null }],
    ["an empty list", failures()],
    ["something of its own", { statusCode: 200 }],
    ["a text of its own", "done"],
    ["a number", 7],
  ])("of %s means that all are done", (_what, answer) => {
    expect(failedIdsIn(answer, IDS)).toEqual(new Set());
  });

  it("names what failed", () => {
    expect(failedIdsIn(failures("b"), IDS)).toEqual(new Set(["b"]));
    expect(failedIdsIn(failures("b", "a", "b"), IDS)).toEqual(IDS);
  });

  it.each([
    ["an id of another batch", failures("a", "c")],
    ["an empty id", failures("")],
    ["null for an id", failures(null)],
    ["no id", { batchItemFailures: [{}] }],
    ["another name for it", { batchItemFailures: [{ itemIdentifer: "a" }] }],
    ["null for a failure", { batchItemFailures: [null] }],
    ["bare ids", { batchItemFailures: ["a"] }],
    ["no list", { batchItemFailures: "a" }],
  ])("with %s means that all failed", (_what, answer) => {
    expect(failedIdsIn(answer, IDS)).toBe("all");
  });
});
