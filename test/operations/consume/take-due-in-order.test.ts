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
  expect(bodies(await receive(engine, 10))).toEqual([]);
  await ack(engine, part);
  const rest = await receive(engine, 1);
  expect(bodies(rest)).toEqual(["b1"]);
  await ack(engine, rest);
  expect(bodies(await receive(engine, 10))).toEqual(["a2"]);
});
