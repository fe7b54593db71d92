import type { PlacedMessage } from "../../../lib/operations/log/placed-message.js";
import { KeyedWindow } from "../../../lib/operations/push/keyed-window.js";
import { keyHash } from "../../../lib/domain/progress/chains.js";
import { anOwner, textsOf } from "../an-owner.js";

async function aWindow(keys: string, held: readonly string[] = []) {
  const owner = await anOwner();
  const hashes = new Set(held.map((key) => keyHash(key)));
  const window = new KeyedWindow(owner.context, (hash) => hashes.has(hash));
  const items = [...keys].map((key, offset) => {
    const body = `${key}${offset}`;
    const message = {
      id: body,
      partition: 0,
      offset,
      publishedAtMs: 0,
      contentType: "text/plain",
      body,
      key,
    };
    const placed: PlacedMessage = { message, slotBase: 0 };
    const next = { head: offset + 1, slotBase: 0 };
    return window.item(placed, { next, setAside: [], expired: 0, leftOut: 0 });
  });
  window.add(items);
  return { ...owner, window };
}

it("a delivery takes the earliest messages whose keys are free, and keeps them busy", async () => {
  const { window } = await aWindow("aabbcad");
  const [first, second, third] = [window.take(1), window.take(1), window.take(1)];
  expect([first, second, third].map((batch) => textsOf(batch))).toEqual([
    ["a0", "a1"],
    ["b2", "b3"],
    ["c4", "d6"],
  ]);
  expect(window.hasNext).toBe(false);
  if (first) first.failed = [];
  first?.free();
  expect(textsOf(window.take(1))).toEqual(["a5"]);
});

it("bodies of what is done, or has failed, need no memory until the head has passed them", async () => {
  const { window } = await aWindow("ab");
  const batch = window.take(1);
  if (batch) batch.failed = batch.entries.slice(0, 1);
  batch?.free();
  expect(window.items.map(({ placed, entry }) => [placed, entry?.offset])).toEqual([
    [undefined, 0],
    [undefined, 1],
  ]);
});

it("a key whose message failed, or waits in a record, is not free", async () => {
  const { window } = await aWindow("aabba", ["b"]);
  const first = window.take(1);
  if (first) first.failed = first.entries.slice(0, 1);
  first?.free();
  expect([textsOf(first), window.take(1)]).toEqual([["a0", "a1"], undefined]);
});

it("what its target did not take waits again, and probes are of one key after the other", async () => {
  const { window, context } = await aWindow("abc");
  const heldBytes = context.account.limitBytes;
  const probe = window.probe(4, 1);
  expect(textsOf(probe)).toEqual(["b1"]);
  if (probe) probe.isBack = true;
  window.takeBack();
  expect(textsOf(window.take(1))).toEqual(["a0", "b1"]);
  expect(context.account.limitBytes).toBe(heldBytes);
});

it("what a write under way may give away is not taken, nor what follows of its key", async () => {
  // GIVEN
  const { window } = await aWindow("abab");
  // WHEN
  window.writes(1);
  // THEN
  expect(textsOf(window.take(1))).toEqual(["b1", "b3"]);
  expect(window.hasNext).toBe(false);
  window.writes(0);
  expect(textsOf(window.take(1))).toEqual(["a0", "a2"]);
});
