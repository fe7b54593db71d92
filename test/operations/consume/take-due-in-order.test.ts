import { ack, receive, withAudit } from "../a-consumer.js";
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
