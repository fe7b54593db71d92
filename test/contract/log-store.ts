import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { Slot } from "../../lib/domain/slot.js";
import type { PartitionRef } from "../../lib/domain/topic.js";
import { anchorAfter, DAY_MS, NOW_MS, aPartition, aSlot, aTopic, refOf, tailOf } from "./builders.js";
import { slotLimitContract } from "./item-limits.js";
import { logInUseContract } from "./log-in-use.js";
import { logBesideContract } from "./log-beside.js";
import { logBytesContract } from "./log-bytes.js";
import { logRaceContract } from "./log-race.js";
import { logReplaceContract } from "./log-replace.js";
import { logReadContract } from "./log-read.js";
import type { AppendOutcome } from "../../lib/domain/append-outcome.js";

const kindsOf = (outcomes: readonly AppendOutcome[]): string[] => outcomes.map(({ kind }) => kind).sort();

/** What every {@link LogStore} promises. */
export function logStoreContract(make: () => Promise<LogStore>): void {
  describe("a log store", () => {
    describe("appending at the next offset", () => plainContract(make));
    describe("appending with the anchor", () => anchorContract(make));
    describe("the partitions in use", () => logInUseContract(make));
    describe("a partition", () => logRaceContract(make));
    describe("a slot's bytes", () => logBytesContract(make));
    describe("a record beside a slot", () => logBesideContract(make));
    describe("the largest slot", () => slotLimitContract(make));
    describe("reading", () => logReadContract(make));
    describe("a slot that is rewritten", () => logReplaceContract(make));
  });
}

function plainContract(make: () => Promise<LogStore>): void {
  it("stores a slot in an empty partition, in full", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    const slot = aSlot({ base: 0, count: 3 });
    // WHEN
    const outcome = await log.append(partition, slot);
    // THEN
    expect(outcome).toEqual({ kind: "stored" });
    expect(await log.slotAt(partition, 0)).toEqual(slot);
  });

  it.each<[string, Partial<Slot>]>([
    ["bytes inline", { content: { kind: "inline", bytes: Uint8Array.from({ length: 256 }, (_, at) => at) } }],
    ["a segment", { content: { kind: "segment", key: "segments/3d/orders/u-1/n_1", sizeBytes: 5_000_000 } }],
    ["deflated bytes", { encoding: "msgpack+deflate", unpackedBytes: 60_000_000 }],
    ["bytes packed with Brotli", { encoding: "msgpack+brotli", unpackedBytes: 60_000_000 }],
    ["a header", { header: { kind: "text", text: '{"t":[["ä","漢🎈"]]}', checksum: "sum" } }],
    ["a header that was left out", { header: { kind: "left-out" } }],
    ["an offset in microseconds", { base: NOW_MS * 1_000, count: 1_000 }],
  ])("gives back a slot with %s as it was stored", async (_what, fields) => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    const slot = aSlot(fields);
    // WHEN
    await log.append(partition, slot);
    // THEN
    expect((await log.read(partition, slot.base, 1, { consistent: true })).slots).toEqual([slot]);
    expect(await log.slotAt(partition, slot.base)).toEqual(slot);
    expect(await log.tail(partition)).toEqual(tailOf(slot));
  });

  it("shows the loser of a race who holds the place, and keeps the winner's slot", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    const winner = aSlot({ base: 7, count: 3, publishedAtMs: NOW_MS + 1 });
    await log.append(partition, winner);
    // WHEN
    const outcome = await log.append(partition, aSlot({ base: 7, count: 9 }));
    // THEN
    expect(outcome).toEqual({ kind: "lost", winner: tailOf(winner) });
    expect(await log.slotAt(partition, 7)).toEqual(winner);
  });

  it("gives a place to exactly one of many writers, and shows all others the same winner", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    const slots = Array.from({ length: 8 }, (_, index) => aSlot({ base: 0, count: index + 1 }));
    // WHEN
    const outcomes = await Promise.all(slots.map((slot) => log.append(partition, slot)));
    // THEN
    const winner = slots.find((_, index) => outcomes[index]?.kind === "stored");
    expect(outcomes.filter(({ kind }) => kind === "stored")).toHaveLength(1);
    expect(winner && (await log.tail(partition))).toEqual(winner && tailOf(winner));
    for (const outcome of outcomes.filter(({ kind }) => kind !== "stored"))
      expect(outcome).toEqual({ kind: "lost", winner: winner && tailOf(winner) });
  });

  it("says stored to a writer whose answer was lost, and keeps what it wrote first", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    const slot = aSlot();
    await log.append(partition, slot);
    await log.append(partition, aSlot({ base: 1 }));
    // WHEN
    const again = await log.append(partition, slot);
    // THEN
    expect(again).toEqual({ kind: "stored" });
    expect((await log.read(partition, 0, 10, { consistent: true })).slots).toHaveLength(2);
  });

  it("says stored to the same write twice at once", async () => {
    const log = await make();
    const partition = aPartition();
    const slot = aSlot();
    const outcomes = await Promise.all([log.append(partition, slot), log.append(partition, slot)]);
    expect(kindsOf(outcomes)).toEqual(["stored", "stored"]);
  });

  it("keeps partitions, topics and a topic's lives apart", async () => {
    // GIVEN the same place in another partition, and in another life of the topic
    const log = await make();
    const topic = refOf(aTopic());
    const places: PartitionRef[] = [
      aPartition(0, topic),
      aPartition(1, topic),
      aPartition(0, { name: topic.name, uid: aTopic().uid }),
      aPartition(0),
    ];
    // WHEN
    const outcomes = await Promise.all(places.map((place) => log.append(place, aSlot())));
    // THEN
    expect(kindsOf(outcomes)).toEqual(["stored", "stored", "stored", "stored"]);
  });

  it("leaves the anchor alone without its version", async () => {
    const log = await make();
    const partition = aPartition();
    await log.append(partition, aSlot());
    expect(await log.anchorVersion(partition)).toBe(0);
  });
}

function anchorContract(make: () => Promise<LogStore>): void {
  it("bumps the anchor from version 0, where there is none, and on from there", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    expect(await log.anchorVersion(partition)).toBe(0);
    // WHEN
    const first = await log.append(partition, aSlot({ base: 0 }), { anchorVersion: 0 });
    const second = await log.append(partition, aSlot({ base: 1 }), { anchorVersion: anchorAfter(1) });
    // THEN
    expect([first, second]).toEqual([{ kind: "stored" }, { kind: "stored" }]);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(2));
  });

  it.each([
    { stored: 0, given: 3, why: "there is none yet" },
    { stored: 1, given: 0, why: "there is one by now" },
    { stored: 2, given: 1, why: "it was bumped since" },
    { stored: 1, given: 2, why: "it is older" },
  ])("stores nothing for anchor version $given where $why", async ({ stored, given }) => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    for (let version = 0; version < stored; version++)
      await log.append(partition, aSlot({ base: version }), { anchorVersion: anchorAfter(version) });
    const tail = await log.tail(partition);
    // WHEN
    const outcome = await log.append(partition, aSlot({ base: 100 }), { anchorVersion: anchorAfter(given) });
    // THEN
    expect(outcome).toEqual({ kind: "anchor-moved" });
    expect(await log.tail(partition)).toEqual(tail);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(stored));
  });

  it("bumps no anchor for a slot whose place is taken", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    const winner = aSlot();
    await log.append(partition, winner);
    // WHEN
    const outcome = await log.append(partition, aSlot(), { anchorVersion: 0 });
    // THEN
    expect(outcome).toEqual({ kind: "lost", winner: tailOf(winner) });
    expect(await log.anchorVersion(partition)).toBe(0);
  });

  it("says stored to a writer whose answer was lost, and bumps the anchor once", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    const slot = aSlot();
    await log.append(partition, slot, { anchorVersion: 0 });
    // WHEN
    const again = await log.append(partition, slot, { anchorVersion: 0 });
    // THEN
    expect(again).toEqual({ kind: "stored" });
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
  });

  it("lets one of many restarts through, each at a place of its own", async () => {
    // GIVEN clocks that differ: no two bases meet, so only the anchor can decide
    const log = await make();
    const partition = aPartition();
    const slots = Array.from({ length: 6 }, (_, at) => aSlot({ base: (NOW_MS + at) * 1_000 }));
    // WHEN
    const outcomes = await Promise.all(
      slots.map((slot) => log.append(partition, slot, { anchorVersion: 0 })),
    );
    // THEN
    expect(kindsOf(outcomes)).toEqual([...Array<string>(5).fill("anchor-moved"), "stored"]);
    expect((await log.read(partition, 0, 10, { consistent: true })).slots).toHaveLength(1);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
  });

  it("decides between the plain way and the anchored one by their place", async () => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    await log.append(partition, aSlot({ base: 0, count: 5 }), { anchorVersion: 0 });
    // WHEN
    const [plain, anchored] = await Promise.all([
      log.append(partition, aSlot({ base: 5 })),
      log.append(partition, aSlot({ base: 5 }), { anchorVersion: anchorAfter(1) }),
    ]);
    // THEN the anchor tells who won
    expect(kindsOf([plain, anchored])).toEqual(["lost", "stored"]);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(anchored.kind === "stored" ? 2 : 1));
  });

  it("decides between the anchored way and a restart by the anchor", async () => {
    // GIVEN a tail that is about to expire
    const log = await make();
    const partition = aPartition();
    await log.append(partition, aSlot({ base: 0, count: 5, expiresAtMs: NOW_MS - DAY_MS }), {
      anchorVersion: 0,
    });
    // WHEN
    const outcomes = await Promise.all([
      log.append(partition, aSlot({ base: 5 }), { anchorVersion: anchorAfter(1) }),
      log.append(partition, aSlot({ base: NOW_MS * 1_000 }), { anchorVersion: anchorAfter(1) }),
    ]);
    // THEN
    expect(kindsOf(outcomes)).toEqual(["anchor-moved", "stored"]);
    expect((await log.read(partition, 0, 10, { consistent: true })).slots).toHaveLength(2);
  });

  it("keeps an anchor for each partition", async () => {
    const log = await make();
    const topic = refOf(aTopic());
    await log.append(aPartition(0, topic), aSlot(), { anchorVersion: 0 });
    expect(await log.anchorVersion(aPartition(1, topic))).toBe(0);
    expect(await log.append(aPartition(1, topic), aSlot(), { anchorVersion: 0 })).toEqual({ kind: "stored" });
  });
}
