import { BESIDE_LIMIT, type Beside } from "../../lib/domain/beside.js";
import type { LogStore } from "../../lib/domain/ports/log-store.js";
import { anchorAfter, MINUTE_MS, NOW_MS, aPartition, aSlot, tailOf, unique } from "./builders.js";

type Make = () => Promise<LogStore>;

const aClaim = (fields: Partial<Beside & { kind: "claim" }> = {}) =>
  ({ kind: "claim", name: unique("record"), value: "theirs", ...fields }) as const;
const removed = (claim: { readonly name: string }, version = 1) =>
  ({ kind: "remove", name: claim.name, version }) as const;

/** Records that are claimed, or removed, in the transaction that puts a slot. */
export function logBesideContract(make: Make): void {
  describe("that is claimed", () => claimContract(make));
  describe("that is claimed alone", () => aloneContract(make));
  describe("that is removed", () => removalContract(make));
  describe("among others", () => togetherContract(make));
}

function claimContract(make: Make): void {
  it.each([{ anchorVersion: undefined }, { anchorVersion: 0 }])(
    "is there once the slot is, and refuses whoever claims it again: $anchorVersion",
    async (options) => {
      // GIVEN
      const log = await make();
      const [first, second] = [aPartition(), aPartition()];
      const claim = aClaim();
      // WHEN
      const stored = await log.append(first, aSlot(), { ...options, beside: [claim] });
      const refused = await log.append(second, aSlot(), {
        ...options,
        beside: [{ ...claim, value: "mine" }],
      });
      // THEN
      expect(stored).toEqual({ kind: "stored" });
      expect(refused).toEqual({ kind: "refused", refusals: [{ index: 0, value: "theirs" }] });
      expect(await log.tail(second)).toBeUndefined();
      expect(await log.anchorVersion(second)).toBe(0);
    },
  );

  it("can be claimed again from its expiry on, by the slot's time", async () => {
    const log = await make();
    const partition = aPartition();
    const claim = aClaim({ expiresAtMs: NOW_MS + MINUTE_MS });
    const at = (base: number, publishedAtMs: number) =>
      log.append(partition, aSlot({ base, publishedAtMs }), { beside: [claim] });
    expect(await at(0, NOW_MS)).toEqual({ kind: "stored" });
    expect(await at(1, NOW_MS + MINUTE_MS - 1)).toMatchObject({ kind: "refused" });
    expect(await at(1, NOW_MS + MINUTE_MS)).toEqual({ kind: "stored" });
  });

  it("is its writer's own where the answer was lost: a repeat says stored", async () => {
    const log = await make();
    const [partition, slot, beside] = [aPartition(), aSlot(), [aClaim()]];
    await log.append(partition, slot, { beside });
    expect(await log.append(partition, slot, { beside })).toEqual({ kind: "stored" });
  });

  it("lets one of many through, each at a place of its own", async () => {
    // GIVEN
    const log = await make();
    const partitions = Array.from({ length: 8 }, () => aPartition());
    const claim = aClaim();
    // WHEN
    const appends = partitions.map((partition, at) =>
      log.append(partition, aSlot(), { beside: [{ ...claim, value: `${at}` }] }),
    );
    const outcomes = await Promise.all(appends);
    // THEN
    const winners = outcomes.flatMap(({ kind }, at) => (kind === "stored" ? [`${at}`] : []));
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.kind !== "stored")
        expect(outcome).toEqual({ kind: "refused", refusals: [{ index: 0, value: winners[0] }] });
    const tails = await Promise.all(partitions.map((partition) => log.tail(partition)));
    expect(tails.filter((tail) => tail !== undefined)).toHaveLength(1);
  });
}

/** A record without a slot. */
function aloneContract(make: Make): void {
  it("is there for everybody, and refuses whoever claims it again until it expires", async () => {
    const log = await make();
    const claim = aClaim({ expiresAtMs: NOW_MS + MINUTE_MS });
    expect(await log.claim(claim, NOW_MS)).toBeUndefined();
    expect(await log.claim({ ...claim, value: "mine" }, NOW_MS)).toMatchObject({ value: "theirs" });
    const beside = [{ ...claim, value: "mine" }];
    expect(await log.append(aPartition(), aSlot(), { beside })).toMatchObject({ kind: "refused" });
    expect(await log.claim(claim, NOW_MS + MINUTE_MS)).toBeUndefined();
  });

  it("lets one of many through", async () => {
    const log = await make();
    const claim = aClaim();
    const all = Array.from({ length: 6 }, (_, at) => log.claim({ ...claim, value: `${at}` }, NOW_MS));
    const refused = (await Promise.all(all)).filter((refusal) => refusal !== undefined);
    expect(refused).toHaveLength(5);
    expect(new Set(refused.map(({ value }) => value)).size).toBe(1);
  });
}

function removalContract(make: Make): void {
  it("is gone once the slot is there, and refuses whoever removes it again", async () => {
    const log = await make();
    const [partition, claim] = [aPartition(), aClaim()];
    await log.append(partition, aSlot(), { beside: [claim] });
    const beside = [removed(claim)];
    expect(await log.append(partition, aSlot({ base: 1 }), { beside })).toEqual({ kind: "stored" });
    expect(await log.append(partition, aSlot({ base: 2 }), { beside })).toEqual({
      kind: "refused",
      refusals: [{ index: 0 }],
    });
    expect(await log.tail(partition)).toMatchObject({ base: 1 });
    expect(await log.append(partition, aSlot({ base: 2 }), { beside: [claim] })).toEqual({ kind: "stored" });
  });

  it("refuses another version than it has, and stays", async () => {
    const log = await make();
    const [partition, claim] = [aPartition(), aClaim()];
    await log.append(partition, aSlot(), { beside: [claim] });
    const outcome = await log.append(partition, aSlot({ base: 1 }), { beside: [removed(claim, 2)] });
    expect(outcome).toEqual({ kind: "refused", refusals: [{ index: 0, value: "theirs" }] });
    const again = await log.append(partition, aSlot({ base: 1 }), { beside: [removed(claim)] });
    expect(again).toEqual({ kind: "stored" });
  });
}

function togetherContract(make: Make): void {
  it("says which of them refused, and does nothing of the others", async () => {
    // GIVEN
    const log = await make();
    const [partition, there, free] = [aPartition(), aClaim(), aClaim()];
    await log.append(partition, aSlot(), { beside: [there] });
    // WHEN
    const outcome = await log.append(partition, aSlot({ base: 1 }), {
      beside: [free, there, removed(aClaim())],
    });
    // THEN
    expect(outcome).toEqual({ kind: "refused", refusals: [{ index: 1, value: "theirs" }, { index: 2 }] });
    expect(await log.append(partition, aSlot({ base: 1 }), { beside: [free] })).toEqual({ kind: "stored" });
  });

  it("tells of what refused before it tells of a race or an anchor: no other place would change that", async () => {
    const log = await make();
    const [partition, claim, winner] = [aPartition(), aClaim(), aSlot()];
    await log.append(partition, winner, { anchorVersion: 0, beside: [claim] });
    const beside = [claim];
    expect(await log.append(partition, aSlot(), { beside })).toMatchObject({
      kind: "refused",
      refusals: [{ index: 0 }],
    });
    const moved = log.append(partition, aSlot({ base: 9 }), { anchorVersion: 0, beside });
    expect(await moved).toMatchObject({ kind: "refused", refusals: [{ index: 0 }] });
  });

  it("is left alone where the place is lost, or the anchor has moved", async () => {
    const log = await make();
    const [partition, claim, winner] = [aPartition(), aClaim(), aSlot()];
    await log.append(partition, winner, { anchorVersion: 0 });
    const lost = await log.append(partition, aSlot(), { anchorVersion: anchorAfter(1), beside: [claim] });
    expect(lost).toEqual({ kind: "lost", winner: tailOf(winner) });
    const moved = await log.append(partition, aSlot({ base: 1 }), { anchorVersion: 7, beside: [claim] });
    expect(moved).toEqual({ kind: "anchor-moved" });
    expect(await log.anchorVersion(partition)).toBe(anchorAfter(1));
    expect(await log.append(partition, aSlot({ base: 1 }), { beside: [claim] })).toEqual({ kind: "stored" });
  });

  it("may be 98 of them, each of its own name, and no more: that is a rule", async () => {
    const log = await make();
    const partition = aPartition();
    const all = Array.from({ length: BESIDE_LIMIT + 1 }, () => aClaim());
    const broken = { name: "InvariantError" };
    await expect(log.append(partition, aSlot(), { beside: all })).rejects.toMatchObject(broken);
    const twice = [...all.slice(0, 1), ...all.slice(0, 1)];
    await expect(log.append(partition, aSlot(), { beside: twice })).rejects.toMatchObject(broken);
    expect(await log.tail(partition)).toBeUndefined();
    const beside = all.slice(1);
    expect(await log.append(partition, aSlot(), { anchorVersion: 0, beside })).toEqual({ kind: "stored" });
  });
}
