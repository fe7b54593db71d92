import { AheadReader, type Found } from "../../../lib/operations/push/ahead-reader.js";
import { readFrom } from "../../../lib/operations/consume/left-out.js";
import { WANTED } from "../a-filter.js";
import { anOwner } from "../an-owner.js";

const ROOM_BYTES = 1_000_000;
const CURSOR = { head: 0, slotBase: 0, epoch: 0, version: 1 };

async function aReader(filter?: string, isForProbe = false) {
  const owner = await anOwner({ settings: filter === undefined ? {} : { filter } });
  return { ...owner, ahead: new AheadReader(owner.context, 0, CURSOR, isForProbe) };
}

it("reads from its place, which its owner moves, until nothing is there", async () => {
  const { ahead, publishTo } = await aReader();
  expect(await ahead.read(ROOM_BYTES)).toBeUndefined();
  await publishTo(0, "a", "b");
  const read = await ahead.read(ROOM_BYTES);
  expect(read?.entries.map(({ message }) => message.body)).toEqual(["a", "b"]);
  expect(read?.isLeftOut).toBe(false);
  if (read) ahead.place = read.next;
  expect(await ahead.read(ROOM_BYTES)).toBeUndefined();
});

it("reads a few messages for a probe", async () => {
  const { ahead, publishTo } = await aReader(undefined, true);
  await publishTo(0, ...Array.from({ length: 20 }, (_, at) => `m${at}`));
  expect((await ahead.read(ROOM_BYTES))?.entries).toHaveLength(8);
});

it("notes for others what its filter left out, and nothing without one", async () => {
  const { ahead, context, publishTo } = await aReader(WANTED);
  await publishTo(0, "unwanted");
  const read = await ahead.read(ROOM_BYTES);
  expect([read?.entries, read?.isLeftOut]).toEqual([[], true]);
  expect(ahead.noteLeftOut(CURSOR)).toBe("nothing");
  if (read) [ahead.place, ahead.leftOut] = [read.next, 1];
  expect(ahead.noteLeftOut(CURSOR)).toBe("noted");
  const { engine, reader } = context;
  expect(readFrom(engine, reader.subscription, 0, CURSOR)).toMatchObject({
    leftOut: 1,
    head: ahead.place.head,
  });
});

it("reads on while all is left out, up to a bound", async () => {
  const { ahead } = await aReader();
  const finding = (found: Found[]) => () => Promise.resolve(found.shift() ?? "left-out");
  expect(await ahead.untilFound(finding(["left-out", "left-out", "nothing"]))).toBe("nothing");
  expect(await ahead.untilFound(finding([]))).toBe("something");
});
