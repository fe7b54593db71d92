import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { laneName } from "../../../lib/domain/lane.js";
import { sweepExpired } from "../../../lib/operations/clock/sweep-expired.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { getTopic } from "../../../lib/operations/manage/topics.js";
import { type Push, aPush, theMark, publishMany, refOf } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A topic that keeps its messages for an hour, with a paused push subscription and a pull one that nobody consumes. */
async function withUnread(count: number): Promise<Push> {
  const push = await aPush({}, { retentionSeconds: 3_600 });
  await putSubscription(push.engine, "orders", "audit", { from: "earliest" });
  await changeSubscription(push.engine, "orders", "ship", { paused: true });
  await publishMany(push.engine, count, 5);
  await push.clock.advance(HOUR_MS + MINUTE_MS);
  return push;
}

const told = ({ telemetry }: Push) =>
  telemetry.events
    .filter(({ name }) => name === "messages-expired")
    .map(({ fields }) => [fields["subscription"], fields["messages"]]);

describe("what expires where nobody consumes", () => {
  it("is counted and told once, of subscriptions that pull and of paused ones", async () => {
    // GIVEN
    const push = await withUnread(12);
    const topic = await getTopic(push.engine, "orders");
    // WHEN
    await sweepExpired(push.engine, await theMark(push));
    await sweepExpired(push.engine, await theMark(push));
    // THEN
    const total = (name: string): number =>
      told(push).reduce((sum, [who, messages]) => (who === name ? sum + Number(messages) : sum), 0);
    expect([total("audit"), total("ship")]).toEqual([12, 12]);
    const subscription = await push.engine.subscriptions.get(topic, "audit");
    if (!subscription) throw new Error("it is gone");
    expect(await subscriptionState(push.engine, { topic, subscription })).toMatchObject({
      backlog: 0,
      expired: 12,
    });
  });

  it("is looked for once an hour, by the sweep", async () => {
    // GIVEN
    const push = await withUnread(5);
    let looks = 0;
    const engine = push.process((ports) =>
      portsAround(ports, ({ name }, carryOut) => {
        if (name === "progress.cursor") looks++;
        return carryOut();
      }),
    );
    const perHour: number[] = [];
    // WHEN
    for (let hour = 0; hour < 2; hour++) {
      looks = 0;
      for (let minute = 0; minute < 60; minute++) {
        await sweep(engine, { deadlineMs: push.clock.nowMs() + MINUTE_MS });
        await push.clock.advance(MINUTE_MS);
      }
      perHour.push(looks);
    }
    // THEN one look a subscription, each of which has one partition in use; then nobody has anything left to look after
    expect(perHour).toEqual([2, 0]);
    expect(told(push)).toHaveLength(2);
  });

  it("is left to the pump where one is at work", async () => {
    const push = await withUnread(5);
    const nowMs = push.clock.nowMs();
    await push.engine.locks.acquire(laneName(refOf(push.subscription)), "pump", nowMs, nowMs + MINUTE_MS);
    await sweepExpired(push.engine, await theMark(push));
    expect(told(push).map(([who]) => who)).toEqual(["audit"]);
  });

  it("of one subscription that fails keeps no other from its turn, and is told of by name", async () => {
    const push = await withUnread(5);
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [subscription] = args as [{ name?: string }?];
        if (name === "progress.cursor" && subscription?.name === "audit")
          throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    await sweepExpired(engine, await theMark(push));
    expect(told(push).map(([who]) => who)).toEqual(["ship"]);
    expect(push.telemetry.events).toContainEqual(
      expect.objectContaining({
        name: "sweep-failed",
        fields: expect.objectContaining({ round: "expired", topic: "orders", subscription: "audit" }),
      }),
    );
  });
});
