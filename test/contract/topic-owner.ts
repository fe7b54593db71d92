import type { TopicStore } from "../../lib/domain/ports/topic-store.js";
import { MINUTE_MS, NOW_MS, aTopic, anOwnership, refOf } from "./builders.js";

/** An owner is kept with its topic, and a deletion may ask for the version that it has seen. */
export function topicOwnerContract(make: () => Promise<TopicStore>): void {
  it("deletes only the version that is asked for", async () => {
    // GIVEN
    const topics = await make();
    const topic = aTopic();
    await topics.create(topic);
    await topics.update({ ...topic, paused: "all", version: 2 });
    // WHEN
    const outcomes = [
      await topics.delete(refOf(topic), NOW_MS, NOW_MS + MINUTE_MS, 1),
      await topics.delete({ name: topic.name, uid: aTopic().uid }, NOW_MS, NOW_MS + MINUTE_MS, 2),
      await topics.delete(refOf(topic), NOW_MS, NOW_MS + MINUTE_MS, 2),
    ];
    // THEN
    expect(outcomes).toEqual(["changed", "gone", "deleted"]);
    expect(await topics.get(topic.name)).toBeUndefined();
  });

  it("notes an owner, changes it, and takes it away", async () => {
    // GIVEN
    const topics = await make();
    const topic = aTopic();
    await topics.create({ ...topic, ownership: anOwnership("a") });
    const seen = [(await topics.get(topic.name))?.ownership];
    // WHEN
    await topics.update({ ...topic, ownership: anOwnership("b"), version: 2 });
    seen.push((await topics.get(topic.name))?.ownership);
    await topics.update({ ...topic, version: 3 });
    // THEN
    expect(seen).toEqual([anOwnership("a"), anOwnership("b")]);
    expect(await topics.get(topic.name)).toEqual({ ...topic, version: 3 });
  });
}
