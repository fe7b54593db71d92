import type { LogStore } from "../../lib/domain/ports/log-store.js";
import { NOW_MS, anchorAfter, aPartition, aSlot, aTopic, refOf, tailOf } from "./builders.js";

/** The partitions that were ever appended to. */
export function logInUseContract(make: () => Promise<LogStore>): void {
  it("are those that were ever appended to, in the order of their numbers", async () => {
    // GIVEN
    const log = await make();
    const topic = refOf(aTopic());
    for (const partition of [100, 2, 0, 255, 10])
      await log.append(aPartition(partition, topic), aSlot(), { anchorVersion: 0 });
    // WHEN
    const inUse = [...(await log.anchors(topic, { consistent: true })).keys()];
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
    expect([...(await log.anchors(topic, { consistent: true })).keys()]).toEqual(all);
  });

  it("are named once, however often they were anchored", async () => {
    const log = await make();
    const partition = aPartition(3);
    await log.append(partition, aSlot({ base: 0 }), { anchorVersion: 0 });
    await log.append(partition, aSlot({ base: 1 }), { anchorVersion: anchorAfter(1) });
    expect([...(await log.anchors(partition.topic, { consistent: true })).keys()]).toEqual([3]);
  });

  it("are none for a topic without messages, another life of a topic in use included", async () => {
    const log = await make();
    const { topic } = aPartition();
    await log.append(aPartition(0, topic), aSlot(), { anchorVersion: 0 });
    expect([
      ...(await log.anchors({ name: topic.name, uid: aTopic().uid }, { consistent: true })).keys(),
    ]).toEqual([]);
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
    expect([...(await log.anchors(topic, { consistent: true })).keys()]).toEqual([]);
    expect(await log.anchorVersion(aPartition(255, topic))).toBe(0);
    expect((await log.read(aPartition(0, topic), 0, 10, { consistent: true })).slots).toEqual([slot]);
    expect([...(await log.anchors({ ...other, name: topic.name }, { consistent: true })).keys()]).toEqual([
      0,
    ]);
  });

  it("do not count an append that the anchor refused", async () => {
    const log = await make();
    const partition = aPartition();
    await log.append(partition, aSlot(), { anchorVersion: 7 });
    expect([...(await log.anchors(partition.topic, { consistent: true })).keys()]).toEqual([]);
  });

  it("note a tail in the version in which it was seen, and lose it as they move on", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition(2);
    const anchorNow = async () => (await log.anchors(partition.topic, { consistent: true })).get(2);
    const slot = aSlot({ count: 3 });
    await log.append(partition, slot, { anchorVersion: 0 });
    const version = anchorAfter(1);
    expect(await anchorNow()).toEqual({ version });
    // WHEN
    await log.noteTail(partition, version, tailOf(slot));
    // THEN
    expect(await anchorNow()).toEqual({ version, tail: tailOf(slot) });
    expect(await log.anchorVersion(partition)).toBe(version);
    // AND once an append has moved it on
    await log.append(partition, aSlot({ base: 3 }), { anchorVersion: version });
    await log.noteTail(partition, version, tailOf(slot));
    expect(await anchorNow()).toEqual({ version: anchorAfter(2) });
  });

  it("are none where there was none to note a tail in", async () => {
    const log = await make();
    const partition = aPartition();
    for (const version of [0, 1]) await log.noteTail(partition, version, tailOf(aSlot()));
    expect((await log.anchors(partition.topic, { consistent: true })).size).toBe(0);
  });

  it("are raised in the version that is given, and lose what was noted", async () => {
    const log = await make();
    const partition = aPartition(2);
    const slot = aSlot();
    await log.append(partition, slot, { anchorVersion: 0 });
    await log.noteTail(partition, anchorAfter(1), tailOf(slot));
    await log.raise(partition, anchorAfter(2), NOW_MS + 7);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
    await log.raise(partition, anchorAfter(1), NOW_MS + 7);
    const anchors = await log.anchors(partition.topic, { consistent: true });
    expect(anchors.get(2)).toEqual({ version: NOW_MS + 7 });
  });

  it("are made where there was none, and only there", async () => {
    const log = await make();
    const partition = aPartition(3);
    await log.raise(partition, NOW_MS, NOW_MS);
    expect(await log.anchorVersion(partition)).toBe(0);
    await log.raise(partition, 0, NOW_MS);
    expect(await log.anchorVersion(partition)).toBe(NOW_MS);
    await log.raise(partition, 0, NOW_MS + 7);
    expect(await log.anchorVersion(partition)).toBe(NOW_MS);
  });

  it("are retired in the version that is given, and come back with one that never was", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    await log.append(partition, aSlot(), { anchorVersion: 0 });
    // WHEN
    await log.retire(partition, anchorAfter(2));
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
    await log.retire(partition, anchorAfter(1));
    // THEN
    expect(await log.anchorVersion(partition)).toBe(0);
    expect((await log.anchors(partition.topic, { consistent: true })).size).toBe(0);
    const later = aSlot({ base: 1, publishedAtMs: NOW_MS + 5 });
    await log.append(partition, later, { anchorVersion: 0 });
    expect(await log.anchorVersion(partition)).toBe(NOW_MS + 5);
  });
}
