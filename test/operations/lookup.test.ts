import { TOPIC_CACHE_MS, findSubscription, findTopic, noteErasure } from "../../lib/operations/lookup.js";
import { putSubscription } from "../../lib/operations/manage/subscriptions.js";
import { changeTopic, putTopic } from "../../lib/operations/manage/topics.js";
import { aSlot } from "../contract/builders.js";
import { aTimedDeployment } from "./a-deployment.js";

/** A topic that one process knows, and another one has just changed. */
async function changedBehindIt() {
  const deployment = aTimedDeployment();
  const [engine, other] = [deployment.process(), deployment.process()];
  await putTopic(engine, "orders", { description: "old" });
  await putSubscription(engine, "orders", "audit", {});
  await findTopic(engine, "orders");
  await changeTopic(other, "orders", { description: "new" });
  return { engine, clock: deployment.clock };
}

describe("a topic that another process has changed", () => {
  it("is known as it was for as long as the cache keeps it, and then as it is", async () => {
    const { engine, clock } = await changedBehindIt();
    await clock.advance(TOPIC_CACHE_MS - 1);
    expect((await findTopic(engine, "orders")).description).toBe("old");
    await clock.advance(1);
    expect((await findTopic(engine, "orders")).description).toBe("new");
  });

  it("is read anew for whoever asks for it as it is", async () => {
    const { engine } = await changedBehindIt();
    expect((await findTopic(engine, "orders", 0)).description).toBe("new");
    expect((await findSubscription(engine, "orders", "audit", 0)).topic.description).toBe("new");
  });
});

it("GIVEN no such topic or subscription WHEN it is looked up THEN the error says which", async () => {
  const engine = aTimedDeployment().process();
  await expect(findTopic(engine, "orders")).rejects.toMatchObject({ code: "topic-not-found" });
  await putTopic(engine, "orders", {});
  await expect(findSubscription(engine, "orders", "audit")).rejects.toMatchObject({
    code: "subscription-not-found",
  });
});

describe("a topic in which a message was erased", () => {
  async function withSlot() {
    const { engine, clock } = await changedBehindIt();
    const topic = await findTopic(engine, "orders");
    const [slot, partition] = [aSlot(), { topic, partition: 0 }];
    const keep = () => {
      engine.caches.slots.set(slot, [], 1);
      engine.caches.slots.setPlace(partition, slot, clock.nowMs());
    };
    const known = () => engine.caches.slots.slotsFrom(partition, slot.base, 9).length;
    keep();
    const erasedAt = (erasedAtMs: number) => noteErasure(engine, { ...topic, erasedAtMs });
    return { engine, clock, slot, keep, known, erasedAt };
  }

  it("WHEN that is heard of THEN what is decoded is dropped, and no place kept for a minute", async () => {
    const { engine, clock, slot, keep, known, erasedAt } = await withSlot();
    expect(known()).toBe(1);
    erasedAt(clock.nowMs());
    expect([known(), engine.caches.slots.get(slot)]).toEqual([0, undefined]);
    await clock.advance(59_999);
    keep();
    expect([known(), engine.caches.slots.get(slot)]).toEqual([0, []]);
    await clock.advance(1);
    keep();
    expect(known()).toBe(1);
  });

  it("WHEN it is heard of again, or was long ago THEN nothing is dropped", async () => {
    const { clock, keep, known, erasedAt } = await withSlot();
    erasedAt(clock.nowMs() - 2 * 60 * 60_000);
    expect(known()).toBe(1);
    const nowMs = clock.nowMs();
    erasedAt(nowMs);
    await clock.advance(60_000);
    keep();
    erasedAt(nowMs);
    expect(known()).toBe(1);
    erasedAt(nowMs + 1);
    expect(known()).toBe(0);
  });
});
