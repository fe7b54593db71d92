import { chainNonce, keyHash, keyedNonce } from "../../../lib/domain/progress/chains.js";
import { type Holding, dueId } from "../../../lib/domain/progress/records.js";
import { ListedKeys } from "../../../lib/operations/consume/listed-keys.js";
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

async function keysOf(
  stored: readonly Holding[],
  listed: readonly Holding[],
  known: ReadonlySet<string> = new Set(),
) {
  const audit = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const { subscription } = await findSubscription(audit.engine, "orders", "audit");
  if (stored.length > 0) await audit.engine.progress.move(subscription, { put: stored });
  const calls: string[] = [];
  const cursor = aCursor({ open: listed.map(({ id }) => id) });
  const keys = new ListedKeys(audit.process(recording(calls)), subscription, cursor, known);
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

it("what was known to be gone is not read again", async () => {
  const [c, d] = [retryOf("c", "1"), retryOf("d", "2")] as [Holding, Holding];
  const { keys, reads } = await keysOf([d], [c, d], new Set([c.id, "of another time"]));
  expect([await keys.holderOf(hash("c")), reads(), [...keys.gone]]).toEqual([undefined, 0, [c.id]]);
  await keys.readSome();
  expect(reads()).toBe(1);
});

it("a record without a key holds the partition, unless it is gone", async () => {
  const whole = retryOf(undefined, "w");
  expect((await (await keysOf([whole], [ofTwo, whole])).keys.wholeHolder())?.id).toBe(whole.id);
  expect(await (await keysOf([ofTwo], [ofTwo, whole])).keys.wholeHolder()).toBeUndefined();
});

describe("what messages wait for", () => {
  const [a, whole, b, last] = [
    retryOf("a", "1"),
    retryOf(undefined, "2"),
    retryOf("b", "3"),
    retryOf(undefined, "4"),
  ];

  it("a message waits for the record of its key, and no other is read", async () => {
    const { keys, reads } = await keysOf([a, b], [a, b]);
    expect([(await keys.holderAhead("b"))?.id, await keys.holderAhead("c")]).toEqual([b.id, undefined]);
    expect((await keys.holderAhead("b"))?.id).toBe(b.id);
    expect(reads()).toBe(1);
  });

  it("any message waits for a record of the whole partition, wherever that stands in the list", async () => {
    const { keys } = await keysOf([a, whole], [a, whole]);
    expect((await keys.holderAhead("c"))?.id).toBe(whole.id);
  });

  it("a record waits for those of the whole partition before it, and for none behind", async () => {
    const { keys } = await keysOf([a, whole, b, last], [a, whole, b, last]);
    const before = await Promise.all(
      [a, whole, b, last].map(async ({ id }) => (await keys.wholeHolder(id))?.id),
    );
    expect(before).toEqual([undefined, undefined, whole.id, whole.id]);
  });

  it("what is listed and gone holds nothing", async () => {
    const { keys } = await keysOf([last], [whole, b, last]);
    expect((await keys.wholeHolder(b.id))?.id).toBeUndefined();
    expect((await keys.holderAhead("b"))?.id).toBe(last.id);
  });
});
