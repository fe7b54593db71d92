import type { LogStore } from "../../lib/domain/ports/log-store.js";
import { aPartition, aSlot, aTopic, refOf } from "./builders.js";

/** The partitions that were ever appended to. */
export function logInUseContract(make: () => Promise<LogStore>): void {
  it("are those that were ever appended to, in the order of their numbers", async () => {
    // GIVEN
    const log = await make();
    const topic = refOf(aTopic());
    for (const partition of [100, 2, 0, 255, 10])
      await log.append(aPartition(partition, topic), aSlot(), { anchorVersion: 0 });
    // WHEN
    const inUse = await log.partitionsInUse(topic);
    // THEN
    expect(inUse).toEqual([0, 2, 10, 100, 255]);
  });

  it("are all 256 of them at the most", async () => {
    const log = await make();
    const topic = refOf(aTopic());
    const all = Array.from({ length: 256 }, (_, partition) => partition);
    await Promise.all(
      all.map((partition) => log.append(aPartition(partition, topic), aSlot(), { anchorVersion: 0 })),
    );
    expect(await log.partitionsInUse(topic)).toEqual(all);
  });

  it("are named once, however often they were anchored", async () => {
    const log = await make();
    const partition = aPartition(3);
    await log.append(partition, aSlot({ base: 0 }), { anchorVersion: 0 });
    await log.append(partition, aSlot({ base: 1 }), { anchorVersion: 1 });
    expect(await log.partitionsInUse(partition.topic)).toEqual([3]);
  });

  it("are none for a topic without messages, another life of a topic in use included", async () => {
    const log = await make();
    const { topic } = aPartition();
    await log.append(aPartition(0, topic), aSlot(), { anchorVersion: 0 });
    expect(await log.partitionsInUse({ name: topic.name, uid: aTopic().uid })).toEqual([]);
  });

  it("are none once a deleted topic's are purged, and its slots and other lives stay as they are", async () => {
    // GIVEN
    const log = await make();
    const [topic, other] = [refOf(aTopic()), refOf(aTopic())];
    const slot = aSlot();
    for (const partition of [0, 255])
      await log.append(aPartition(partition, topic), slot, { anchorVersion: 0 });
    await log.append(aPartition(0, { ...other, name: topic.name }), aSlot(), { anchorVersion: 0 });
    // WHEN
    const isEmpty = [await log.purge(topic), await log.purge(topic)];
    // THEN
    expect(isEmpty).toEqual([true, true]);
    expect(await log.partitionsInUse(topic)).toEqual([]);
    expect(await log.anchorVersion(aPartition(255, topic))).toBe(0);
    expect((await log.read(aPartition(0, topic), 0, 10, { consistent: true })).slots).toEqual([slot]);
    expect(await log.partitionsInUse({ ...other, name: topic.name })).toEqual([0]);
  });

  it("do not count an append that the anchor refused", async () => {
    const log = await make();
    const partition = aPartition();
    await log.append(partition, aSlot(), { anchorVersion: 7 });
    expect(await log.partitionsInUse(partition.topic)).toEqual([]);
  });
}
