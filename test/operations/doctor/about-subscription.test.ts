import { laneName } from "../../../lib/domain/lane.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { aboutSubscription } from "../../../lib/operations/doctor/about-subscription.js";
import { aPush, publishMany } from "../a-push.js";
import { publishEach, receive, settleAs, withAudit } from "../a-consumer.js";
import { recording } from "../ports-around.js";

it("GIVEN pumps that die, and messages that wait THEN it tells how many died in a row", async () => {
  const push = await aPush();
  const { engine, subscription, clock } = push;
  const reader = await findSubscription(engine, "orders", "ship");
  const name = laneName({ subscription, lane: 0 });
  for (const owner of ["one", "two", "three"])
    await engine.locks.acquire(name, owner, clock.nowMs() + owner.length, clock.nowMs() + owner.length);
  expect((await aboutSubscription(engine, reader, true)).deaths).toBe(0);
  await publishMany(engine, 1);
  expect(await aboutSubscription(engine, reader, true)).toMatchObject({ deaths: 2, state: { backlog: 1 } });
});

it("tells since when the first dead letter lies there", async () => {
  const { engine, clock } = await withAudit({ topic: { partitions: 1 } });
  await publishEach(engine, "one");
  await settleAs(engine, await receive(engine), { outcome: "reject" });
  const diedAtMs = clock.nowMs();
  clock.advance(60_000);
  const reader = await findSubscription(engine, "orders", "audit");
  expect(await aboutSubscription(engine, reader, true)).toMatchObject({
    deadSinceMs: diedAtMs,
    state: { deadLetters: 1 },
  });
});

it("GIVEN a topic without a mark THEN it reads nothing of the log, and still finds dead letters", async () => {
  const audit = await withAudit({ topic: { partitions: 16 } });
  await publishEach(audit.engine, "one", "two");
  await settleAs(audit.engine, await receive(audit.engine), { outcome: "reject" });
  const calls: string[] = [];
  const engine = audit.process(recording(calls));
  const reader = await findSubscription(audit.engine, "orders", "audit");
  const { state } = await aboutSubscription(engine, reader, false);
  expect(state.deadLetters).toBe(2);
  expect(calls.filter((call) => call.startsWith("log."))).toEqual([]);
  expect(calls.length).toBeLessThanOrEqual(4);
});
