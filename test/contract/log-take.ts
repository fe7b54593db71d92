import { BESIDE_LIMIT, type Beside, type WaitingIn } from "../../lib/domain/beside.js";
import type { LogStore } from "../../lib/domain/ports/log-store.js";
import { NOW_MS, aPartition, aSlot, tailOf, unique } from "./builders.js";

export type Take = Beside & { readonly kind: "take" };

/** What the contract needs of an adapter beside its log: items that wait for a place in it. */
export interface WithWaiting {
  readonly log: LogStore;
  readonly put: (take: Take) => Promise<void>;
  readonly has: (take: Take) => Promise<boolean>;
}

const aTake = (from: WaitingIn, fields: Partial<Take> = {}): Take => ({
  kind: "take",
  from,
  group: unique("group"),
  place: `${NOW_MS}-${unique("item")}`,
  ...fields,
});

/** Items that an append takes away as their messages get their place in the log. */
export function logTakeContract(make: () => Promise<WithWaiting>): void {
  describe.each(["delayed", "outbox"] as const)("an append that takes from %s", (from) => {
    it("removes what it takes, and once that is gone nothing is stored: whoever is second", async () => {
      // GIVEN
      const { log, put, has } = await make();
      const [partition, take] = [aPartition(), aTake(from)];
      await put(take);
      // WHEN
      const first = await log.append(partition, aSlot(), { beside: [take] });
      const second = await log.append(partition, aSlot({ base: 1 }), { beside: [take] });
      // THEN
      expect([first, second]).toEqual([{ kind: "stored" }, { kind: "refused", refusals: [{ index: 0 }] }]);
      expect(await has(take)).toBe(false);
      expect(await log.tail(partition)).toMatchObject({ base: 0 });
    });

    it("lets one of many through, each at a place of its own", async () => {
      const { log, put } = await make();
      const take = aTake(from);
      await put(take);
      const partitions = Array.from({ length: 8 }, () => aPartition());
      const appends = partitions.map((partition) => log.append(partition, aSlot(), { beside: [take] }));
      const kinds = (await Promise.all(appends)).map(({ kind }) => kind).sort();
      expect(kinds).toEqual([...Array<string>(7).fill("refused"), "stored"]);
    });

    it("says stored to its writer again where the answer was lost", async () => {
      const { log, put } = await make();
      const [partition, slot, take] = [aPartition(), aSlot(), aTake(from)];
      await put(take);
      await log.append(partition, slot, { beside: [take] });
      expect(await log.append(partition, slot, { beside: [take] })).toEqual({ kind: "stored" });
    });

    it("tells which of them are gone, and takes none of the others", async () => {
      // GIVEN
      const { log, put, has } = await make();
      const group = unique("group");
      const takes = [0, 1, 2, 3].map((at) => aTake(from, { group, place: `${at}` }));
      await Promise.all([0, 2].map((at) => put(takes[at] as Take)));
      // WHEN
      const outcome = await log.append(aPartition(), aSlot(), { beside: takes });
      // THEN
      expect(outcome).toEqual({ kind: "refused", refusals: [{ index: 1 }, { index: 3 }] });
      expect(await Promise.all(takes.map(has))).toEqual([true, false, true, false]);
    });

    it("takes nothing where the place is lost", async () => {
      const { log, put, has } = await make();
      const [partition, winner, take] = [aPartition(), aSlot(), aTake(from)];
      await put(take);
      await log.append(partition, winner);
      const outcome = await log.append(partition, aSlot(), { beside: [take] });
      expect(outcome).toEqual({ kind: "lost", winner: tailOf(winner) });
      expect(await has(take)).toBe(true);
    });

    it("takes as many as a transaction has room for beside the slot and the anchor", async () => {
      const { log, put, has } = await make();
      const takes = Array.from({ length: BESIDE_LIMIT }, () => aTake(from));
      for (const take of takes) await put(take);
      const outcome = await log.append(aPartition(), aSlot(), { anchorVersion: 0, beside: takes });
      expect(outcome).toEqual({ kind: "stored" });
      expect((await Promise.all(takes.map(has))).includes(true)).toBe(false);
    });
  });
}
