import { ack, bodies, receive, retry, settleAs, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";

const ORDERED = { topic: { ordering: "key", partitions: 1 } } as const;

async function published(...names: readonly string[]) {
  const audit = await withAudit(ORDERED);
  await publishTexts(audit.engine, "orders", ...names.map((body) => aText(body, { key: body.slice(0, 1) })));
  return audit;
}

it("GIVEN keys that wait for their retries WHEN they are due THEN one receive takes several, in order", async () => {
  const { engine, clock } = await published("a1", "b1", "a2", "c1");
  await retry(engine, await receive(engine), 5);
  expect(await receive(engine)).toEqual([]);
  clock.advance(5_000);
  const again = await receive(engine);
  expect(bodies(again)).toEqual(["a1", "b1", "a2", "c1"]);
  expect(new Set(again.map(({ attempt }) => attempt))).toEqual(new Set([2]));
  expect(await ack(engine, again)).toEqual(["ok", "ok", "ok", "ok"]);
  expect(await receive(engine)).toEqual([]);
});

it("GIVEN a receive that takes a part of a key THEN the rest of the key waits for it, and no other key", async () => {
  const { engine, process, clock } = await published("a1", "a2", "b1");
  await retry(engine, await receive(engine), 5);
  clock.advance(5_000);
  const seen = [await receive(process(), 1), await receive(process(), 1), await receive(process(), 1)];
  expect(seen.map(bodies).sort()).toEqual([[], ["a1"], ["b1"]]);
  const a1 = seen.flat().find(({ body }) => body === "a1");
  await ack(engine, [a1]);
  expect(bodies(await receive(engine))).toEqual(["a2"]);
});

it("GIVEN a lease of two keys that ran out in part THEN only the silent key comes again, apart", async () => {
  const { engine, process, clock } = await published("a1", "b1");
  const both = await receive(engine);
  await settleAs(engine, [both[1]], { outcome: "extend", ackDeadlineSeconds: 600 });
  clock.advance(60_000);
  expect(bodies(await receive(process()))).toEqual(["a1"]);
  expect(await receive(process())).toEqual([]);
  expect(await ack(engine, both)).toEqual(["receipt-expired", "ok"]);
});
