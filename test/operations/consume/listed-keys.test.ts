import { chainNonce, keyHash, keyedNonce } from "../../../lib/domain/progress/chains.js";
import { type Holding, dueId } from "../../../lib/domain/progress/records.js";
import { PulledKeys } from "../../../lib/operations/consume/pulled-keys.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { NOW_MS, aCursor, aLease, aRetry, aSpan } from "../../contract/builders.js";
import { withAudit } from "../a-consumer.js";
import { recording } from "../ports-around.js";

const hash = (key: string): string => keyHash(key);
const retryOf = (key: string | undefined, nonce: string): Holding =>
  aRetry({ id: dueId(NOW_MS, chainNonce(key && hash(key), nonce)) });
const ofTwo = aLease({
  id: dueId(NOW_MS, keyedNonce([hash("a"), hash("b")], "two")),
  spans: [aSpan(1, 2), aSpan(2, 3, { keyAt: 1 })],
  done: [1],
});

async function keysOf(stored: readonly Holding[], listed: readonly Holding[]) {
  const audit = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const { subscription } = await findSubscription(audit.engine, "orders", "audit");
  if (stored.length > 0) await audit.engine.progress.move(subscription, { put: stored });
  const calls: string[] = [];
  const cursor = aCursor({ open: listed.map(({ id }) => id) });
  const keys = new PulledKeys(audit.process(recording(calls)), subscription, cursor);
  return { keys, reads: () => calls.filter((name) => name === "progress.get").length };
}

it("a key of a lease is busy while a message of it is open, and free once it is acknowledged", async () => {
  const { keys } = await keysOf([ofTwo], [ofTwo]);
  expect([await keys.holderOf(hash("a")), (await keys.holderOf(hash("b")))?.id]).toEqual([
    undefined,
    ofTwo.id,
  ]);
  expect([await keys.count(false), await keys.count(true)]).toEqual([2, 1]);
});

it("only records are read that may hold the key, and each once", async () => {
  const [c, d] = [retryOf("c", "1"), retryOf("d", "2")] as [Holding, Holding];
  const { keys, reads } = await keysOf([c, d], [c, d]);
  expect((await keys.holderOf(hash("c")))?.id).toBe(c.id);
  expect((await keys.holderOf(hash("c")))?.id).toBe(c.id);
  expect(await keys.holderOf(hash("e"))).toBeUndefined();
  expect(reads()).toBe(1);
});

it("what is listed and gone holds nothing, and is known to be gone once it was read", async () => {
  const [c, d] = [retryOf("c", "1"), retryOf("d", "2")] as [Holding, Holding];
  const { keys } = await keysOf([d], [c, d]);
  expect(await keys.holderOf(hash("c"))).toBeUndefined();
  await keys.readSome();
  expect([...keys.gone]).toEqual([c.id]);
});

it("a record without a key holds the partition, unless it is gone", async () => {
  const whole = retryOf(undefined, "w");
  expect(await (await keysOf([whole], [ofTwo, whole])).keys.isHeld()).toBe(true);
  expect(await (await keysOf([ofTwo], [ofTwo, whole])).keys.isHeld()).toBe(false);
});
