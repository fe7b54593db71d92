import { BUSY_KEYS_AT_MOST, holdsAll, keyHash } from "../../../lib/domain/progress/chains.js";
import { chooseKeys } from "../../../lib/operations/consume/choose-keys.js";
import { cursorIn } from "../../../lib/operations/consume/known-cursors.js";
import { ListedKeys } from "../../../lib/operations/consume/listed-keys.js";
import type { Take } from "../../../lib/operations/consume/take.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { receive, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";

const TAKE: Take = { maxMessages: 10, maxBytes: Infinity, leaseMs: 30_000 };

/** Messages `a1` and so on of key a; the first `leased` are leased. */
async function choosing(names: readonly string[], leased: number) {
  const { engine } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const texts = names.map((body) => aText(body, { key: body.slice(0, 1) }));
  await publishTexts(engine, "orders", ...texts);
  if (leased > 0) await receive(engine, leased);
  const { topic, subscription } = await findSubscription(engine, "orders", "audit");
  return async (take: Partial<Take> = {}, spansAtMost = 500) => {
    const cursor = cursorIn(subscription, 0, await engine.progress.cursor(subscription, 0));
    const keys = new ListedKeys(engine, subscription, cursor);
    const options = { slotCount: undefined, spansAtMost };
    const chosen = await chooseKeys(
      engine,
      { topic, partition: 0 },
      cursor,
      keys,
      { ...TAKE, ...take },
      options,
    );
    const picked = chosen.picked.map(({ placed }) => placed.message.body);
    const parked = chosen.parked.map(({ message }) => message.offset - cursor.slotBase);
    return { chosen, picked, parked, head: chosen.next.head - cursor.slotBase };
  };
}

it("picks the first messages whose keys are free, and parks what lies between", async () => {
  const choose = await choosing(["a1", "a2", "b1", "a3", "c1", "a4"], 1);
  const { picked, parked, head, chosen } = await choose();
  expect([picked, parked, head]).toEqual([["b1", "c1"], [1, 3], 5]);
  expect(chosen.isBlocked).toBe(true);
  expect(chosen.parked.every(({ record }) => !holdsAll(record.id))).toBe(true);
});

it("passes nothing where every key is busy", async () => {
  const { picked, head } = await (await choosing(["a1", "a2", "a3"], 1))();
  expect([picked, head]).toEqual([[], 1]);
});

it("reads on behind many messages of a busy key", async () => {
  const behind = Array.from({ length: 40 }, (_, at) => `a${at}`);
  const { picked, parked } = await (await choosing(["a", ...behind, "b1"], 1))({ maxMessages: 2 });
  expect([picked, parked.length]).toEqual([["b1"], 40]);
});

it("reads on behind slots that hold less than those before", async () => {
  const { engine } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const ofA = (count: number) => Array.from({ length: count }, () => aText("a", { key: "a" }));
  for (const texts of [ofA(9), ofA(1), [aText("b", { key: "b" })]])
    await publishTexts(engine, "orders", ...texts);
  const bodies = async (most: number) => (await receive(engine, most)).map(({ body }) => body);
  expect(await bodies(9)).toHaveLength(9);
  expect(await bodies(3)).toEqual(["b"]);
});

it("stops where a record has no room for what it would pass", async () => {
  const choose = await choosing(["a1", "a2", "a3", "b1"], 1);
  const { picked, head, chosen } = await choose({}, 2);
  expect([picked, head, chosen.isCapped]).toEqual([[], 1, true]);
});

it("takes no more than was asked for, by number and by bytes", async () => {
  const choose = await choosing(["a1", "b1", "c1"], 0);
  expect((await choose({ maxMessages: 2 })).picked).toEqual(["a1", "b1"]);
  expect((await choose({ maxBytes: 1 })).picked).toEqual(["a1"]);
});

it("takes no more keys than a cursor lists", async () => {
  const names = Array.from({ length: BUSY_KEYS_AT_MOST + 1 }, (_, at) => String.fromCharCode(0x4e00 + at));
  const { picked, chosen } = await (await choosing(names, 0))({ maxMessages: 100 });
  expect([picked.length, chosen.isCapped]).toEqual([BUSY_KEYS_AT_MOST, true]);
  expect(new Set(names.map(keyHash)).size).toBe(names.length);
});
