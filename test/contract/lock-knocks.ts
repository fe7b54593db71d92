import type { Locks } from "../../lib/domain/ports/locks.js";
import { NOW_MS, aNonce } from "./builders.js";
import { ACQUIRED, LATER_MS, SOON_MS, aName } from "./lock-names.js";

export function knocksContract(make: () => Promise<Locks>): void {
  const held = async () => {
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    return { locks, name, owner };
  };

  it("finds a name free that nobody has, or whose owner's time is over, and leaves nothing there", async () => {
    const { locks, name } = await held();
    const free = aName();
    expect(await locks.knock(free, NOW_MS)).toEqual({ kind: "free", takes: 0 });
    expect(await locks.knock(name, SOON_MS)).toEqual({ kind: "free", takes: 1, takenAtMs: NOW_MS });
    expect(await locks.heldUntilMs(free)).toBeUndefined();
    expect(await locks.acquire(free, aNonce(), NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });

  it.each([
    ["without a note", undefined],
    ["with a note", "as far as here"],
  ])("is told to the owner as it lets go %s, once or several times", async (_, note) => {
    // GIVEN
    const { locks, name, owner } = await held();
    for (let time = 0; time < 2; time++) expect(await locks.knock(name, NOW_MS)).toEqual({ kind: "held" });
    // WHEN
    const released = await locks.release(name, owner, note);
    // THEN
    expect(released).toBe("knocked");
    const noted = note === undefined ? {} : { note };
    expect(await locks.knock(name, NOW_MS)).toEqual({ kind: "free", takes: 1, takenAtMs: NOW_MS, ...noted });
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    expect(await locks.release(name, owner, note)).toBe("released");
  });

  it("is not forgotten as the owner renews its time, or asks again", async () => {
    const { locks, name, owner } = await held();
    await locks.knock(name, NOW_MS);
    await locks.renew(name, owner, SOON_MS, true, "noted");
    await locks.acquire(name, owner, NOW_MS, LATER_MS);
    expect(await locks.heldUntilMs(name)).toBe(LATER_MS);
    expect(await locks.release(name, owner)).toBe("knocked");
  });

  it("changes neither who has it, nor until when, nor what is noted", async () => {
    const { locks, name, owner } = await held();
    await locks.renew(name, owner, SOON_MS, true, "noted");
    await locks.knock(name, NOW_MS);
    expect(await locks.heldUntilMs(name)).toBe(SOON_MS);
    expect(await locks.note(name)).toBe("noted");
    expect(await locks.acquire(name, aNonce(), NOW_MS, SOON_MS)).toEqual({ kind: "held", untilMs: SOON_MS });
  });

  it("is not for whoever takes over from an owner that died", async () => {
    const { locks, name } = await held();
    await locks.knock(name, NOW_MS);
    const next = aNonce();
    expect(await locks.acquire(name, next, SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 1 });
    expect(await locks.release(name, next)).toBe("released");
  });

  it("is told to the owner, or finds the name free, however the two race", async () => {
    const { locks, name, owner } = await held();
    const [knocked, released] = await Promise.all([locks.knock(name, NOW_MS), locks.release(name, owner)]);
    expect(released).toBe(knocked.kind === "held" ? "knocked" : "released");
  });
}

/** Word that is left at a lock that nobody has. */
export function callsContract(make: () => Promise<Locks>): void {
  const takesOf = async (locks: Locks, name: string): Promise<number> => {
    const there = await locks.knock(name, NOW_MS);
    if (there.kind === "held") throw new Error("it is held");
    return there.takes;
  };

  it.each([
    ["has ever had", 0],
    ["has any more", 2],
  ])("is told to whoever takes next a lock that nobody %s, and again as it lets go", async (_, times) => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    for (let time = 0; time < times; time++) {
      await locks.acquire(name, aNonce(), NOW_MS, SOON_MS);
      await locks.acquire(name, owner, SOON_MS, LATER_MS);
      await locks.release(name, owner);
    }
    const takes = await takesOf(locks, name);
    // WHEN
    expect(await locks.call(name, takes, NOW_MS)).toBe("called");
    // THEN
    expect(await locks.knock(name, NOW_MS)).toMatchObject({ kind: "free", takes, calledAtMs: NOW_MS });
    expect(await locks.heldUntilMs(name)).toBeUndefined();
    const acquired = await locks.acquire(name, owner, NOW_MS, SOON_MS);
    expect(acquired).toEqual({ ...ACQUIRED, isCalled: true });
    expect(await locks.release(name, owner)).toBe("knocked");
  });

  it("is told once: not to whoever takes the lock after that", async () => {
    const locks = await make();
    const name = aName();
    await locks.call(name, 0, NOW_MS);
    for (const expected of [{ ...ACQUIRED, isCalled: true }, ACQUIRED]) {
      const owner = aNonce();
      expect(await locks.acquire(name, owner, NOW_MS, SOON_MS)).toEqual(expected);
      await locks.release(name, owner);
    }
  });

  it("is told to whoever takes over from an owner that died with it", async () => {
    const locks = await make();
    const [name, next] = [aName(), aNonce()];
    await locks.call(name, 0, NOW_MS);
    await locks.acquire(name, aNonce(), NOW_MS, SOON_MS);
    expect(await locks.acquire(name, next, SOON_MS, LATER_MS)).toEqual({
      kind: "acquired",
      deaths: 1,
      isCalled: true,
    });
    expect(await locks.release(name, next)).toBe("knocked");
  });

  it("is not forgotten as its owner asks again", async () => {
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.call(name, 0, NOW_MS);
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    expect(await locks.acquire(name, owner, NOW_MS, LATER_MS)).toEqual({ ...ACQUIRED, isCalled: true });
    expect(await takesOf(locks, aName())).toBe(0);
    expect(await locks.release(name, owner)).toBe("knocked");
    expect(await takesOf(locks, name)).toBe(1);
  });

  it("is not left where somebody has the lock, or has had it meanwhile", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    const takes = await takesOf(locks, name);
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN, THEN
    expect(await locks.call(name, takes, NOW_MS)).toBe("taken");
    expect(await locks.release(name, owner)).toBe("released");
    expect(await locks.call(name, takes, NOW_MS)).toBe("taken");
    expect(await locks.knock(name, NOW_MS)).toEqual({ kind: "free", takes: takes + 1, takenAtMs: NOW_MS });
    expect(await locks.call(name, takes + 1, NOW_MS)).toBe("called");
  });

  it("keeps what was noted", async () => {
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    await locks.acquire(name, owner, NOW_MS, SOON_MS);
    await locks.release(name, owner, "as far as here");
    await locks.call(name, 1, NOW_MS);
    expect(await locks.acquire(name, aNonce(), NOW_MS, SOON_MS)).toEqual({
      ...ACQUIRED,
      isCalled: true,
      note: "as far as here",
    });
  });

  it("is told to whoever takes the lock, or finds it taken, however the two race", async () => {
    const locks = await make();
    const name = aName();
    const [called, acquired] = await Promise.all([
      locks.call(name, 0, NOW_MS),
      locks.acquire(name, aNonce(), NOW_MS, SOON_MS),
    ]);
    expect(acquired).toEqual(called === "called" ? { ...ACQUIRED, isCalled: true } : ACQUIRED);
  });
}
