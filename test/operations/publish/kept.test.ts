import type { MessageContent } from "../../../lib/domain/message.js";
import { receive } from "../../../lib/operations/consume/receive.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { aDeployment, aText, publishTexts } from "../a-deployment.js";

/** Publishes `messages`, and gives their ids and what a consumer gets. */
async function published(...messages: readonly MessageContent[]) {
  const { process } = aDeployment();
  const [publisher, consumer] = [process(), process()];
  await putTopic(publisher, "orders", {});
  await putSubscription(publisher, "orders", "audit", { from: "earliest" });
  const ids = await publishTexts(publisher, "orders", ...messages);
  const reader = await findSubscription(consumer, "orders", "audit");
  return { ids, received: await receive(consumer, reader, { maxMessages: messages.length }) };
}

describe("from publish to receive", () => {
  it.each([
    "12345678901234567890",
    "9007199254740993",
    "[1.0, 10.10, -0, 1E400]",
    ' {"b": 1,\n "a": "\\u0041", "b": 2} ',
  ])("keeps a JSON body as the text that its publisher wrote: %s", async (body) => {
    const { received } = await published({ body, contentType: "application/json" });
    expect(received[0]?.body).toBe(body);
  });

  it("keeps the id that a message was given before it had its place, and what its entry gave it", async () => {
    const by = { publishedBy: "arn:aws:iam::1:role/shop", requestId: "r".repeat(22) };
    const given = { ...by, traceparent: "00-1-2-01", givenId: "given-1" };
    const { ids, received } = await published(aText("plain"), aText("told", given));
    expect(ids).toEqual([expect.stringMatching(/^orders\./), "given-1"]);
    expect(received.map(({ id }) => id)).toEqual(ids);
    expect(received[1]).toMatchObject(given);
  });
});
