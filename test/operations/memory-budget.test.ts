import { MemoryBudget } from "../../lib/operations/memory-budget.js";

describe("a memory budget", () => {
  it("gives what is wanted while there is room, then what is left, then nothing", () => {
    const budget = new MemoryBudget(100);
    const account = budget.account();
    expect([account.ask(60, 10), account.ask(60, 10), account.ask(60, 10)]).toEqual([60, 40, 0]);
    expect(budget.heldBytes).toBe(100);
  });

  it("gives nothing where there is less room than the least", () => {
    const budget = new MemoryBudget(100);
    const account = budget.account();
    account.hold(95);
    expect(account.ask(60, 10)).toBe(0);
  });

  it("gives the least to whoever holds nothing, however tight it is: one delivery always goes", () => {
    const budget = new MemoryBudget(100);
    budget.account().hold(200);
    const second = budget.account();
    expect(second.ask(60, 10)).toBe(10);
    expect(second.ask(60, 10)).toBe(0);
    expect(budget.heldBytes).toBe(210);
  });

  it("has room again once something is freed", () => {
    const budget = new MemoryBudget(100);
    const account = budget.account();
    account.ask(100, 10);
    account.free(50);
    expect(account.ask(100, 10)).toBe(50);
  });
});

describe("receives of one process", () => {
  /** Receives that begin at once, and end when they are told to. */
  function begun(budget: MemoryBudget, ...sizes: readonly number[]) {
    const running: number[] = [];
    const ends: (() => void)[] = [];
    const all = sizes.map((bytes, at) =>
      budget.receiving(bytes, async () => {
        running.push(at);
        await new Promise<void>((resolve) => (ends[at] = resolve));
      }),
    );
    const end = async (at: number) => {
      ends[at]?.();
      await all[at];
      await Promise.resolve();
    };
    return { running, end };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it("wait for memory in the order in which they came", async () => {
    // GIVEN
    const budget = new MemoryBudget(100);
    const { running, end } = begun(budget, 60, 60, 10);
    await settled();
    // THEN the last one, which would fit, does not overtake
    expect(running).toEqual([0]);
    await end(0);
    await settled();
    expect(running).toEqual([0, 1, 2]);
    expect(budget.heldBytes).toBe(70);
  });

  it("wait for what pumps hold, but for one, which always runs", async () => {
    const budget = new MemoryBudget(100);
    const pump = budget.account();
    pump.hold(100);
    const { running } = begun(budget, 60, 30);
    await settled();
    expect(running).toEqual([0]);
    pump.free(50);
    await settled();
    expect(running).toEqual([0]);
    pump.free(50);
    await settled();
    expect(running).toEqual([0, 1]);
  });

  it("give their memory back where they fail", async () => {
    const budget = new MemoryBudget(100);
    await expect(budget.receiving(60, () => Promise.reject(new Error("the test")))).rejects.toThrow(
      "the test",
    );
    expect(budget.heldBytes).toBe(0);
  });
});
