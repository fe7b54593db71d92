import { chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { type Retry, dueId } from "../../../lib/domain/progress/records.js";
import { BusyKeys } from "../../../lib/operations/push/busy-keys.js";
import { anOwner } from "../an-owner.js";

const KEYS = new Set([keyHash("a")]);

/** A partition in which a record holds key `a`. */
async function holding(nonce: string | undefined = chainNonce(keyHash("a"), "n1")) {
  const owner = await anOwner();
  const { engine, subscription, clock } = owner;
  const retry: Retry = {
    kind: "retry",
    id: dueId(clock.nowMs(), nonce),
    ...{ partition: 0, epoch: 0, done: [], version: 1, dueMs: clock.nowMs() + 30_000 },
    spans: [{ from: 1, to: 2, slotBase: 1, attempt: 1, publishedAtMs: clock.nowMs() }],
  };
  const cursor = { head: 5, slotBase: 5, epoch: 0, version: 1, open: [retry.id] };
  await engine.progress.move(subscription, { cursor: { partition: 0, next: cursor }, put: [retry] });
  return { ...owner, retry, cursor, keys: new BusyKeys(owner.context, 0, cursor) };
}

it("the keys of the records that the cursor lists are busy, until a record has ended", async () => {
  const { keys, engine, subscription, retry } = await holding();
  expect([keys.isHeld(keyHash("a")), keys.isHeld(keyHash("b")), keys.count]).toEqual([true, false, 1]);
  expect(await keys.look(KEYS, false)).toBe("nothing");
  await engine.progress.move(subscription, { remove: [retry] });
  // A look was made a moment ago.
  expect(await keys.look(KEYS, false)).toBe("nothing");
  keys.expectChange();
  expect(await keys.look(KEYS, false)).toBe("changed");
  expect([keys.isHeld(keyHash("a")), [...keys.gone]]).toEqual([false, [retry.id]]);
});

it("a record that was not looked at need not wait for the next look at others", async () => {
  const { keys, engine, subscription, retry } = await holding();
  const b: Retry = { ...retry, id: dueId(retry.dueMs, chainNonce(keyHash("b"), "n2")) };
  const cursor = { head: 5, slotBase: 5, epoch: 0, version: 2, open: [retry.id, b.id] };
  await engine.progress.move(subscription, { cursor: { partition: 0, next: cursor }, remove: [retry] });
  keys.adopt(cursor);
  expect(await keys.look(KEYS, false)).toBe("changed");
  expect(await keys.look(new Set([keyHash("b")]), false)).toBe("changed");
  expect(keys.count).toBe(0);
});

it("a record that became another one still holds its key", async () => {
  const { keys, engine, subscription, retry, cursor, clock } = await holding();
  const next = { ...retry, id: dueId(clock.nowMs() + 60_000, chainNonce(keyHash("a"), "n2")) };
  const moved = { ...cursor, version: 2, open: [next.id] };
  await engine.progress.move(subscription, {
    cursor: { partition: 0, next: moved },
    remove: [retry],
    put: [next],
  });
  expect(await keys.look(KEYS, false)).toBe("changed");
  expect([keys.isHeld(keyHash("a")), keys.cursor.version, keys.gone.size]).toEqual([true, 2, 0]);
  expect((await keys.recordsOf(KEYS)).get(keyHash("a"))?.id).toBe(next.id);
});

it("a record without a key holds the whole partition", async () => {
  const { keys } = await holding("n1");
  expect([keys.holdsAll, keys.isHeld(keyHash("b"))]).toEqual([true, true]);
});
