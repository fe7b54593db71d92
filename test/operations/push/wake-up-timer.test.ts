import { setNextWakeUp } from "../../../lib/operations/push/wake-up-timer.js";
import { aPush, failing, publishMany, refOf, retryAfter } from "../a-push.js";
import { driven } from "../ports-around.js";

/** A subscription one message of which failed, and is due again after so many seconds. */
async function withRetryIn(seconds: number) {
  const push = await aPush(retryAfter(seconds));
  push.answerWith(async (messages) => failing(messages));
  await publishMany(push.engine, 1);
  await driven(push.clock, push.pump());
  push.storage.timers.delete([...push.storage.timers.entries()][0]?.[0] ?? "");
  push.storage.locks.clear();
  push.starter.startedClocks.length = 0;
  const dueMs = await push.engine.progress.nextDueMs(push.subscription);
  return { push, dueMs };
}

describe("a wake-up", () => {
  it("is set for when the next retry is due, and a clock is started where the rule's comes too late", async () => {
    const { push, dueMs } = await withRetryIn(20);
    await setNextWakeUp(push.engine, push.subscription);
    const { subscription } = refOf(push.subscription);
    const { topic, name, uid } = subscription;
    const ref = { topic: { name: topic.name, uid: topic.uid }, name, uid };
    expect([...push.storage.timers.values()]).toEqual([{ kind: "wake-up", dueMs, subscription: ref }]);
    expect(push.starter.startedClocks).toHaveLength(1);
  });

  it("is left to the rule's clock where it is more than a minute away", async () => {
    const { push } = await withRetryIn(600);
    await setNextWakeUp(push.engine, push.subscription);
    expect(push.storage.timers.size).toBe(1);
    expect(push.starter.startedClocks).toEqual([]);
  });

  it("is set for the end of a batch window, if that is sooner", async () => {
    const { push, dueMs = 0 } = await withRetryIn(20);
    await setNextWakeUp(push.engine, push.subscription, dueMs - 5_000);
    await setNextWakeUp(push.engine, push.subscription, dueMs + 5_000);
    expect([...push.storage.timers.values()].map((timer) => timer.dueMs)).toEqual([dueMs - 5_000, dueMs]);
  });

  it("is not set where nothing waits", async () => {
    const push = await aPush();
    await setNextWakeUp(push.engine, push.subscription);
    expect(push.storage.timers.size).toBe(0);
  });
});
