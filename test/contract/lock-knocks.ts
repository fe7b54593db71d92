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
    expect([await locks.knock(free, NOW_MS), await locks.knock(name, SOON_MS)]).toEqual(["free", "free"]);
    expect(await locks.heldUntilMs(free)).toBeUndefined();
    expect(await locks.acquire(free, aNonce(), NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });

  it.each([
    ["without a note", undefined],
    ["with a note", "as far as here"],
  ])("is told to the owner as it lets go %s, once or several times", async (_, note) => {
    // GIVEN
    const { locks, name, owner } = await held();
    expect([await locks.knock(name, NOW_MS), await locks.knock(name, NOW_MS)]).toEqual(["held", "held"]);
    // WHEN
    const released = await locks.release(name, owner, note);
    // THEN
    expect(released).toBe("knocked");
    expect(await locks.knock(name, NOW_MS)).toBe("free");
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
    expect([knocked, released]).toEqual(knocked === "held" ? ["held", "knocked"] : ["free", "released"]);
  });
}
