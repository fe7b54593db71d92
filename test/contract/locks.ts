import type { Locks } from "../../lib/domain/ports/locks.js";
import { MINUTE_MS, NOW_MS, aNonce, unique } from "./builders.js";

const SOON_MS = NOW_MS + MINUTE_MS;
const LATER_MS = NOW_MS + 2 * MINUTE_MS;
const ACQUIRED = { kind: "acquired", deaths: 0 };

const aName = (): string => unique("lane");

/** `deaths` owners in a row that took `name` and never let go; gives when the last one's time is over. */
async function dieInARow(leases: Locks, name: string, deaths: number): Promise<number> {
  for (let death = 0; death < deaths; death++)
    await leases.acquire(name, aNonce(), NOW_MS + death, NOW_MS + death + 1);
  return NOW_MS + deaths;
}

/** What every {@link Locks} promises. */
export function locksContract(make: () => Promise<Locks>): void {
  describe("pump leases", () => {
    describe("taking", () => acquireContract(make));
    describe("keeping and letting go", () => keepContract(make));
    describe("counting deaths", () => deathsContract(make));
  });
}

function acquireContract(make: () => Promise<Locks>): void {
  it("gives a free name to whoever asks, until the time asked for", async () => {
    // GIVEN
    const leases = await make();
    const name = aName();
    expect(await leases.heldUntilMs(name)).toBeUndefined();
    // WHEN
    const outcome = await leases.acquire(name, aNonce(), NOW_MS, SOON_MS);
    // THEN
    expect(outcome).toEqual(ACQUIRED);
    expect(await leases.heldUntilMs(name)).toBe(SOON_MS);
  });

  it("tells another owner until when it is held, and changes nothing", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    await leases.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const outcome = await leases.acquire(name, aNonce(), SOON_MS - 1, LATER_MS);
    // THEN
    expect(outcome).toEqual({ kind: "held", untilMs: SOON_MS });
    expect(await leases.heldUntilMs(name)).toBe(SOON_MS);
    expect(await leases.renew(name, owner, SOON_MS, false)).toBe("renewed");
  });

  it("gives it to another owner from the moment that its time is over", async () => {
    // GIVEN
    const leases = await make();
    const [name, late] = [aName(), aNonce()];
    await leases.acquire(name, late, NOW_MS, SOON_MS);
    // WHEN
    const outcome = await leases.acquire(name, aNonce(), SOON_MS, LATER_MS);
    // THEN
    expect(outcome.kind).toBe("acquired");
    expect(await leases.heldUntilMs(name)).toBe(LATER_MS);
    expect(await leases.renew(name, late, LATER_MS, true)).toBe("lost");
    expect(await leases.release(name, late)).toBe("lost");
  });

  it("gives it to the same owner again, before its time is over and after", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    await leases.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const before = await leases.acquire(name, owner, NOW_MS, SOON_MS);
    const after = await leases.acquire(name, owner, SOON_MS + 1, LATER_MS);
    // THEN
    expect([before, after]).toEqual([ACQUIRED, ACQUIRED]);
    expect(await leases.heldUntilMs(name)).toBe(LATER_MS);
  });

  it("gives a free name to exactly one of many at once", async () => {
    const leases = await make();
    const name = aName();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => leases.acquire(name, aNonce(), NOW_MS, SOON_MS)),
    );
    expect(outcomes.filter(({ kind }) => kind === "acquired")).toEqual([ACQUIRED]);
    expect(outcomes.filter(({ kind }) => kind === "held")).toHaveLength(7);
  });

  it("gives an expired name to exactly one of many at once, as one death", async () => {
    // GIVEN
    const leases = await make();
    const name = aName();
    const nowMs = await dieInARow(leases, name, 1);
    // WHEN
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => leases.acquire(name, aNonce(), nowMs, LATER_MS)),
    );
    // THEN
    expect(outcomes.filter(({ kind }) => kind === "acquired")).toEqual([{ kind: "acquired", deaths: 1 }]);
  });

  it("keeps names apart", async () => {
    const leases = await make();
    const name = aName();
    await leases.acquire(name, aNonce(), NOW_MS, SOON_MS);
    expect(await leases.acquire(`${name}#1`, aNonce(), NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });
}

function keepContract(make: () => Promise<Locks>): void {
  it("renews its owner's time", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    await leases.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const outcome = await leases.renew(name, owner, LATER_MS, true);
    // THEN
    expect(outcome).toBe("renewed");
    expect(await leases.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({
      kind: "held",
      untilMs: LATER_MS,
    });
  });

  it("renews for an owner whose time is over, as long as nobody took it", async () => {
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    await leases.acquire(name, owner, NOW_MS, NOW_MS + 1);
    expect(await leases.renew(name, owner, LATER_MS, false)).toBe("renewed");
    expect(await leases.heldUntilMs(name)).toBe(LATER_MS);
  });

  it("is free at once after a release", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    await leases.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const outcome = await leases.release(name, owner);
    // THEN
    expect(outcome).toBe("released");
    expect(await leases.heldUntilMs(name)).toBeUndefined();
    expect(await leases.acquire(name, aNonce(), NOW_MS, SOON_MS)).toEqual(ACQUIRED);
  });

  it("is lost to renew once it was released", async () => {
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    await leases.acquire(name, owner, NOW_MS, SOON_MS);
    await leases.release(name, owner);
    expect(await leases.renew(name, owner, LATER_MS, true)).toBe("lost");
    expect(await leases.heldUntilMs(name)).toBeUndefined();
  });

  it("is neither renewed nor released for a stranger, nor where nobody ever had it", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner, stranger] = [aName(), aNonce(), aNonce()];
    await leases.acquire(name, owner, NOW_MS, SOON_MS);
    // WHEN
    const outcomes = [
      await leases.renew(name, stranger, LATER_MS, true),
      await leases.release(name, stranger),
      await leases.renew(aName(), owner, LATER_MS, true),
      await leases.release(aName(), owner),
    ];
    // THEN
    expect(outcomes).toEqual(["lost", "lost", "lost", "lost"]);
    expect(await leases.heldUntilMs(name)).toBe(SOON_MS);
  });

  it("shows the time of an owner that died: who asks compares it with its clock", async () => {
    const leases = await make();
    const name = aName();
    await leases.acquire(name, aNonce(), NOW_MS, NOW_MS + 1);
    expect(await leases.heldUntilMs(name)).toBe(NOW_MS + 1);
  });
}

function deathsContract(make: () => Promise<Locks>): void {
  it.each([1, 2, 3])("says that %i owners in a row never let go", async (deaths) => {
    const leases = await make();
    const name = aName();
    const nowMs = await dieInARow(leases, name, deaths);
    expect(await leases.acquire(name, aNonce(), nowMs, LATER_MS)).toEqual({ kind: "acquired", deaths });
  });

  it("does not count an owner that asks again", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    const nowMs = await dieInARow(leases, name, 2);
    // WHEN
    const outcomes = [
      await leases.acquire(name, owner, nowMs, SOON_MS),
      await leases.acquire(name, owner, nowMs, SOON_MS),
      await leases.acquire(name, owner, SOON_MS, LATER_MS),
    ];
    // THEN
    expect(outcomes).toEqual(Array(3).fill({ kind: "acquired", deaths: 2 }));
    expect(await leases.acquire(name, aNonce(), LATER_MS, LATER_MS + 1)).toEqual({
      kind: "acquired",
      deaths: 3,
    });
  });

  it("does not count who was turned away", async () => {
    const leases = await make();
    const name = aName();
    await leases.acquire(name, aNonce(), NOW_MS, SOON_MS);
    for (let asked = 0; asked < 3; asked++) await leases.acquire(name, aNonce(), NOW_MS, SOON_MS);
    expect(await leases.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 1 });
  });

  it("forgets the deaths once an owner is alive, and counts from there", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    const nowMs = await dieInARow(leases, name, 3);
    await leases.acquire(name, owner, nowMs, SOON_MS);
    // WHEN
    await leases.renew(name, owner, SOON_MS, true);
    // THEN
    expect(await leases.acquire(name, owner, nowMs, SOON_MS)).toEqual(ACQUIRED);
    expect(await leases.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 1 });
  });

  it("keeps the deaths through a renewal that proves nothing", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    const nowMs = await dieInARow(leases, name, 2);
    await leases.acquire(name, owner, nowMs, SOON_MS);
    // WHEN
    await leases.renew(name, owner, SOON_MS, false);
    // THEN
    expect(await leases.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 3 });
  });

  it("forgets the deaths with a release", async () => {
    // GIVEN
    const leases = await make();
    const [name, owner] = [aName(), aNonce()];
    const nowMs = await dieInARow(leases, name, 2);
    await leases.acquire(name, owner, nowMs, SOON_MS);
    // WHEN
    await leases.release(name, owner);
    // THEN
    expect(await leases.acquire(name, aNonce(), nowMs, SOON_MS)).toEqual(ACQUIRED);
    expect(await leases.acquire(name, aNonce(), SOON_MS, LATER_MS)).toEqual({ kind: "acquired", deaths: 1 });
  });
}
