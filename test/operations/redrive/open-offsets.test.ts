import { findSubscription } from "../../../lib/operations/lookup.js";
import { OPEN_AT_MOST, openOffsets } from "../../../lib/operations/redrive/open-offsets.js";
import { aRetry, aSpan } from "../../contract/builders.js";
import { START_MS } from "../a-deployment.js";
import { ack, publishTogether, receive, retry, withAudit } from "../a-consumer.js";

it("GIVEN what is leased, waits and is done THEN the first two are open", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  await publishTogether(engine, "leased", "waits", "done", "ahead");
  const [, waits, done] = await receive(engine, 3);
  await retry(engine, [waits], 60);
  await ack(engine, [done]);
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const open = await openOffsets(engine, subscription);
  if (open === "too-many") throw new Error("two are not too many");
  expect([0, 1, 2, 3].map((offset) => open.has(0, START_MS * 1_000 + offset))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(open.has(1, 0)).toBe(false);
});

it("GIVEN so much that waits that no more should THEN that is said", async () => {
  const { engine } = await withAudit();
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const retryOf = aRetry({ epoch: subscription.epoch, spans: [aSpan(0, OPEN_AT_MOST + 1)] });
  await engine.progress.move(subscription, { put: [retryOf] });
  expect(await openOffsets(engine, subscription)).toBe("too-many");
});
