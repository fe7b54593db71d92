import {
  BatchProcessor,
  EventType,
  SqsFifoPartialProcessorAsync,
  processPartialResponse,
} from "@aws-lambda-powertools/batch";
import { SqsSchema } from "@aws-lambda-powertools/parser/schemas";
import middy from "@middy/core";
import normalizeEvent from "@middy/event-normalizer";
import reportFailures from "@middy/sqs-partial-batch-failure";
import type { Context, SQSEvent, SQSRecord } from "aws-lambda";
import type { DeliveryOutcome } from "../../../lib/domain/delivery-outcome.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { lambdaSubscriber } from "../../../lib/adapters/lambda/subscriber.js";
import { ORDERED_READER, READER, aHanded } from "./a-handed.js";
import { ALambda } from "./a-lambda.js";

const FAILING = "will fail";
const message = (id: string, fields: Partial<Handed> = {}): Handed =>
  aHanded({ id, body: JSON.stringify({ id }), ...fields });
const failing = (id: string, fields: Partial<Handed> = {}): Handed =>
  message(id, { body: JSON.stringify({ id, order: FAILING }), ...fields });

/** What a consumer does with one record, whatever it is called by. */
async function handle({ body }: SQSRecord): Promise<string> {
  const { id, order } = JSON.parse(body) as { id: string; order?: string };
  if (order === FAILING) throw new Error(`no order ${id}`);
  return id;
}

/** Handlers written for SQS with other people's libraries, called as a pump calls them. */
describe("a consumer of SQS", () => {
  const lambda = new ALambda();
  let deliver: (messages: readonly Handed[], reader?: typeof READER) => Promise<DeliveryOutcome>;
  const calls = (handler: (event: SQSEvent) => Promise<unknown>) => {
    lambda.handler = (event) => handler(event as SQSEvent);
  };
  beforeAll(async () => {
    const { invoking: client } = await lambda.start();
    const subscriber = lambdaSubscriber({ client });
    deliver = (messages, reader = READER) => subscriber.deliver(reader, messages);
  });
  afterAll(() => lambda.stop());
  const BATCH = [message("a"), failing("b"), message("c")];
  const ORDERED_BATCH = [
    message("a", { key: "k1" }),
    failing("b", { key: "k1" }),
    message("c", { key: "k2" }),
    message("d", { key: "k1" }),
  ];

  it("fails in part with Powertools' BatchProcessor", async () => {
    calls((event) => processPartialResponse(event, handle, new BatchProcessor(EventType.SQS)));
    expect(await deliver(BATCH)).toMatchObject({ kind: "answered", failedIds: new Set(["b"]) });
  });

  it("stops at the first failure with Powertools' FIFO processor", async () => {
    calls((event) => processPartialResponse(event, handle, new SqsFifoPartialProcessorAsync()));
    const outcome = await deliver(ORDERED_BATCH, ORDERED_READER);
    expect(outcome).toMatchObject({ kind: "answered", failedIds: new Set(["b", "c", "d"]) });
  });

  it("passes over the rest of a failed group alone with Powertools' FIFO processor, where it may", async () => {
    const options = { skipGroupOnError: true };
    calls((event) => processPartialResponse(event, handle, new SqsFifoPartialProcessorAsync(), options));
    const outcome = await deliver(ORDERED_BATCH, ORDERED_READER);
    expect(outcome).toMatchObject({ kind: "answered", failedIds: new Set(["b", "d"]) });
  });

  it.each([
    ["standard", BATCH, READER],
    ["FIFO", ORDERED_BATCH, ORDERED_READER],
  ])("finds Powertools' schema of a %s queue's event met", async (_kind, batch, reader) => {
    let seen: unknown;
    calls(async (event) => void (seen = SqsSchema.strict().parse(event)));
    const rich = {
      tag: "created",
      businessKey: "7",
      attributes: { region: "eu", amount: 12.5, express: true },
    };
    await deliver(
      batch.map((one) => ({ ...one, ...rich })),
      reader,
    );
    // Nothing was left out by the schema: it knows every field.
    expect(seen).toEqual(lambda.invocations.at(-1)?.payload);
  });

  it("fails in part with middy's handlers, which parse the bodies", async () => {
    const bodies: unknown[] = [];
    const handler = middy<SQSEvent>()
      .use(normalizeEvent())
      .use(reportFailures({ logger: () => undefined }))
      .handler(async ({ Records }: SQSEvent) => {
        bodies.push(...Records.map(({ body }) => body));
        return await Promise.allSettled(
          Records.map((record) => handle({ ...record, body: JSON.stringify(record.body) })),
        );
      });
    calls((event) => handler(event, {} as Context));
    expect(await deliver(BATCH)).toMatchObject({ kind: "answered", failedIds: new Set(["b"]) });
    expect(bodies).toEqual([{ id: "a" }, { id: "b", order: FAILING }, { id: "c" }]);
  });

  it("is done with all where all went well", async () => {
    calls((event) => processPartialResponse(event, handle, new BatchProcessor(EventType.SQS)));
    expect(await deliver([message("a"), message("c")])).toMatchObject({
      kind: "answered",
      failedIds: new Set(),
    });
  });
});
