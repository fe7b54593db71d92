import { chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { type Holding, dueId } from "../../../lib/domain/progress/records.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { Holders } from "../../../lib/operations/manage/holders.js";
import { NOW_MS, aRetry } from "../../contract/builders.js";
import { aPush } from "../a-push.js";
import { recording } from "../ports-around.js";

const recordOf = (nonce: string, key?: string): Holding =>
  aRetry({ id: dueId(NOW_MS, chainNonce(key && keyHash(key), nonce)) });
const [a, whole, b, last] = [recordOf("1", "a"), recordOf("2"), recordOf("3", "b"), recordOf("4")] as [
  Holding,
  Holding,
  Holding,
  Holding,
];

async function holding(stored: readonly Holding[], listed: readonly Holding[]) {
  const push = await aPush({}, { ordering: "key", partitions: 1 });
  const { subscription } = await findSubscription(push.engine, "orders", "ship");
  if (stored.length > 0) await push.engine.progress.move(subscription, { put: stored });
  const calls: string[] = [];
  const open = listed.map(({ id }) => id);
  const process = push.process(recording(calls));
  const holders = new Holders(process, subscription, { head: 9, slotBase: 9, epoch: 0, version: 1, open });
  return { holders, reads: () => calls.filter((name) => name === "progress.get").length };
}

it("a message waits for the record of its key, and no other is read", async () => {
  const { holders, reads } = await holding([a, b], [a, b]);
  expect([(await holders.ofKey("b"))?.id, await holders.ofKey("c")]).toEqual([b.id, undefined]);
  expect((await holders.ofKey("b"))?.id).toBe(b.id);
  expect(reads()).toBe(1);
});

it("any message waits for a record of the whole partition, wherever that stands in the list", async () => {
  const { holders } = await holding([a, whole], [a, whole]);
  expect((await holders.ofKey("c"))?.id).toBe(whole.id);
});

it("a record waits for those of the whole partition before it, and for none behind", async () => {
  const { holders } = await holding([a, whole, b, last], [a, whole, b, last]);
  const before = await Promise.all([a, whole, b, last].map(async ({ id }) => (await holders.before(id))?.id));
  expect(before).toEqual([undefined, undefined, whole.id, whole.id]);
});

it("what is listed and gone holds nothing", async () => {
  const { holders } = await holding([last], [whole, b, last]);
  expect((await holders.before(b.id))?.id).toBeUndefined();
  expect((await holders.ofKey("b"))?.id).toBe(last.id);
});
