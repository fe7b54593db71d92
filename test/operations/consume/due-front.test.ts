import { chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { frontOf, groupOf, holdingOf } from "../../../lib/operations/consume/due-front.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { NOW_MS, aCursor, aHint, aLease, aRetry } from "../../contract/builders.js";
import { withAudit } from "../a-consumer.js";

const retryOf = (key: string, epoch = 0) =>
  aRetry({ id: dueId(NOW_MS, chainNonce(keyHash(key), key)), epoch });

async function stored(...records: readonly ReturnType<typeof retryOf>[]) {
  const { engine } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const { subscription } = await findSubscription(engine, "orders", "audit");
  await engine.progress.move(subscription, { put: records });
  return { engine, subscription };
}

it("the front is the first listed record that is still there, and what is gone before it is forgotten", async () => {
  const [a, b, c] = [retryOf("a"), retryOf("b"), retryOf("c")];
  const { engine, subscription } = await stored(b, c);
  const front = await frontOf(engine, subscription, aCursor({ open: [a.id, b.id, c.id] }));
  expect(front).toMatchObject({ first: { id: b.id }, behind: [c.id], cursor: { open: [b.id, c.id] } });
  expect(await frontOf(engine, subscription, aCursor({ open: [a.id] }))).toBeUndefined();
});

it("what a seek has voided holds nothing", async () => {
  const { engine, subscription } = await stored(retryOf("a"));
  expect(await holdingOf(engine, { ...subscription, epoch: 1 }, retryOf("a").id)).toBeUndefined();
});

it("a record is taken with the hints that lead to it, and no others", () => {
  const lease = aLease();
  const [own, other] = [aHint(lease, NOW_MS), aHint(aLease(), NOW_MS)];
  expect(groupOf(lease, [own, other])).toMatchObject({ hints: [own], inOrder: true });
});
