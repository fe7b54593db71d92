import { Readable } from "node:stream";
import { LambdaClient } from "@aws-sdk/client-lambda";
import type { SQSEvent } from "aws-lambda";
import { lambdaSubscriber } from "../../../lib/adapters/lambda/subscriber.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import { aText, publishTexts } from "../a-deployment.js";
import { aPush, running } from "../a-push.js";

/** What a synchronous invoke takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const PAYLOAD_LIMIT_BYTES = 6_291_456;
const MESSAGES = 15;
const BODY_BYTES = 400_000;
const MAX_BYTES = 5_242_880;

/** Lambda itself, as far as it counts: an event that is too large is refused, and its handler never sees it. */
class CountingLambda {
  readonly eventBytes: number[] = [];
  readonly done: string[] = [];
  readonly #failed = new Set<string>();

  constructor(private readonly failsOnce: boolean) {}

  readonly client = new LambdaClient({
    region: "eu-central-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
    requestHandler: {
      handle: async ({ body }: { readonly body: Uint8Array }) => {
        this.eventBytes.push(body.length);
        const isTooLarge = body.length > PAYLOAD_LIMIT_BYTES;
        const answer = isTooLarge ? { message: "too large" } : this.#handled(body);
        return {
          response: {
            statusCode: isTooLarge ? 413 : 200,
            headers: isTooLarge ? { "x-amzn-errortype": "RequestTooLargeException" } : {},
            body: Readable.from([Buffer.from(JSON.stringify(answer))]),
          },
        };
      },
    },
  });

  #handled(body: Uint8Array): unknown {
    const { Records } = JSON.parse(Buffer.from(body).toString()) as SQSEvent;
    const ids = Records.map(({ messageId }) => messageId);
    const failed = this.failsOnce ? ids.filter((id) => !this.#failed.has(id)) : [];
    for (const id of failed) this.#failed.add(id);
    this.done.push(...ids.filter((id) => !failed.includes(id)));
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  }
}

const KINDS: readonly [string, Partial<SubscriptionSettings>, Partial<TopicSettings>][] = [
  ["one pump", {}, {}],
  ["several pumps", { maxConcurrency: 40 }, {}],
  ["a pump in order", {}, { ordering: "key" }],
];
describe.each(KINDS)("to a subscription with %s, a batch whose event passes 6 MB", (_, settings, topic) => {
  it("is split, and all of it is delivered", async () => {
    await expectAllDelivered('"', settings, topic);
  });

  it("is split too where it comes again", async () => {
    await expectAllDelivered('"', settings, topic, { failsOnce: true });
  });
});

it("a batch of control characters, which take six bytes each in an event, is split too", async () => {
  await expectAllDelivered("\u0001", {}, {});
});

async function expectAllDelivered(
  unit: string,
  settings: Partial<SubscriptionSettings>,
  topic: Partial<TopicSettings>,
  { failsOnce = false } = {},
): Promise<void> {
  // GIVEN a subscription that takes as much as can be asked for, and texts that are larger in an event than in the log
  const batch = { maxMessages: 100, maxBytes: MAX_BYTES, windowSeconds: 0 };
  const push = await aPush({ batch, ...settings }, { partitions: 1, ...topic });
  const text = aText(unit.repeat(BODY_BYTES), { key: "a" });
  const ids: string[] = [];
  for (let at = 0; at < MESSAGES; at += 5)
    ids.push(...(await publishTexts(push.engine, "orders", ...Array.from({ length: 5 }, () => text))));
  const lambda = new CountingLambda(failsOnce);
  const subscriber = lambdaSubscriber({ client: lambda.client });
  // WHEN
  const { stop } = running(push, { replace: () => ({ subscriber }) });
  const { subscription } = push;
  await push.engine.starter.startPump({ subscription, lane: 0 });
  for (let minute = 0; minute < 5 && lambda.done.length < MESSAGES; minute++)
    await push.clock.advance(60_000);
  stop();
  // THEN
  expect([...lambda.done].sort()).toEqual([...ids].sort());
  expect(Math.max(...lambda.eventBytes)).toBeLessThanOrEqual(PAYLOAD_LIMIT_BYTES);
}
