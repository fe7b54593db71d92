import type { Locks } from "../../lib/domain/ports/locks.js";
import { NOW_MS, aNonce } from "./builders.js";
import { ACQUIRED, LATER_MS, SOON_MS, aName, dieInARow } from "./lock-names.js";

export function deathsContract(make: () => Promise<Locks>): void {
  it.each([1, 2, 3])("says that %i owners in a row never let go", async (deaths) => {
    const locks = await make();
    const name = aName();
    const nowMs = await dieInARow(locks, name, deaths);
    expect(await locks.acquire(name, aNonce(), nowMs, LATER_MS)).toEqual({ kind: "acquired", deaths });
  });

  it("does not count an owner that asks again", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    const nowMs = await dieInARow(locks, name, 2);
    // WHEN
    const outcomes = [
      await locks.acquire(name, owner, nowMs, SOON_MS),
      await locks.acquire(name, owner, nowMs, SOON_MS),
      await locks.acquire(name, owner, SOON_MS, LATER_MS),
    ];
    // THEN
    expect(outcomes).toEqual(Array(3).fill({ kind: "acquired", deaths: 2 }));
    expect(await locks.acquire(name, aNonce(), LATER_MS, LATER_MS + 1)).toEqual({
      kind: "acquired",
      deaths: 3,
    });
  });

  it("does not count who was turned away", async () => {
    const locks = await make();
    const name = aName();
    await locks.acquire(name, aNonce(), NOW_MS, SOON_MS);
    for (let asked = 0; asked < 3; asked++) await locks.acquire(name, aNonce(), NOW_MS, SOON_MS);
    expect(await locks.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 1 });
  });

  it("forgets the deaths once an owner is alive, and counts from there", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    const nowMs = await dieInARow(locks, name, 3);
    await locks.acquire(name, owner, nowMs, SOON_MS);
    // WHEN
    await locks.renew(name, owner, SOON_MS, true);
    // THEN
    expect(await locks.acquire(name, owner, nowMs, SOON_MS)).toEqual(ACQUIRED);
    expect(await locks.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 1 });
  });

  it("keeps the deaths through a renewal that proves nothing", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    const nowMs = await dieInARow(locks, name, 2);
    await locks.acquire(name, owner, nowMs, SOON_MS);
    // WHEN
    await locks.renew(name, owner, SOON_MS, false);
    // THEN
    expect(await locks.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 3 });
  });

  it("forgets the deaths with a release", async () => {
    // GIVEN
    const locks = await make();
    const [name, owner] = [aName(), aNonce()];
    const nowMs = await dieInARow(locks, name, 2);
    await locks.acquire(name, owner, nowMs, SOON_MS);
    // WHEN
    await locks.release(name, owner);
    // THEN
    expect(await locks.acquire(name, aNonce(), nowMs, SOON_MS)).toEqual(ACQUIRED);
    expect(await locks.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 1 });
  });
}
