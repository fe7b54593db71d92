import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { Slot } from "../../lib/domain/slot.js";
import type { PartitionRef } from "../../lib/domain/topic.js";
import { anchorAfter, aPartition, aSlot, tailOf } from "./builders.js";

type Make = () => Promise<LogStore>;

const CONSISTENT = { consistent: true };
const SLOTS = 30;

/** Calls that are sent twice, that fail for more than one reason, and reads while somebody appends. */
export function logRaceContract(make: Make): void {
  describe("sent twice", () => sentTwiceContract(make));
  describe("while it is appended to", () => staleContract(make));
}

function sentTwiceContract(make: Make): void {
  it("an anchored append is stored once and bumps the anchor once", async () => {
    const log = await make();
    const [partition, slot] = [aPartition(), aSlot()];
    const outcomes = await Promise.all([
      log.append(partition, slot, { anchorVersion: 0 }),
      log.append(partition, slot, { anchorVersion: 0 }),
    ]);
    expect(outcomes).toEqual([{ kind: "stored" }, { kind: "stored" }]);
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
    expect((await log.read(partition, 0, 10, CONSISTENT)).slots).toEqual([slot]);
  });

  it("an append is its writer's own, though the anchor has moved on since", async () => {
    const log = await make();
    const [partition, slot] = [aPartition(), aSlot()];
    await log.append(partition, slot, { anchorVersion: 0 });
    await log.append(partition, aSlot({ base: 1 }), { anchorVersion: anchorAfter(1) });
    expect(await log.append(partition, slot, { anchorVersion: 0 })).toEqual({ kind: "stored" });
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(2));
  });

  it("shows the winner to who lost its place and the anchor too: that saves the loser a read", async () => {
    const log = await make();
    const [partition, winner] = [aPartition(), aSlot({ count: 4 })];
    await log.append(partition, winner, { anchorVersion: 0 });
    const outcome = await log.append(partition, aSlot(), { anchorVersion: 0 });
    expect(outcome).toEqual({ kind: "lost", winner: tailOf(winner) });
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
  });

  it.each([
    { way: "plain", anchorVersion: undefined },
    { way: "anchored", anchorVersion: anchorAfter(1) },
  ])("takes a repeat that lands late behind others for the first: $way", async ({ anchorVersion }) => {
    // GIVEN
    const log = await make();
    const partition = aPartition();
    await log.append(partition, aSlot(), { anchorVersion: 0 });
    const slot = aSlot({ base: 1 });
    await log.append(partition, slot, { anchorVersion });
    for (let base = 2; base < 5; base++) await log.append(partition, aSlot({ base }));
    const tail = await log.tail(partition);
    // WHEN
    const outcome = await log.append(partition, slot, { anchorVersion });
    // THEN
    expect(outcome).toEqual({ kind: "stored" });
    expect(await log.tail(partition)).toEqual(tail);
  });
}

/** Appends one slot after the other, and notes how many of them are certain to be stored. */
function anAppender(log: LogStore, partition: PartitionRef) {
  const slots = Array.from({ length: SLOTS }, (_, base) => aSlot({ base }));
  const state = { stored: 0, isOver: false };
  const work = async (): Promise<void> => {
    for (const slot of slots) {
      await log.append(partition, slot);
      state.stored++;
    }
    state.isOver = true;
  };
  return { slots, state, over: work() };
}

const expectRun = (shown: readonly Slot[], slots: readonly Slot[], from: number): void =>
  expect(shown).toEqual(slots.slice(from, from + shown.length));

function staleContract(make: Make): void {
  it("a consistent read shows all that was stored before it began", async () => {
    const log = await make();
    const partition = aPartition();
    const { slots, state, over } = anAppender(log, partition);
    while (!state.isOver) {
      const atLeast = state.stored;
      const shown = (await log.read(partition, 0, SLOTS, CONSISTENT)).slots;
      expect(shown.length).toBeGreaterThanOrEqual(atLeast);
      expectRun(shown, slots, 0);
    }
    await over;
  });

  it("any other read shows nothing that was never stored, in order, each slot whole", async () => {
    const log = await make();
    const partition = aPartition();
    const { slots, state, over } = anAppender(log, partition);
    while (!state.isOver) {
      const from = Math.floor(state.stored / 2);
      const shown = (await log.read(partition, from, SLOTS)).slots;
      // It may miss any of them, even between two that it shows.
      expect(shown).toEqual(slots.filter(({ base }) => shown.some((slot) => slot.base === base)));
      expect(shown.every(({ base }) => base >= from)).toBe(true);
      const known = (await log.read(partition, from, SLOTS, CONSISTENT)).slots;
      for (const slot of shown) expect(known).toContainEqual(slot);
    }
    await over;
  });

  it("the tail and the slot at an offset are those of a consistent read", async () => {
    const log = await make();
    const partition = aPartition();
    const { slots, state, over } = anAppender(log, partition);
    while (!state.isOver) {
      const atLeast = state.stored;
      const [tail, slot] = await Promise.all([log.tail(partition), log.slotAt(partition, SLOTS)]);
      for (const shown of [tail, slot]) {
        expect((shown?.base ?? -1) + 1).toBeGreaterThanOrEqual(atLeast);
        if (shown) expect(slots[shown.base]).toMatchObject(shown);
      }
    }
    await over;
  });
}
