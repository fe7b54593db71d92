import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Offset } from "../../../lib/domain/slot.js";
import { FirstStanding } from "../../../lib/operations/push/first-standing.js";
import { aLease } from "../../contract/builders.js";
import { anOwner } from "../an-owner.js";
import { portsAround } from "../ports-around.js";

/** How a new subscription stands. The test counts its reads, and may let them fail. */
async function aStanding() {
  const store = { reads: 0, isSick: false };
  const { context, engine, subscription } = await anOwner({
    replace: (ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name !== "progress.standing") return await carryOut();
        store.reads++;
        if (store.isSick) throw new StorageUnavailable("the test");
        return await carryOut();
      }),
  });
  const moveHead = (head: Offset, version: number) =>
    engine.progress.move(subscription, {
      cursor: { partition: 0, next: { head, slotBase: head, epoch: 0, version } },
    });
  const putLease = () => engine.progress.move(subscription, { put: [aLease()] });
  const first = new FirstStanding(context.engine, context.reader);
  const head = async () => (await first.cursors()).get(0)?.head;
  return { first, head, store, moveHead, putLease };
}

describe("how a subscription stood when its lane was taken", () => {
  it("is read once, also WHEN both questions are asked at the same time", async () => {
    const { first, head, store, moveHead } = await aStanding();
    await moveHead(3, 1);
    expect(await Promise.all([first.hasNoRecords(), head()])).toEqual([true, 3]);
    expect(store.reads).toBe(1);
  });

  it("GIVEN no records THEN it says so only once: later there may be some", async () => {
    const { first, store } = await aStanding();
    expect([await first.hasNoRecords(), await first.hasNoRecords()]).toEqual([true, false]);
    expect(store.reads).toBe(1);
  });

  it("GIVEN messages under a lease THEN it says that there are records", async () => {
    const { first, putLease } = await aStanding();
    await putLease();
    expect(await first.hasNoRecords()).toBe(false);
    expect(first.hadRecords).toBe(true);
  });

  it("counts as having had records until a read has shown that there were none", async () => {
    const { first, putLease } = await aStanding();
    expect(first.hadRecords).toBe(true);
    await first.cursors();
    expect(first.hadRecords).toBe(false);
    await putLease();
    await first.cursors();
    expect(first.hadRecords).toBe(false);
  });

  it("GIVEN a head moved since THEN the first answer is the old cursor, and each later one is read anew", async () => {
    const { first, head, store, moveHead } = await aStanding();
    await moveHead(3, 1);
    await first.hasNoRecords();
    await moveHead(5, 2);
    expect(await head()).toBe(3);
    expect(await head()).toBe(5);
    await moveHead(7, 3);
    expect(await head()).toBe(7);
    expect(store.reads).toBe(3);
  });
});

describe("GIVEN a first read that fails", () => {
  it("THEN whoever asks is told, and nothing is known of records", async () => {
    const { first, store } = await aStanding();
    store.isSick = true;
    await expect(first.hasNoRecords()).rejects.toThrow(StorageUnavailable);
    await expect(first.cursors()).rejects.toThrow(StorageUnavailable);
    expect([first.hadRecords, store.reads]).toEqual([true, 2]);
  });

  it("THEN the next to ask reads again, and that counts as the first", async () => {
    // GIVEN
    const { first, head, store, moveHead } = await aStanding();
    await moveHead(3, 1);
    store.isSick = true;
    await expect(first.cursors()).rejects.toThrow(StorageUnavailable);
    // WHEN
    store.isSick = false;
    // THEN
    expect(await first.hasNoRecords()).toBe(true);
    expect(await head()).toBe(3);
    expect([first.hadRecords, store.reads]).toEqual([false, 2]);
  });
});
