import { lookAfter } from "../../../lib/operations/clock/look-after.js";
import { setMark } from "../../../lib/operations/log/announce.js";
import { aPush, publishMany, theMark } from "../a-push.js";

const MINUTE_MS = 60_000;

it("GIVEN that nothing matched WHEN another filter was set by one that then died THEN it starts a pump", async () => {
  // GIVEN
  const push = await aPush({ filter: '{"key":["nobody"]}' });
  const { engine: api, clock, subscription } = push;
  await publishMany(api, 5);
  const engine = push.process();
  await lookAfter(engine, await theMark(push));
  expect(push.starter.startedPumps).toEqual([]);
  // WHEN
  await setMark(api, subscription.topic);
  const changed = { ...subscription, filter: '{"key":["k0"]}', version: subscription.version + 1 };
  expect(await api.subscriptions.update(changed)).toBe("updated");
  await clock.advance(10 * MINUTE_MS);
  await lookAfter(engine, await theMark(push));
  // THEN
  expect(push.starter.startedPumps).toHaveLength(1);
});
