import { BUSY_KEYS_AT_MOST } from "../../../lib/domain/progress/chains.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { ack, bodies, receive, retry, settleAs, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { portsAround, recording } from "../ports-around.js";

const ORDERED = { topic: { ordering: "key", partitions: 1 } } as const;
const keyed = (...names: readonly string[]) =>
  names.map((body) => aText(body, { key: body.replace(/\d+$/, "") }));

it("GIVEN 50 keys in one partition THEN as many leases are open at once, never two of a key", async () => {
  const { engine, process } = await withAudit(ORDERED);
  const names = Array.from(
    { length: 50 },
    (_, at) => `k${String.fromCharCode(97 + (at % 25))}${"x".repeat(at / 25)}`,
  );
  await publishTexts(engine, "orders", ...names.flatMap((name) => keyed(`${name}1`, `${name}2`)));
  const handed = [];
  for (let consumer = 0; consumer < 50; consumer++) handed.push(...(await receive(process(), 1)));
  expect(new Set(handed.map(({ key }) => key)).size).toBe(50);
  expect(new Set(handed.map(({ receipt }) => receipt)).size).toBe(50);
});

it("a receive of several keys takes one transaction of the cursor and one lease", async () => {
  const { engine, process } = await withAudit(ORDERED);
  await publishTexts(engine, "orders", ...keyed("a1", "b1", "c1", "a2"));
  const puts: number[] = [];
  const consumer = process((ports) =>
    portsAround(ports, ({ name, args }, carryOut) => {
      if (name === "progress.move") puts.push((args[1] as { put?: readonly unknown[] }).put?.length ?? 0);
      return carryOut();
    }),
  );
  const handed = await receive(consumer, 10);
  expect([bodies(handed), puts]).toEqual([["a1", "b1", "c1", "a2"], [1]]);
  const calls: string[] = [];
  await ack(process(recording(calls)), handed);
  expect(calls.filter((name) => name.startsWith("progress."))).toEqual(["progress.finish"]);
});

it("what waits at the end stays ahead of the head, and costs no write", async () => {
  const { engine, process } = await withAudit(ORDERED);
  await publishTexts(engine, "orders", ...keyed("a1", "a2", "a3"));
  const first = await receive(engine, 1);
  const calls: string[] = [];
  expect(await receive(process(recording(calls)), 10)).toEqual([]);
  expect(calls).not.toContain("progress.move");
  await ack(engine, first);
  expect(bodies(await receive(engine, 10))).toEqual(["a2", "a3"]);
});

it("GIVEN a key that is extended THEN its next messages wait as long, and the others do not", async () => {
  const { engine, process, clock } = await withAudit(ORDERED);
  await publishTexts(engine, "orders", ...keyed("a1", "b1", "a2", "b2"));
  const first = await receive(engine, 2);
  const other = await receive(process(), 1);
  expect(other).toEqual([]);
  await settleAs(engine, [first[0]], { outcome: "extend", ackDeadlineSeconds: 600 });
  await ack(engine, [first[1]]);
  const next = await receive(process(), 10, { ackDeadlineSeconds: 900 });
  expect(bodies(next)).toEqual(["b2"]);
  clock.advance(500_000);
  expect(await receive(process(), 10)).toEqual([]);
  expect(await ack(engine, [first[0]])).toEqual(["ok"]);
  expect(bodies(await receive(process(), 10))).toEqual(["a2"]);
});

it("GIVEN so many busy keys that the cursor lists no more THEN the partition waits, and says so once", async () => {
  const { engine, telemetry } = await withAudit(ORDERED);
  const names = Array.from({ length: BUSY_KEYS_AT_MOST + 2 }, (_, at) => `k${"x".repeat(at)}1`);
  await publishTexts(engine, "orders", ...keyed(...names));
  const handed = await receive(engine, 1_000);
  expect(handed).toHaveLength(BUSY_KEYS_AT_MOST);
  expect([await receive(engine), await receive(engine)]).toEqual([[], []]);
  expect(telemetry.events.filter(({ name }) => name === "partition-waits")).toMatchObject([
    { fields: { topic: "orders", subscription: "audit", partition: 0, busyKeys: BUSY_KEYS_AT_MOST } },
  ]);
  await ack(engine, handed);
  expect(await receive(engine, 1_000)).toHaveLength(2);
});

it("the cursor's list stays short, though leases end unlisted", async () => {
  const { engine } = await withAudit(ORDERED);
  for (let at = 0; at < 40; at++) {
    await publishTexts(engine, "orders", ...keyed(`${"k".repeat(1 + (at % 7))}${at}`));
    await ack(engine, await receive(engine, 1));
  }
  const { subscription } = await findSubscription(engine, "orders", "audit");
  expect((await engine.progress.cursor(subscription, 0))?.open?.length).toBeLessThan(5);
});

it("GIVEN a consumer that dies with several keys THEN each comes again, and none is charged", async () => {
  const { engine, process, clock } = await withAudit(ORDERED);
  await publishTexts(engine, "orders", ...keyed("a1", "b1", "a2", "c1"));
  expect(await receive(engine, 3)).toHaveLength(3);
  clock.advance(60_000);
  const again = [];
  for (let times = 0; times < 6; times++) again.push(...(await receive(process(), 10)));
  expect(bodies(again).sort()).toEqual(["a1", "a2", "b1", "c1"]);
  await retry(engine, again.slice(0, 1), 1);
});
