import { bodies, publishEach, receive, retry, withAudit } from "../a-consumer.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { recording } from "../ports-around.js";

const HOUR_MS = 3_600_000;

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

describe("what has expired", () => {
  it.each([
    ["by the topic's retention", {}],
    ["by its publisher's will", { expiresAtMs: START_MS + HOUR_MS }],
  ])("%s is not handed out, though the store still has it", async (_, more) => {
    const retentionSeconds = "expiresAtMs" in more ? 86_400 : 3_600;
    const { engine, clock } = await withAudit({ topic: { retentionSeconds } });
    await publishTexts(engine, "orders", aText("old", more));
    clock.advance(HOUR_MS - 1);
    await publishTexts(engine, "orders", aText("new"));
    clock.advance(1);
    expect(bodies(await receive(engine))).toEqual(["new"]);
    expect(await receive(engine)).toEqual([]);
  });

  it("while it was leased or waited for a retry is not handed out again", async () => {
    const { engine, clock } = await withAudit({ topic: { retentionSeconds: 3_600 } });
    await publishEach(engine, "leased", "retried", "new");
    await receive(engine, 1);
    await retry(engine, await receive(engine, 1), 10);
    clock.advance(HOUR_MS);
    expect(await receive(engine)).toEqual([]);
    await publishEach(engine, "newer");
    expect(bodies(await receive(engine))).toEqual(["newer"]);
  });

  it("by the topic's retention is passed over at once, however much it is, with few reads", async () => {
    const { engine, clock, process } = await withAudit({ topic: { retentionSeconds: 3_600 } });
    await publishEach(engine, ...names(3_000));
    clock.advance(HOUR_MS);
    await publishEach(engine, "new", "newer");
    const calls: string[] = [];
    expect(bodies(await receive(process(recording(calls)), 1))).toEqual(["new"]);
    expect(calls.filter((name) => name === "progress.move")).toHaveLength(1);
    expect(calls.length).toBeLessThan(70);
  });

  it("is passed over together with nothing that has not, whatever lies between", async () => {
    const { engine, clock } = await withAudit({ topic: { retentionSeconds: 3_600 } });
    await publishEach(engine, "a", "b", "c");
    clock.advance(HOUR_MS - 1);
    await publishEach(engine, "d", "e");
    clock.advance(1);
    expect(bodies(await receive(engine))).toEqual(["d", "e"]);
  });

  it("by its publisher's will is passed over at once, though it be thousands", async () => {
    const { engine, clock } = await withAudit();
    const expiring = { expiresAtMs: START_MS + 60_000 };
    for (let count = 0; count < 100; count++) {
      await publishTexts(engine, "orders", ...names(100).map((body) => aText(body, expiring)));
    }
    clock.advance(60_000);
    await publishEach(engine, "new");
    expect(bodies(await receive(engine))).toEqual(["new"]);
  });

  it("and was dropped by the store, in whatever order, is passed over", async () => {
    const { engine, clock, storage } = await withAudit({ topic: { retentionSeconds: 3_600 } });
    await publishEach(engine, ...names(40));
    clock.advance(HOUR_MS);
    await publishEach(engine, "new");
    for (const slots of storage.logs.values()) {
      slots.splice(0, slots.length, ...slots.filter((_, index) => index % 3 === 1 || index === 40));
    }
    expect(bodies(await receive(engine))).toEqual(["new"]);
  });
});
