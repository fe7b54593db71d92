import { lambdaSubscriber } from "../../../lib/adapters/lambda/subscriber.js";
import type { Subscriber } from "../../../lib/domain/ports/subscriber.js";
import { READER, TARGET, aHanded, aReader } from "./a-handed.js";
import { ALambda, type Answer } from "./a-lambda.js";

const MESSAGES = [aHanded({ id: "a" }), aHanded({ id: "b" })];

describe("a Lambda subscriber", () => {
  const lambda = new ALambda();
  let subscriber: Subscriber;
  beforeAll(async () => {
    const { invoking: client } = await lambda.start();
    subscriber = lambdaSubscriber({ client });
  });
  afterAll(() => lambda.stop());
  beforeEach(() => {
    lambda.invocations.length = 0;
    lambda.answers = [];
  });
  const deliver = (answer: Answer, messages = MESSAGES) => {
    lambda.answers = [answer];
    return subscriber.deliver(READER, messages);
  };

  it("is called once with the whole batch, and waited for", async () => {
    await deliver({});
    expect(lambda.invocations).toMatchObject([
      {
        functionName: TARGET.functionArn,
        type: "RequestResponse",
        payload: { Records: [{ messageId: "a" }, { messageId: "b" }] },
      },
    ]);
  });

  it.each([
    { body: "", failed: [] },
    { body: "null", failed: [] },
    { body: '{"batchItemFailures":[]}', failed: [] },
    { body: '{"batchItemFailures":[{"itemIdentifier":"b"}]}', failed: ["b"] },
  ])("answers by $body", async ({ body, failed }) => {
    expect(await deliver({ body })).toEqual({
      kind: "answered",
      failedIds: new Set(failed),
      requestId: "r1",
    });
  });

  it("hands on what the answer says of a message that failed", async () => {
    const failures = [
      { itemIdentifier: "a", outcome: "reject", error: "no order 7" },
      { itemIdentifier: "b" },
    ];
    expect(await deliver({ body: JSON.stringify({ batchItemFailures: failures }) })).toMatchObject({
      kind: "answered",
      failedIds: new Set(["a", "b"]),
      said: new Map([["a", { isRejected: true, error: "no order 7" }]]),
    });
  });

  it.each([
    { what: "an id of another batch", body: '{"batchItemFailures":[{"itemIdentifier":"c"}]}' },
    { what: "no JSON", body: "<html>" },
  ])("has the whole batch failed by an answer with $what", async ({ body }) => {
    expect(await deliver({ body })).toMatchObject({ kind: "failed" });
  });

  it.each([
    {
      body: '{"errorType":"TypeError","errorMessage":"no order 7","trace":[]}',
      error: "TypeError: no order 7",
    },
    {
      body: '{"errorMessage":"Task timed out after 3.00 seconds"}',
      error: "Task timed out after 3.00 seconds",
    },
    { body: "out of memory", error: "out of memory" },
    { body: "", error: "the handler failed" },
  ])("fails in the handler's own words: $error", async ({ body, error }) => {
    expect(await deliver({ body, functionError: "Unhandled" })).toEqual({
      kind: "failed",
      error,
      requestId: "r1",
    });
  });

  it("keeps an error text short", async () => {
    const body = JSON.stringify({ errorMessage: "x".repeat(5_000) });
    const outcome = await deliver({ body, functionError: "Unhandled" });
    expect(outcome.kind === "failed" && outcome.error.length).toBe(500);
  });

  it.each([
    { status: 429, error: "TooManyRequestsException", reason: "throttled" },
    { status: 409, error: "ResourceConflictException", reason: "unreachable" },
    { status: 500, error: "ServiceException", reason: "unreachable" },
    { status: 502, error: "EC2UnexpectedException", reason: "unreachable" },
    { status: 404, error: "ResourceNotFoundException", reason: "missing" },
    { status: 403, error: "AccessDeniedException", reason: "forbidden" },
    { status: 502, error: "KMSAccessDeniedException", reason: "forbidden" },
  ])("is unavailable, and called once, where Lambda says $error", async ({ status, error, reason }) => {
    const outcome = await deliver({ status, error, body: "why" });
    expect(outcome).toEqual({
      kind: "unavailable",
      reason,
      error: expect.stringContaining(`${error}: why`),
      requestId: "r1",
    });
    expect(lambda.invocations).toHaveLength(1);
  });

  it("is unavailable, and called once, where the connection breaks", async () => {
    expect(await deliver({ hangUp: true })).toMatchObject({ kind: "unavailable", reason: "unreachable" });
    expect(lambda.invocations).toHaveLength(1);
  });

  it("fails where the batch is too large for Lambda: no later try makes it smaller", async () => {
    const outcome = await deliver({ status: 413, error: "RequestTooLargeException", body: "6291456 bytes" });
    expect(outcome).toMatchObject({ kind: "failed", error: expect.stringContaining("maxBytes") });
  });

  it("fails without a call where the batch is larger than any function takes", async () => {
    const outcome = await deliver({}, [aHanded({ body: "x".repeat(6 * 1_024 * 1_024) })]);
    expect(outcome).toEqual({ kind: "failed", error: expect.stringContaining("maxBytes") });
    expect(lambda.invocations).toEqual([]);
  });

  it("is no subscriber of another kind", async () => {
    const outcome = await subscriber.deliver(aReader({}, { target: { type: "pull" } }), MESSAGES);
    const error: unknown = expect.stringContaining("pull");
    expect(outcome).toEqual({ kind: "unavailable", reason: "missing", error });
  });
});
