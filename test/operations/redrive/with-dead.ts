import { SUBSCRIPTION_DEFAULTS, type SubscriptionSettings } from "../../../lib/domain/subscription.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { receive, settleAs, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";

/** Text of a message whose copy is too large for its item. */
export const LARGE = Array.from({ length: 20_000 }, (_, at) =>
  String.fromCharCode(33 + ((at * at * 7_919 + at * 31) % 8_999)),
).join("");

const DYING = { retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 1 } };

/** A subscription with one attempt, in which these messages have died. */
export async function withDead(
  texts: readonly (string | MessageContent)[],
  {
    topic = {},
    subscription = {},
  }: { topic?: Partial<TopicSettings>; subscription?: Partial<SubscriptionSettings> } = {},
) {
  const audit = await withAudit({
    topic: { partitions: 1, ...topic },
    subscription: { ...DYING, ...subscription },
  });
  const { engine, clock } = audit;
  for (const text of texts)
    await publishTexts(
      engine,
      "orders",
      typeof text === "string" ? aText(text, topic.ordering === "key" ? { key: "k" } : {}) : text,
    );
  for (let left = texts.length; left > 0;) {
    const handed = await receive(engine, 100);
    await settleAs(engine, handed, { outcome: "retry", delaySeconds: 1, error: "no" });
    left -= handed.length;
  }
  clock.advance(5_000);
  while ((await receive(engine)).length > 0);
  const ids = await idsOf(engine);
  expect(ids).toHaveLength(texts.length);
  return { ...audit, ids };
}

/** All that are listed, in the order of the list. */
export async function idsOf(engine: Engine): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await listDeadLetters(engine, "orders", "audit", {}, page);
    ids.push(...items.map(({ id }) => id));
    cursor = nextCursor;
  } while (cursor !== undefined);
  return ids;
}
