import { consumerMemory, cursorIn } from "../../../lib/operations/consume/known-cursors.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { publishTogether, receive, withAudit } from "../a-consumer.js";
import { aCursor, aSubscription } from "../../contract/builders.js";

const withHead = async () => {
  const audit = await withAudit({ topic: { partitions: 1 } });
  await publishTogether(audit.engine, "m0", "m1", "m2");
  const { subscription } = await findSubscription(audit.engine, "orders", "audit");
  const other = audit.process();
  return { ...audit, subscription, other };
};

describe("what a process knows of a subscription's cursors", () => {
  it("is kept for five seconds, whatever others do meanwhile", async () => {
    // GIVEN
    const { engine, other, subscription, clock } = await withHead();
    await receive(other, 1);
    const version = async () => (await consumerMemory(engine, subscription)).cursors.get(0)?.version;
    expect(await version()).toBe(1);
    // WHEN
    await receive(other, 1);
    clock.advance(4_999);
    // THEN
    expect(await version()).toBe(1);
    clock.advance(1);
    expect(await version()).toBe(2);
  });

  it("is read anew after a seek", async () => {
    const { engine, other, subscription } = await withHead();
    await receive(other, 2);
    expect((await consumerMemory(engine, subscription)).cursors.get(0)).toMatchObject({ epoch: 0 });
    await seek(other, "orders", "audit", "earliest");
    const { subscription: sought } = await findSubscription(engine, "orders", "audit");
    const cursor = (await consumerMemory(engine, sought)).cursors.get(0);
    expect(cursor).toMatchObject({ epoch: sought.epoch, head: sought.startingPlaces[0]?.head ?? 0 });
  });

  it("begins with either turn by chance, so that processes that live for one receive are fair in the sum", async () => {
    const { process, subscription } = await withHead();
    const turns = new Set<boolean>();
    for (let made = 0; made < 20; made++)
      turns.add((await consumerMemory(process(), subscription)).isDueFirst);
    expect(turns).toEqual(new Set([true, false]));
  });
});

describe("where a partition is read from", () => {
  const subscription = aSubscription({ epoch: 2, startingPlaces: { 1: { head: 700, slotBase: 690 } } });

  it("is where its cursor stands", () => {
    const stored = aCursor({ epoch: 2, head: 900 });
    expect(cursorIn(subscription, 1, stored)).toEqual(stored);
  });

  it("is the start where it was never moved: at the beginning, unless the subscription says otherwise", () => {
    expect(cursorIn(subscription, 1, undefined)).toEqual({ head: 700, slotBase: 690, epoch: 2, version: 0 });
    expect(cursorIn(subscription, 0, undefined)).toEqual({ head: 0, slotBase: 0, epoch: 2, version: 0 });
  });

  it("is the start where it was moved before a seek only, and the next move is compared with what is stored", () => {
    const stored = aCursor({ epoch: 1, head: 900, version: 8 });
    expect(cursorIn(subscription, 1, stored)).toEqual({ head: 700, slotBase: 690, epoch: 2, version: 8 });
  });
});
