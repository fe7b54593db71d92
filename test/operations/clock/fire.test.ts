import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Timer } from "../../../lib/domain/timer.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import { fire } from "../../../lib/operations/clock/fire.js";
import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic, deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { type Push, aPush, refOf } from "../a-push.js";
import { portsAround } from "../ports-around.js";

const HOUR_MS = 3_600_000;

const withTimer = async (settings: Partial<SubscriptionSettings> = {}) => {
  const push = await aPush(settings);
  const timer = { kind: "wake-up", dueMs: push.clock.nowMs(), ...refOf(push.subscription) } as const;
  await push.engine.timers.set(timer);
  return { push, timer };
};

describe("a wake-up", () => {
  it("starts the first pump, and is gone", async () => {
    const { push, timer } = await withTimer({ maxConcurrency: 64 });
    await fire(push.engine, timer);
    expect(push.starter.startedPumps.map(({ lane }) => lane)).toEqual([0]);
    expect(push.storage.timers.size).toBe(0);
  });

  const madeAnew = async ({ engine, subscription: { target }, clock }: Push): Promise<void> => {
    await deleteSubscription(engine, "orders", "ship");
    await deleteTopic(engine, "orders");
    await clock.advance(HOUR_MS);
    await putTopic(engine, "orders", {});
    await putSubscription(engine, "orders", "ship", { target });
  };

  it.each<[string, (push: Push) => Promise<unknown>]>([
    ["was deleted", ({ engine }) => deleteSubscription(engine, "orders", "ship")],
    ["was deleted with its topic, and both were made again", madeAnew],
    ["is paused", ({ engine }) => changeSubscription(engine, "orders", "ship", { paused: true })],
    ["has a paused topic", ({ engine }) => changeTopic(engine, "orders", { paused: "delivery" })],
  ])("of a subscription that %s starts nothing, and is gone", async (_, change) => {
    const { push, timer } = await withTimer();
    await change(push);
    push.starter.startedPumps.length = 0;
    await fire(push.engine, timer);
    expect(push.starter.startedPumps).toEqual([]);
    expect(push.storage.timers.size).toBe(0);
  });

  it("is still set where the clock dies in the middle of it", async () => {
    const { push, timer } = await withTimer();
    const engine = push.process((ports) =>
      portsAround(ports, ({ name }, carryOut) =>
        name === "timers.remove" ? new Promise(() => undefined) : carryOut(),
      ),
    );
    void fire(engine, timer);
    await push.clock.advance(100);
    expect(push.starter.startedPumps).toHaveLength(1);
    expect(push.storage.timers.size).toBe(1);
  });

  it("does not multiply where it cannot be removed", async () => {
    const { push } = await withTimer();
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "timers.remove") throw new StorageUnavailable("the test");
        return await carryOut();
      }),
    );
    for (let time = 0; time < 10; time++) {
      const due = await engine.timers.due(push.clock.nowMs() + HOUR_MS, 100);
      expect(due).toHaveLength(1);
      await fire(engine, due[0] as Timer);
    }
  });

  it("that is put off is never without a timer, wherever the clock dies", async () => {
    const { push, timer } = await withTimer();
    const left: number[] = [];
    const engine = push.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name === "starter.startPump") throw new Error("broken");
        const answer = await carryOut();
        left.push(push.storage.timers.size);
        return answer;
      }),
    );
    await fire(engine, timer);
    expect(left.every((size) => size > 0)).toBe(true);
    expect([...push.storage.timers.values()]).toEqual([
      { ...timer, dueMs: push.clock.nowMs() + 1_000, failures: 1 },
    ]);
  });
});
