import { MemoryBudget, memoryBytesFor } from "../../../lib/operations/memory-budget.js";
import { roomAhead } from "../../../lib/operations/push/room-ahead.js";

const MB = 1_024 * 1_024;
const AHEAD = { wantedBytes: 8 * MB, leastBytes: MB };
const WANTED = memoryBytesFor(AHEAD.wantedBytes);
const LEAST = memoryBytesFor(AHEAD.leastBytes);

/** The account of a reader, in a process where so much is held by others. */
function anAccount(limitBytes: number, heldBytes = 0) {
  const budget = new MemoryBudget(limitBytes);
  budget.account().hold(heldBytes);
  return { budget, account: budget.account() };
}

describe("room to read ahead", () => {
  it("GIVEN plenty of memory THEN it is what the wanted messages take, and it is held", () => {
    const { account, budget } = anAccount(1_024 * MB);
    expect(roomAhead(account, AHEAD)).toBe(WANTED);
    expect(budget.heldBytes).toBe(WANTED);
  });

  it("GIVEN less is free THEN it is what is left, as long as that is worth a read", () => {
    const { account, budget } = anAccount(1_024 * MB);
    account.hold(1_024 * MB - LEAST);
    expect(roomAhead(account, AHEAD)).toBe(LEAST);
    account.free(LEAST - 1);
    expect(roomAhead(account, AHEAD)).toBe(0);
    expect(budget.heldBytes).toBe(1_024 * MB - LEAST + 1);
  });

  it("GIVEN a process with little memory THEN it is a quarter of that: some is kept for others", () => {
    const { account } = anAccount(16 * MB);
    const rooms = Array.from({ length: 5 }, () => roomAhead(account, AHEAD) / MB);
    expect(rooms).toEqual([4, 4, 4, 4, 0]);
  });

  it("GIVEN a process with little memory THEN an eighth of it is worth a read, and no less", () => {
    const { account } = anAccount(16 * MB);
    account.hold(14 * MB);
    expect(roomAhead(account, AHEAD)).toBe(2 * MB);
    account.free(2 * MB - 1);
    expect(roomAhead(account, AHEAD)).toBe(0);
  });

  it("GIVEN a reader that wants less than those shares THEN it gets no more than that", () => {
    const { account } = anAccount(16 * MB, 15 * MB);
    const ahead = { wantedBytes: 1_000, leastBytes: 100 };
    expect(roomAhead(account, ahead)).toBe(memoryBytesFor(1_000));
    account.hold(MB - memoryBytesFor(1_000) - memoryBytesFor(100));
    expect(roomAhead(account, ahead)).toBe(memoryBytesFor(100));
    expect(roomAhead(account, ahead)).toBe(0);
  });

  it("GIVEN no memory is left WHEN a reader holds nothing THEN it gets the least, once", () => {
    const { account } = anAccount(16 * MB, 16 * MB);
    expect([roomAhead(account, AHEAD), roomAhead(account, AHEAD)]).toEqual([2 * MB, 0]);
  });

  it("is in whole bytes, also WHEN the shares are not", () => {
    const [roomy, full] = [anAccount(1_001), anAccount(1_001, 1_001)];
    expect([roomAhead(roomy.account, AHEAD), roomAhead(full.account, AHEAD)]).toEqual([250, 125]);
  });
});
