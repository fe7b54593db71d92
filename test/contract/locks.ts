import type { Locks } from "../../lib/domain/ports/locks.js";
import { NOW_MS, aNonce } from "./builders.js";
import { deathsContract } from "./lock-deaths.js";
import { callsContract, knocksContract } from "./lock-knocks.js";
import { ACQUIRED, LATER_MS, SOON_MS, aName, dieInARow } from "./lock-names.js";

/** What every {@link Locks} promises. */
export function locksContract(make: () => Promise<Locks>): void {
  describe("locks", () => {
    describe("taking", () => acquireContract(make));
    describe("keeping and letting go", () => keepContract(make));
    describe("counting deaths", () => deathsContract(make));
    describe("keeping a note", () => noteContract(make));
    describe("a knock", () => knocksContract(make));
    describe("a call", () => callsContract(make));
  });
}

function acquireContract(make: () => Promise<Locks>): void {
  it("gives a free name to whoever asks, until the time asked for", async () => {
    // GIVEN
    const locks = await make();
    const name = aName();
    expect(await locks.heldUntilMs(name)).toBeUndefined();
    // WHEN
    const outcome = await locks.acquire(name, aNonce(), NOW_MS, SOON_MS);
    // THEN
    expect(outcome).toEqual(ACQUIRED);
    expect(await locks.heldUntilMs(name)).toBe(SOON_MS);
  });

  it("tells how many owners in a row died, until one is alive, and nothing of a free one", async () => {
    // GIVEN
    const locks = await make();
    const [name, third] = [aName(), aNonce()];
    expect(await locks.deaths(name)).toBe(0);
    await locks.acquire(name, aNonce(), NOW_MS, SOON_MS);
    expect(await locks.deaths(name)).toBe(0);
    // WHEN
    await locks.acquire(name, aNonce(), SOON_MS, SOON_MS + 1);
    await locks.acquire(name, third, SOON_MS + 1, LATER_MS);
    // THEN
    expect(await locks.deaths(name)).toBe(2);
    await locks.renew(name, third, LATER_MS, true);
    expect(await locks.deaths(name)).toBe(0);
    await locks.release(name, third);
    expect(await locks.deaths(name)).toBe(0);
  });

  it("tells another owner until when it is held, and changes nothing", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const outcome = await locks.acquire(name, aNonce(), SOON_MS - 1, LATER_MS);
    // THEN
    expect(outcome).toEqual({ kind: "held", untilMs: SOON_MS });
    expect(await locks.heldUntilMs(name)).toBe(SOON_MS);
    expect(await locks.renew(name, owner, SOON_MS, false)).toBe("renewed");
  });

  it("gives it to another owner from the moment that its time is over", async () => {
    // GIVEN
    const locks = await make();
    const [name, late] = [aName(), aNonce()];
    await locks.acquire(name, late, NOW_MS, SOON_MS);
    // WHEN
    const outcome = await locks.acquire(name, aNonce(), SOON_MS, LATER_MS);
    // THEN
    expect(outcome.kind).toBe("acquired");
    expect(await locks.heldUntilMs(name)).toBe(LATER_MS);
    expect(await locks.renew(name, late, LATER_MS, true)).toBe("lost");
    expect(await locks.release(name, late)).toBe("lost");
  });

  it("gives it to the same owner again, before its time is over and after", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const before = await locks.acquire(name, owner, NOW_MS, SOON_MS);
    const after = await locks.acquire(name, owner, SOON_MS + 1, LATER_MS);
    // THEN
    expect([before, after]).toEqual([ACQUIRED, ACQUIRED]);
    expect(await locks.heldUntilMs(name)).toBe(LATER_MS);
  });

  it("gives a free name to exactly one of many at once", async () => {
    const locks = await make();
    const name = aName();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => locks.acquire(name, aNonce(), NOW_MS, SOON_MS)),
    );
    expect(outcomes.filter(({ kind }) => kind === "acquired")).toEqual([ACQUIRED]);
    expect(outcomes.filter(({ kind }) => kind === "held")).toHaveLength(7);
  });

  it("gives an expired name to exactly one of many at once, as one death", async () => {
    // GIVEN
    const locks = await make();
    const name = aName();
    const nowMs = await dieInARow(locks, name, 1);
    // WHEN
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => locks.acquire(name, aNonce(), nowMs, LATER_MS)),
    );
    // THEN
    expect(outcomes.filter(({ kind }) => kind === "acquired")).toEqual([{ kind: "acquired", deaths: 1 }]);
  });

  it("keeps names apart", async () => {
    const locks = await make();
    const name = aName();
    await locks.acquire(name, aNonce(), NOW_MS, SOON_MS);
    expect(await locks.acquire(`${name}#1`, aNonce(), NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });
}

function keepContract(make: () => Promise<Locks>): void {
  it("renews its owner's time", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const outcome = await locks.renew(name, owner, LATER_MS, true);
    // THEN
    expect(outcome).toBe("renewed");
    expect(await locks.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({
      kind: "held",
      untilMs: LATER_MS,
    });
  });

  it("renews for an owner whose time is over, as long as nobody took it", async () => {
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, NOW_MS + 1);
    expect(await locks.renew(name, owner, LATER_MS, false)).toBe("renewed");
    expect(await locks.heldUntilMs(name)).toBe(LATER_MS);
  });

  it("is free at once after a release", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const outcome = await locks.release(name, owner);
    // THEN
    expect(outcome).toBe("released");
    expect(await locks.heldUntilMs(name)).toBeUndefined();
    expect(await locks.acquire(name, aNonce(), NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });

  it("is lost to renew once it was released", async () => {
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    await locks.release(name, owner);
    expect(await locks.renew(name, owner, LATER_MS, true)).toBe("lost");
    expect(await locks.heldUntilMs(name)).toBeUndefined();
  });

  it("is neither renewed nor released for a stranger, nor where nobody ever had it", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner, stranger] = [aName(), aNonce(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const outcomes = [
      await locks.renew(name, stranger, LATER_MS, true),
      await locks.release(name, stranger),
      await locks.renew(aName(), owner, LATER_MS, true),
      await locks.release(aName(), owner),
    ];
    // THEN
    expect(outcomes).toEqual(["lost", "lost", "lost", "lost"]);
    expect(await locks.heldUntilMs(name)).toBe(SOON_MS);
  });

  it("shows the time of an owner that died: who asks compares it with its clock", async () => {
    const locks = await make();
    const name = aName();
    await locks.acquire(name, aNonce(), NOW_MS, NOW_MS + 1);
    expect(await locks.heldUntilMs(name)).toBe(NOW_MS + 1);
  });
}

function noteContract(make: () => Promise<Locks>): void {
  const held = async () => {
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    return { locks, name, owner };
  };

  it("has none at first", async () => {
    const locks = await make();
    expect(await locks.acquire(aName(), aNonce(), NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });

  it("gives the next owner what the last one noted as it let go", async () => {
    // GIVEN
    const { locks, name, owner } = await held();
    // WHEN
    expect(await locks.release(name, owner, "as far as ü")).toBe("released");
    // THEN
    expect(await locks.heldUntilMs(name)).toBeUndefined();
    expect(await locks.renew(name, owner, LATER_MS, true)).toBe("lost");
    expect(await locks.acquire(name, aNonce(), NOW_MS, SOON_MS)).toEqual({
      ...ACQUIRED,
      note: "as far as ü",
    });
  });

  it("gives whoever takes over from a dead owner what it noted last", async () => {
    // GIVEN
    const { locks, name, owner } = await held();
    await locks.renew(name, owner, SOON_MS, true, "first");
    await locks.renew(name, owner, SOON_MS, true, "second");
    await locks.renew(name, owner, SOON_MS, false);
    // WHEN
    const outcome = await locks.acquire(name, aNonce(), SOON_MS, LATER_MS);
    // THEN
    expect(outcome).toEqual({ kind: "acquired", deaths: 1, note: "second" });
  });

  it("shows anybody what was noted last, held or not", async () => {
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    expect(await locks.note(name)).toBeUndefined();
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    expect(await locks.note(name)).toBeUndefined();
    await locks.renew(name, owner, LATER_MS, true, "first");
    expect(await locks.note(name)).toBe("first");
    await locks.release(name, owner, "second");
    expect(await locks.note(name)).toBe("second");
  });

  it("gives an owner that asks again what it noted", async () => {
    const { locks, name, owner } = await held();
    await locks.renew(name, owner, SOON_MS, true, "mine");
    expect(await locks.acquire(name, owner, NOW_MS, LATER_MS)).toEqual({ ...ACQUIRED, note: "mine" });
  });

  it("takes none from a stranger", async () => {
    const { locks, name, owner } = await held();
    expect(await locks.renew(name, aNonce(), LATER_MS, true, "a stranger's")).toBe("lost");
    expect(await locks.release(name, aNonce(), "a stranger's")).toBe("lost");
    expect(await locks.acquire(name, owner, NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });

  it("is gone once an owner lets go without one", async () => {
    // GIVEN
    const { locks, name, owner } = await held();
    await locks.release(name, owner, "noted");
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    await locks.release(name, owner);
    // THEN
    expect(await locks.acquire(name, aNonce(), NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });
}
