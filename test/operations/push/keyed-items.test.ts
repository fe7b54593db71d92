import { itemsOf } from "../../../lib/operations/push/keyed-items.js";
import { KeyedWindow } from "../../../lib/operations/push/keyed-window.js";
import { anOwner } from "../an-owner.js";

const placed = (offset: number) => ({
  message: {
    ...{ id: `m${offset}`, partition: 0, offset, publishedAtMs: 0 },
    ...{ contentType: "text/plain", body: `m${offset}`, key: "k" },
  },
  slotBase: offset,
});
const aside = (base: number) => ({ partition: 0, base, count: 1, reason: "damaged", atMs: 0 });
const ahead = (
  offsets: readonly number[],
  asides: readonly number[] = [],
  leftOutBelow: readonly number[] = [],
) => ({
  entries: offsets.map(placed),
  setAside: asides.map(aside),
  expired: [],
  leftOut: leftOutBelow.map((below) => ({ below, count: 1 })),
  next: { head: 10, slotBase: 9 },
});

async function items(read: ReturnType<typeof ahead>, roomBytes = Infinity) {
  const { context } = await anOwner();
  const window = new KeyedWindow(context, () => false);
  return itemsOf(window, read, roomBytes, 3).map((item) => [
    item.entry?.offset,
    item.next.head,
    item.setAside.length,
    item.leftOut,
  ]);
}

it("each message is an item, and the last one reaches as far as was read", async () => {
  expect(await items(ahead([1, 2]))).toEqual([
    [1, 2, 0, 3],
    [2, 10, 0, 0],
  ]);
});

it("slots that cannot be read are items of their own, before and behind messages", async () => {
  expect(await items(ahead([2], [1, 5]))).toEqual([
    [undefined, 2, 1, 3],
    [2, 3, 0, 0],
    [undefined, 10, 1, 0],
  ]);
  expect(await items(ahead([], [1]))).toEqual([[undefined, 10, 1, 3]]);
});

it("what the filter left out is passed with the message behind it", async () => {
  expect(await items(ahead([2, 5], [], [2, 4, 10]))).toEqual([
    [2, 3, 0, 4],
    [5, 10, 0, 2],
  ]);
  // What does not fit is read again, with what was left out before it.
  expect(await items(ahead([2, 5], [], [2, 4, 10]), 1)).toEqual([[2, 3, 0, 4]]);
});

it("only what fits into the memory is kept, one message at least", async () => {
  expect(await items(ahead([1, 2]), 1)).toEqual([[1, 2, 0, 3]]);
});
