import { eraseMessage } from "../../../lib/operations/erase/erase-message.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import { aText, publishTexts } from "../a-deployment.js";
import { aPush, allDone, bodiesOf } from "../a-push.js";

/** A pump that has read more than it can begin: its handler takes ten seconds for each message. */
async function whoReadsAhead(
  count: number,
  settings: Partial<SubscriptionSettings>,
  topic: Partial<TopicSettings> = {},
) {
  const batch = { maxMessages: 1, maxBytes: 1_000, windowSeconds: 0 };
  const push = await aPush({ batch, ...settings }, { partitions: 1, ...topic });
  const { clock, engine } = push;
  push.answerWith(async () => {
    await clock.sleep(10_000);
    return allDone;
  });
  const texts = bodiesOf(count).map((body) => aText(body, { key: body }));
  const ids = await publishTexts(engine, "orders", ...texts);
  const pumping = push.pump();
  await clock.advance(1_000);
  return { ...push, ids, pumping };
}

describe("GIVEN messages that a pump has read, and not begun", () => {
  it.each([
    ["one after the other", 4, { maxConcurrency: 1 }, {}],
    ["with ordering", 4, { maxConcurrency: 1 }, { ordering: "key" }],
    ["with a rate limit", 4, { maxConcurrency: 1, rateLimitPerSecond: 0.1 }, {}],
    ["as a block of one of two lanes", 100, { maxConcurrency: 40 }, {}],
  ] as const)(
    "WHEN one is erased THEN it is not delivered, and others are: %s",
    async (_how, count, settings, topic) => {
      const { clock, engine, ids, pumping, done, deliveries } = await whoReadsAhead(count, settings, topic);
      const begun = deliveries.flatMap(({ messages }) => messages.map(({ id }) => id));
      const last = ids[count - 1] ?? "";
      expect(begun).not.toContain(last);
      await eraseMessage(engine, last, undefined);
      await clock.advance(120_000);
      await pumping;
      expect(new Set(done)).toEqual(new Set(bodiesOf(count - 1)));
    },
  );
});
