import { findSubscription } from "../../../lib/operations/lookup.js";
import { idleState } from "../../../lib/operations/manage/idle-state.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { ack, publishEach, receive, settleAs, withAudit } from "../a-consumer.js";

it("GIVEN a subscription that has consumed all THEN it says what a look at the log says", async () => {
  const { engine } = await withAudit({ topic: { partitions: 2 } });
  await publishEach(engine, "one", "two", "three");
  const [first, ...others] = await receive(engine);
  await ack(engine, others);
  await settleAs(engine, [first], { outcome: "reject" });
  const reader = await findSubscription(engine, "orders", "audit");
  expect(await idleState(engine, reader)).toEqual(await subscriptionState(engine, reader));
});

it("GIVEN one that has a message in hand after all THEN that counts", async () => {
  const { engine, clock } = await withAudit({ topic: { partitions: 1 } });
  await publishEach(engine, "one");
  await receive(engine);
  clock.advance(5_000);
  const reader = await findSubscription(engine, "orders", "audit");
  expect(await idleState(engine, reader)).toMatchObject({ inFlight: 1, oldestUnackedAgeMs: 5_000 });
});
