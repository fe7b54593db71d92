import { aCursor, aLease, aRetry, aSubscriptionRef } from "./builders.js";
import { type Make, moveCursor } from "./progress-moves.js";

export function progressStandingContract(make: Make): void {
  it("is without cursors or records before the first move", async () => {
    const progress = await make();
    expect(await progress.standing(aSubscriptionRef())).toEqual({ cursors: new Map(), hasRecords: false });
  });

  it("shows every cursor, however many there are, and that there is no record", async () => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    const cursors = Array.from({ length: 45 }, (_, index) => [index * 5, aCursor({ head: index })] as const);
    for (const [partition, cursor] of cursors) await moveCursor(progress, subscription, partition, cursor);
    await progress.move(subscription, {
      setAside: [{ partition: 0, base: 3, count: 1, reason: "segment-lost", atMs: 1 }],
    });
    const standing = await progress.standing(subscription);
    expect(standing.hasRecords).toBe(false);
    expect([...standing.cursors].sort(([a], [b]) => a - b)).toEqual(cursors);
  });

  it.each([
    ["a lease that runs", aLease()],
    ["a retry that waits", aRetry()],
  ])("shows %s, behind every cursor", async (_, record) => {
    const progress = await make();
    const subscription = aSubscriptionRef();
    for (let partition = 0; partition < 25; partition++)
      await moveCursor(progress, subscription, partition, aCursor());
    await progress.move(subscription, { put: [record] });
    const standing = await progress.standing(subscription);
    expect([standing.cursors.size, standing.hasRecords]).toEqual([25, true]);
    await progress.move(subscription, { remove: [record] });
    expect((await progress.standing(subscription)).hasRecords).toBe(false);
  });
}
