import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { Slot } from "../../lib/domain/slot.js";
import { aNonce, aPartition, aSlot, tailOf } from "./builders.js";

const inline = (...bytes: number[]): Slot["content"] => ({ kind: "inline", bytes: Uint8Array.from(bytes) });

/** A slot among others, and the same with other bytes. */
async function withSlots(make: () => Promise<LogStore>, fields: Partial<Slot> = {}) {
  const [log, partition] = [await make(), aPartition()];
  const header = { kind: "text", text: '{"t":[["a"]]}', checksum: "sum" } as const;
  const before = aSlot({ base: 3, count: 2, checksum: aNonce(), content: inline(1, 2), header, ...fields });
  const [first, last] = [aSlot({ base: 0, count: 3 }), aSlot({ base: 5 })];
  for (const slot of [first, before, last]) await log.append(partition, slot);
  const after: Slot = { ...before, checksum: aNonce(), content: inline(3), header: { kind: "left-out" } };
  const slots = async () => (await log.read(partition, 0, 9, { consistent: true })).slots;
  return { log, partition, first, before, after, last, slots };
}

/** What {@link LogStore} promises of a slot that is rewritten. */
export function logReplaceContract(make: () => Promise<LogStore>): void {
  it("puts other bytes in the place of a slot's, and changes nothing else", async () => {
    const { log, partition, first, before, after, last, slots } = await withSlots(make);
    expect(await log.replace(partition, before, after)).toBe("replaced");
    expect(await slots()).toEqual([first, after, last]);
    expect(await log.slotAt(partition, 4)).toEqual(after);
    expect(await log.tail(partition)).toEqual(tailOf(last));
  });

  it("puts another object in the place of one, and bytes that are packed otherwise", async () => {
    const content = { kind: "segment", key: "segments/3d/orders/u-1/n_1", sizeBytes: 5_000 } as const;
    const { log, partition, before, after, slots } = await withSlots(make, { content });
    const other: Slot = {
      ...after,
      ...{ content: { ...content, key: "segments/3d/orders/u-1/n_2" }, header: { kind: "none" } },
      ...{ encoding: "msgpack+brotli", unpackedBytes: 70_000 },
    };
    expect(await log.replace(partition, before, other)).toBe("replaced");
    expect((await slots())[1]).toEqual(other);
  });

  it("says the same to who repeats it, as its answer was lost, and changes nothing", async () => {
    const { log, partition, before, after, slots } = await withSlots(make);
    await log.replace(partition, before, after);
    expect(await log.replace(partition, before, after)).toBe("replaced");
    expect((await slots())[1]).toEqual(after);
  });

  it("changes nothing that another has replaced since", async () => {
    const { log, partition, before, after, slots } = await withSlots(make);
    const other = { ...after, checksum: aNonce(), content: inline(9) };
    await log.replace(partition, before, other);
    expect(await log.replace(partition, before, after)).toBe("changed");
    expect((await slots())[1]).toEqual(other);
  });

  it("gives way to one of many at once", async () => {
    const { log, partition, before, after, slots } = await withSlots(make);
    const all = Array.from({ length: 5 }, (_, at) => ({ ...after, checksum: aNonce(), content: inline(at) }));
    const outcomes = await Promise.all(all.map((one) => log.replace(partition, before, one)));
    expect(outcomes.filter((outcome) => outcome === "replaced")).toHaveLength(1);
    expect((await slots())[1]).toEqual(all[outcomes.indexOf("replaced")]);
  });

  it("brings back no slot that is gone, and takes no other for it", async () => {
    const { log, partition, before, after, slots } = await withSlots(make);
    const [gone, other] = [
      { ...after, base: 4 },
      { ...before, nonce: aNonce() },
    ];
    expect(await log.replace(partition, { ...before, base: 4 }, gone)).toBe("changed");
    expect(await log.replace(partition, other, { ...after, nonce: other.nonce })).toBe("changed");
    expect((await slots()).map(({ base }) => base)).toEqual([0, 3, 5]);
    expect((await slots())[1]).toEqual(before);
  });

  it("tells a writer whose answer was lost that its slot is stored, as ever", async () => {
    const { log, partition, before, after } = await withSlots(make);
    await log.replace(partition, before, after);
    expect(await log.append(partition, before)).toEqual({ kind: "stored" });
  });
}
