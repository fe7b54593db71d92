import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { messageSizeBytes } from "../../../lib/domain/message.js";
import type { Taken } from "../../../lib/operations/consume/take.js";
import { memoryBytesFor, memoryBytesOf } from "../../../lib/operations/memory-budget.js";
import type { LeasedBatch } from "../../../lib/operations/push/batch.js";
import { LeasedSupply } from "../../../lib/operations/push/leased-supply.js";
import { UNPACED } from "../../../lib/operations/push/pacing.js";
import { Signal } from "../../../lib/operations/push/signal.js";
import { aHanded, aReader } from "../../adapters/lambda/a-handed.js";
import { aLease } from "../../contract/builders.js";
import { aTimedDeployment } from "../a-deployment.js";

const MAX_BYTES = 1_000;
const SECOND_MS = 1_000;
const ROOM = memoryBytesFor(MAX_BYTES);
const PAUSES = { pauseFromMs: 25, pauseUpToMs: 100 };

const taken = (...handed: readonly Handed[]): Taken => ({ kind: "taken", leases: [aLease()], handed });
const EMPTY: Taken = { kind: "empty" };
const LOST: Taken = { kind: "lost" };

/** A supply whose looks end as its test says: with what was taken, or with an error. */
function aSupply(decodedBytes = 1_000_000, looks = 1) {
  const { clock, ...deployment } = aTimedDeployment();
  const engine = deployment.process(undefined, { decodedBytes, slotCacheBytes: 0 });
  const signal = new Signal(clock);
  let raised = 0;
  signal.raise = () => raised++;
  const failures: string[] = [];
  const asked: number[] = [];
  const answers: ((outcome: Taken | Error) => void)[] = [];
  const supply = new LeasedSupply(
    {
      engine,
      reader: aReader(),
      signal,
      pacing: UNPACED,
      account: engine.budget.account(),
      fail: (what) => failures.push(what),
    },
    {
      fetch: (maxBytes) =>
        new Promise((resolve, reject) => {
          asked.push(maxBytes);
          answers.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
        }),
      maxBytes: MAX_BYTES,
      ...PAUSES,
      looks,
    },
  );
  const end = async (outcome: Taken | Error): Promise<void> => {
    answers.shift()?.(outcome);
    await clock.advance(0);
  };
  /** One whole look, and how long the supply then waits for the next. */
  const lookFor = async (outcome: Taken | Error): Promise<number> => {
    supply.look();
    await end(outcome);
    return Math.max(0, supply.lookAtMs - clock.nowMs());
  };
  const { budget } = engine;
  return { clock, supply, end, lookFor, asked, failures, budget, raised: () => raised };
}

describe("a look", () => {
  it("GIVEN it is under way THEN room is kept for what it may bring, and no other begins", () => {
    const { supply, asked, budget } = aSupply();
    expect([supply.canStart, supply.expected]).toEqual([true, 0]);
    supply.look();
    expect([supply.canStart, supply.expected, supply.lookAtMs]).toEqual([false, 1, Infinity]);
    expect([asked, budget.heldBytes]).toEqual([[MAX_BYTES], ROOM]);
    expect(supply.take()).toBeUndefined();
  });

  it("WHEN it brings messages THEN they are a batch, the session hears of it, and the next may begin", async () => {
    const { supply, lookFor, raised } = aSupply();
    const found = taken(aHanded({ id: "a" }), aHanded({ id: "b" }));
    expect(await lookFor(found)).toBe(0);
    expect([raised(), supply.isDry, supply.canStart, supply.expected]).toEqual([1, false, true, 0]);
    const { kind: _kind, ...parts } = found;
    expect(supply.take()).toMatchObject({ kind: "leased", ...parts });
    expect(supply.take()).toBeUndefined();
  });

  it("WHEN its batch is delivered THEN just the memory of its messages was held, and is freed", async () => {
    const { supply, lookFor, budget } = aSupply();
    const message = aHanded({ body: "x".repeat(300) });
    await lookFor(taken(message));
    expect(budget.heldBytes).toBe(memoryBytesOf(message, messageSizeBytes(message)));
    supply.take()?.free();
    expect(budget.heldBytes).toBe(0);
  });

  it("GIVEN memory is full THEN it takes nothing, and is tried again before long", async () => {
    const { supply, lookFor, budget, asked, clock } = aSupply(ROOM);
    await lookFor(taken(aHanded()));
    const batch = supply.take();
    expect(budget.heldBytes).toBeGreaterThan(0);
    supply.look();
    expect([asked.length, supply.expected, supply.canStart]).toEqual([1, 0, false]);
    batch?.free();
    await clock.advance(50);
    expect(supply.canStart).toBe(true);
    supply.look();
    expect(asked).toHaveLength(2);
  });

  it("WHEN it finds nothing time and again THEN the supply is dry, and the pauses double to a limit", async () => {
    const { supply, lookFor, clock, budget } = aSupply();
    const pauses: number[] = [];
    for (let look = 0; look < 4; look++) {
      pauses.push(await lookFor(EMPTY));
      expect([supply.isDry, supply.canStart, budget.heldBytes]).toEqual([true, false, 0]);
      await clock.advance(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([25, 50, 100, 100]);
  });

  it.each([
    ["messages are found", async ({ lookFor }: ReturnType<typeof aSupply>) => void (await lookFor(taken()))],
    ["all is looked at anew", async ({ supply }: ReturnType<typeof aSupply>) => supply.lookAnew()],
  ])(
    "WHEN %s after looks in vain THEN the supply is dry no more, and pauses begin anew",
    async (_, change) => {
      const made = aSupply();
      await made.lookFor(EMPTY);
      await made.lookFor(EMPTY);
      await change(made);
      made.supply.take();
      expect([made.supply.isDry, made.supply.canStart]).toEqual([false, true]);
      expect(await made.lookFor(EMPTY)).toBe(25);
    },
  );

  it("WHEN it loses races THEN the pauses are random below a limit that doubles, and it is not dry", async () => {
    const { supply, lookFor, clock, budget } = aSupply();
    const limits = [8, 16, 32, 64, 128, 256, 512, 512, 512, 512];
    const pauses: number[] = [];
    for (const limit of limits) {
      const pause = await lookFor(LOST);
      expect([supply.isDry, budget.heldBytes]).toEqual([false, 0]);
      expect(pause).toBeGreaterThan(0);
      expect(pause).toBeLessThanOrEqual(limit);
      await clock.advance(pause);
      pauses.push(pause);
    }
    expect(Math.max(...pauses)).toBeGreaterThan(64);
  });

  it("GIVEN several may run WHEN looks find something THEN one more runs each time, and one less in vain", async () => {
    const { supply, clock, lookFor, end } = aSupply(undefined, 3);
    const canStart = (): number => {
      let begun = 0;
      for (; supply.canStart; begun++) supply.look();
      return begun;
    };
    const endAll = async (begun: number, outcome: Taken): Promise<void> => {
      for (let look = 0; look < begun; look++) await end(outcome);
      await clock.advance(SECOND_MS);
    };
    expect(canStart()).toBe(1);
    await endAll(1, taken());
    expect([canStart(), supply.expected]).toEqual([2, 2]);
    await endAll(2, taken());
    expect(canStart()).toBe(3);
    await endAll(3, taken());
    expect(canStart()).toBe(3);
    await endAll(2, LOST);
    expect([canStart(), supply.expected]).toEqual([0, 1]);
    await endAll(1, EMPTY);
    expect(await lookFor(EMPTY)).toBeGreaterThan(0);
    await clock.advance(SECOND_MS);
    expect(canStart()).toBe(1);
  });

  it("WHEN it fails THEN that is told, its memory is freed, and a look anew waits for the pause too", async () => {
    const { supply, lookFor, failures, budget, clock } = aSupply();
    const pauses: number[] = [];
    for (let look = 0; look < 3; look++) {
      pauses.push(await lookFor(new StorageUnavailable("the test")));
      expect([supply.isDry, budget.heldBytes, failures.length]).toEqual([true, 0, look + 1]);
      supply.lookAnew();
      expect(supply.canStart).toBe(false);
      await clock.advance(pauses.at(-1) ?? 0);
      expect(supply.canStart).toBe(true);
    }
    expect(pauses).toEqual([250, 500, 1_000]);
    await lookFor(taken());
    expect(await lookFor(new StorageUnavailable("the test"))).toBe(250);
  });
});

describe("GIVEN a session that ends WHEN its supply is closed", () => {
  it("THEN what it has, and what a running look still brings, goes to whom the session says", async () => {
    // GIVEN
    const { supply, lookFor, end } = aSupply();
    const [first, second] = [aHanded({ id: "first" }), aHanded({ id: "second" })];
    await lookFor(taken(first));
    supply.look();
    // WHEN
    const late: LeasedBatch[] = [];
    let isClosed = false;
    const closing = supply.close((batch) => late.push(batch)).then(() => (isClosed = true));
    const idsOf = () => late.map(({ handed }) => handed.map(({ id }) => id));
    expect([idsOf(), isClosed]).toEqual([[["first"]], false]);
    await end(taken(second));
    await closing;
    // THEN
    expect(idsOf()).toEqual([["first"], ["second"]]);
    expect(supply.take()).toBeUndefined();
  });

  it("THEN it is closed at once where no look is under way", async () => {
    const { supply } = aSupply();
    const late: LeasedBatch[] = [];
    await supply.close((batch) => late.push(batch));
    expect(late).toEqual([]);
  });
});
