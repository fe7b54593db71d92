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
