import { ack, bodies, receive, settleAs, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { recording } from "../ports-around.js";

const MESSAGES = 1_000;

it("GIVEN an ordered lease of 1,000 that ran out WHEN taken one by one THEN cursor and reads stay small", async () => {
  // GIVEN
  const { engine, process, clock, storage } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  await publishTexts(engine, "orders", ...Array.from({ length: MESSAGES }, () => aText("x", { key: "k" })));
  expect(await receive(engine, MESSAGES)).toHaveLength(MESSAGES);
  clock.advance(60_000);
  const calls: string[] = [];
  const consumer = process(recording(calls));
  for (let count = 1; count <= MESSAGES; count++) {
    calls.length = 0;
    // WHEN each is received, and a third of them runs out once more
    const handed = await receive(consumer, 1);
    // THEN
    expect(handed).toHaveLength(1);
    const reads = calls.filter((name) => !["progress.move", "topics.get"].includes(name));
    expect(reads.length).toBeLessThanOrEqual(10);
    const [cursor] = [...storage.progress.values()].flatMap(({ cursors }) => [...cursors.values()]);
    expect(JSON.stringify(cursor).length).toBeLessThan(1_024);
    if (count % 3 === 0) clock.advance(60_000);
    else await ack(consumer, handed);
  }
});

it("GIVEN a part of a lease that is taken again WHEN the rest is settled THEN the part holds its key", async () => {
  // GIVEN
  const { engine, clock } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  await publishTexts(engine, "orders", aText("a1", { key: "a" }), aText("b1", { key: "b" }));
  const both = await receive(engine, 2);
  await settleAs(engine, [both[1]], { outcome: "extend", ackDeadlineSeconds: 600 });
  clock.advance(60_000);
  const part = await receive(engine, 1, { ackDeadlineSeconds: 600 });
  expect(bodies(part)).toEqual(["a1"]);
  await publishTexts(engine, "orders", aText("a2", { key: "a" }));
  // WHEN
  await settleAs(engine, [both[1]], { outcome: "retry", delaySeconds: 1 });
  clock.advance(2_000);
  // THEN
  const rest = await receive(engine, 1);
  expect(bodies(rest)).toEqual(["b1"]);
  await ack(engine, rest);
  expect(bodies(await receive(engine, 10))).toEqual([]);
  await ack(engine, part);
  expect(bodies(await receive(engine, 10))).toEqual(["a2"]);
});

it("GIVEN a lease due in part, taken in parts WHEN a retry waits behind it THEN that overtakes nothing", async () => {
  // GIVEN 0 to 3 under a lease, of which 2 has longer to go, and a retry of 4 to 7 behind it
  const { engine, clock } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const texts = Array.from({ length: 8 }, (_, index) => aText(String(index), { key: "k" }));
  await publishTexts(engine, "orders", ...texts);
  await receive(engine, 8);
  clock.advance(60_000);
  const half = await receive(engine, 4);
  expect(bodies(half)).toEqual(["0", "1", "2", "3"]);
  await settleAs(engine, [half[2]], { outcome: "extend", ackDeadlineSeconds: 600 });
  clock.advance(60_000);
  const next = async () => {
    const one = await receive(engine, 1);
    await ack(engine, one);
    return bodies(one);
  };
  // WHEN
  expect([await next(), await next()]).toEqual([["0"], ["1"]]);
  // THEN
  expect(await next()).toEqual([]);
  clock.advance(600_000);
  const rest = [await next(), await next(), await next(), await next(), await next(), await next()];
  expect(rest.flat()).toEqual(["2", "3", "4", "5", "6", "7"]);
});

it("GIVEN a hint to a lease that is gone WHEN nothing else comes THEN one look removes it", async () => {
  // GIVEN a lease that was shortened, and then acknowledged as a whole
  const { engine, process, clock } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  await publishTexts(engine, "orders", aText("a1", { key: "a" }));
  const handed = await receive(engine, 1, { ackDeadlineSeconds: 600 });
  await settleAs(engine, handed, { outcome: "extend", ackDeadlineSeconds: 5 });
  await ack(engine, handed);
  clock.advance(60_000);
  // WHEN
  expect(await receive(engine, 1)).toEqual([]);
  // THEN
  const calls: string[] = [];
  expect(await receive(process(recording(calls)), 1)).toEqual([]);
  expect(calls).not.toContain("progress.cursor");
});
