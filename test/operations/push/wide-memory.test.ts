import { pump } from "../../../lib/operations/push/pump.js";
import { allDone, aPush, publishMany, refOf } from "../a-push.js";
import { aText, publishTexts } from "../a-deployment.js";
import { driven } from "../ports-around.js";

const MINUTE_MS = 60_000;
const BODY_BYTES = 20_000;
const MESSAGES = 300;
/** Control characters take six bytes each in an event. */
const TIMES_AS_SENT = 6;
const DECODED_BYTES = 12_000_000;

/** 300 deliveries at once would take 36 MB of events, of a memory of 12 MB. */
async function delivering(settings: { laneWidth: number; maxConcurrency: number }) {
  const { laneWidth, maxConcurrency } = settings;
  const push = await aPush({
    maxConcurrency,
    batch: { maxMessages: 1, maxBytes: 262_144, windowSeconds: 0 },
  });
  const { clock, subscriber, subscription } = push;
  const sizeBytes = subscriber.sizeBytes.bind(subscriber);
  subscriber.sizeBytes = (reader, message) => TIMES_AS_SENT * sizeBytes(reader, message);
  let [sentBytes, most] = [0, 0];
  push.answerWith(async ([message]) => {
    const bytes = TIMES_AS_SENT * String(message?.body).length;
    most = Math.max(most, (sentBytes += bytes));
    await clock.sleep(1_000);
    sentBytes -= bytes;
    return allDone;
  });
  const body = "x".repeat(BODY_BYTES);
  for (let at = 0; at < MESSAGES; at += 50)
    await publishTexts(push.engine, "orders", ...Array.from({ length: 50 }, () => aText(body)));
  const engine = push.process(undefined, { laneWidth, decodedBytes: DECODED_BYTES, slotCacheBytes: 0 });
  const deadlineMs = clock.nowMs() + 15 * MINUTE_MS;
  await driven(clock, pump(engine, refOf(subscription), { deadlineMs }));
  return { done: push.done.length, most, held: engine.budget.heldBytes };
}

it.each([
  ["a lane that owns the heads", { laneWidth: 512, maxConcurrency: 500 }],
  ["a lane that takes blocks", { laneWidth: 512, maxConcurrency: 1_000 }],
])("%s sends no more at once than its memory holds", async (_, settings) => {
  const { done, most, held } = await delivering(settings);
  expect([done, held]).toEqual([MESSAGES, 0]);
  expect(most).toBeLessThanOrEqual(DECODED_BYTES);
  expect(most).toBeGreaterThan(10 * TIMES_AS_SENT * BODY_BYTES);
});

it("a lane that owns the heads keeps 512 deliveries in flight, from one partition", async () => {
  const push = await aPush({
    maxConcurrency: 512,
    batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
  });
  push.answerWith(async () => {
    await push.clock.sleep(1_000);
    return allDone;
  });
  await publishMany(push.engine, 2_000, 1_000);
  const engine = push.process(undefined, { laneWidth: 512 });
  const deadlineMs = push.clock.nowMs() + 15 * MINUTE_MS;
  const startMs = push.clock.nowMs();
  await driven(push.clock, pump(engine, refOf(push.subscription), { deadlineMs }));
  expect([push.done.length, push.mostAtOnce()]).toEqual([2_000, 512]);
  expect(push.clock.nowMs() - startMs).toBeLessThan(10_000);
});
