import type { Place } from "../../../lib/domain/place.js";
import { type PartRequest, readPart } from "../../../lib/operations/read/read-part.js";
import { aLog, mangled, objectOf, slotIn } from "../a-log.js";
import { aText } from "../a-deployment.js";
import { shown } from "./a-reader.js";

const START: Place = { head: 0, slotBase: 0 };
/** So many messages behind the first one. Offsets begin at the clock. */
const placeOf = ({ slots }: Log, count: number, within = 0): Place => {
  const head = (slots[0]?.base ?? 0) + count;
  return { head, slotBase: head - within };
};
const HOUR_MS = 3_600_000;

type Log = Awaited<ReturnType<typeof aLog>>;

const allowance = () => ({ reads: 64, messages: 10_000, objects: 40, bytes: 1_000_000 });

const readFrom = (log: Log, from: Place = START, more: Partial<PartRequest> = {}) =>
  readPart(log.engine, log.partition, from, {
    selection: {},
    ...{ maxMessages: 100, maxBytes: 1_000_000, isContinued: false, isBeginning: false },
    sizeOf: (message) => ("body" in message ? message.body.length : 1),
    allowance: allowance(),
    ...more,
  });

/** Puts another slot in the place of one. */
function replaceSlot({ storage }: Log, index: number, change: typeof mangled): void {
  for (const slots of storage.logs.values()) slots.splice(index, 1, change(slots[index] as never));
}

it("GIVEN slots WHEN they are read THEN each message comes in order, up to the end", async () => {
  const log = await aLog(["a", "b"], ["c"], ["d", "e"]);
  const read = await readFrom(log);
  expect(shown(read)).toEqual(["a", "b", "c", "d", "e"]);
  expect(read.messages.map(({ id }) => id)).toEqual(log.ids);
  expect(read).toMatchObject({ next: placeOf(log, 5), missed: 0, stop: { kind: "end" } });
});

it.each([1, 2, 3, 4])("GIVEN a limit of %i WHEN it goes on THEN each comes once", async (maxMessages) => {
  const log = await aLog(["a", "b", "c"], ["d"], ["e", "f", "g"]);
  const all: string[] = [];
  for (let place = START; ;) {
    const read = await readFrom(log, place, { maxMessages });
    expect(read.messages.length).toBeLessThanOrEqual(maxMessages);
    all.push(...shown(read));
    place = read.next;
    if (read.stop.kind === "end") break;
  }
  expect(all).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
});

it("GIVEN a limit of bytes WHEN it is read THEN what does not fit is left, but for a first message", async () => {
  const log = await aLog(["aaaa", "bb"], ["cc"]);
  expect(shown(await readFrom(log, START, { maxBytes: 3 }))).toEqual(["aaaa"]);
  expect(shown(await readFrom(log, START, { maxBytes: 6 }))).toEqual(["aaaa", "bb"]);
  const continued = await readFrom(log, START, { maxBytes: 3, isContinued: true });
  expect(continued).toMatchObject({ messages: [], next: placeOf(log, 0), stop: { kind: "limit" } });
});

describe("GIVEN a key that is asked for", () => {
  const keyed = (...bodies: string[]) => bodies.map((body) => aText(body, { key: body.charAt(0) }));

  it("WHEN a slot has none of it THEN its object is not read", async () => {
    const log = await aLog(keyed("a1", "b1"), keyed("b2"), keyed("b3", "a2"));
    log.calls.length = 0;
    expect(shown(await readFrom(log, START, { selection: { key: "a" } }))).toEqual(["a1", "a2"]);
    expect(log.calls.filter(({ name }) => name === "segments.get")).toHaveLength(2);
  });

  it("WHEN few match THEN it ends after so many messages, and goes on from there", async () => {
    const log = await aLog(...Array.from({ length: 30 }, () => keyed("b", "b")), keyed("a"));
    const first = await readFrom(log, START, {
      selection: { key: "a" },
      allowance: { ...allowance(), messages: 20 },
    });
    expect(first).toMatchObject({ messages: [], stop: { kind: "limit" }, next: placeOf(log, 20) });
    const rest = await readFrom(log, first.next, { selection: { key: "a" } });
    expect(shown(rest)).toEqual(["a"]);
  });
});

it("GIVEN a business key that is asked for WHEN it is read THEN only its messages come", async () => {
  const log = await aLog([aText("x", { businessKey: "7" }), aText("y")], [aText("z", { businessKey: "7" })]);
  expect(shown(await readFrom(log, START, { selection: { businessKey: "7" } }))).toEqual(["x", "z"]);
});

describe("GIVEN a slot that cannot be read", () => {
  it("WHEN it is read THEN each of its messages is told as such, between its neighbours", async () => {
    const log = await aLog(["a"], [aText("b", { key: "k", tag: "t" }), aText("c")], ["d"]);
    log.storage.segments.delete(objectOf(slotIn(log, 1)));
    const read = await readFrom(log);
    expect(shown(read)).toEqual(["a", "(segment-missing)", "(segment-missing)", "d"]);
    expect(read.messages[1]).toMatchObject({
      id: log.ids[1],
      key: "k",
      tag: "t",
      partition: 0,
      offset: placeOf(log, 1).head,
    });
    expect(read.stop).toEqual({ kind: "end" });
  });

  it("WHEN a key is asked for THEN only those of it are told of", async () => {
    const log = await aLog([aText("a", { key: "k" }), aText("b", { key: "l" })]);
    replaceSlot(log, 0, mangled);
    const read = await readFrom(log, START, { selection: { key: "l" } });
    expect(read.messages.map(({ id }) => id)).toEqual([log.ids[1]]);
  });

  it("WHEN they are more than a page takes THEN it goes on within the slot", async () => {
    const log = await aLog(["a", "b", "c"]);
    replaceSlot(log, 0, mangled);
    const read = await readFrom(log, START, { maxMessages: 2 });
    expect(read.messages).toHaveLength(2);
    expect(read.next).toEqual(placeOf(log, 2, 2));
    expect((await readFrom(log, read.next)).messages.map(({ id }) => id)).toEqual([log.ids[2]]);
  });
});

it("GIVEN an object that fails now WHEN it is read THEN what lies before it comes, and no more", async () => {
  const log = await aLog(["a"], ["b"], ["c"]);
  log.failing.add(objectOf(slotIn(log, 1)));
  const read = await readFrom(log);
  expect(shown(read)).toEqual(["a"]);
  expect(read).toMatchObject({ next: placeOf(log, 1), stop: { kind: "trouble" } });
  log.failing.clear();
  expect(shown(await readFrom(log, read.next))).toEqual(["b", "c"]);
});

it("GIVEN more objects than one request reads WHEN it is read THEN it ends there, and goes on", async () => {
  const log = await aLog(...Array.from({ length: 12 }, (_, index) => [`m${index}`]));
  const first = await readFrom(log, START, { allowance: { ...allowance(), objects: 5 } });
  expect(first).toMatchObject({ stop: { kind: "limit" }, next: placeOf(log, 5) });
  expect(first.messages).toHaveLength(5);
  expect((await readFrom(log, first.next)).messages).toHaveLength(7);
});

it("GIVEN a message whose publisher let it expire WHEN it is read THEN it is left out, and not missed", async () => {
  const log = await aLog();
  await log.publish(aText("a", { expiresAtMs: log.clock.nowMs() + 1_000 }), "b");
  await log.clock.sleep(2_000);
  expect(await readFrom(log)).toMatchObject({ missed: 0, messages: [{ body: "b" }] });
});

describe("GIVEN slots past their retention", () => {
  const withOld = async () => {
    const log = await aLog(["a", "b"], ["c"]);
    await log.clock.sleep(HOUR_MS / 2);
    await log.publish("d");
    await log.clock.sleep(HOUR_MS / 2 + 1_000);
    await log.publish("e");
    return log;
  };

  it("WHEN a reader comes back THEN it goes on with the oldest one there is, and is told what it missed", async () => {
    const log = await withOld();
    const read = await readFrom(log, placeOf(log, 1, 1));
    expect(shown(read)).toEqual(["d", "e"]);
    expect(read.missed).toBe(2);
  });

  it("WHEN the store has dropped them THEN it is told the same", async () => {
    const log = await withOld();
    for (const slots of log.storage.logs.values()) slots.splice(0, 2);
    expect(await readFrom(log, placeOf(log, 1, 1))).toMatchObject({ missed: 2 });
  });

  it("WHEN it is read from the beginning THEN nothing counts as missed", async () => {
    const read = await readFrom(await withOld(), START, { isBeginning: true });
    expect(shown(read)).toEqual(["d", "e"]);
    expect(read.missed).toBe(0);
  });
});
