import { keyHash } from "../../../lib/domain/progress/chains.js";
import { OPEN_AT_MOST } from "../../../lib/domain/progress/records.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { frontOf } from "../../../lib/operations/redrive/front-of.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { receive, retry } from "../a-consumer.js";
import { holdsIn, publishOf, withHeld } from "../with-held.js";

async function front(engine: Engine, letter: object = {}, open?: readonly string[]) {
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const cursor = await engine.progress.cursor(subscription, 0);
  const { items } = await listDeadLetters(engine, "orders", "audit", {}, { limit: 1 });
  if (!cursor || !items[0]) throw new Error("nothing is dead");
  return await frontOf(engine, subscription, open ? { ...cursor, open } : cursor, [
    { ...items[0], ...letter },
  ]);
}

it("GIVEN a key that holds for a dead letter WHEN that is sent again THEN it goes into its place", async () => {
  const held = await withHeld();
  const [record] = await holdsIn(held);
  const found = await front(held.engine);
  expect([...(found?.held ?? [])]).toEqual([[held.a1, record]]);
  expect([...(found?.holders ?? [])]).toEqual([]);
});

it("GIVEN one that no key holds for WHEN it is sent again THEN it goes before what waits of its key", async () => {
  const held = await withHeld();
  await publishOf(held.engine, "c1");
  await retry(held.engine, await receive(held.engine), 60);
  const found = await front(held.engine, { key: "c", offset: 0, id: "of c" });
  expect([...(found?.holders.keys() ?? [])]).toEqual([keyHash("c")]);
  expect([...(found?.held ?? [])]).toEqual([]);
});

it("GIVEN so many busy keys that none more fits THEN only what a key holds for is sent", async () => {
  const held = await withHeld();
  const [record] = await holdsIn(held);
  const many = [
    record?.id ?? "",
    ...Array.from({ length: OPEN_AT_MOST }, (_, at) => `0000000000000000-none${at}`),
  ];
  expect(await front(held.engine, {}, many)).toBeDefined();
  expect(await front(held.engine, { key: "c", offset: 0, id: "of c" }, many)).toBeUndefined();
});
