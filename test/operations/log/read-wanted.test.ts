import { countOf } from "../../../lib/operations/log/read-range.js";
import type { Place } from "../../../lib/domain/place.js";
import { readWanted } from "../../../lib/operations/log/read-wanted.js";
import { FilterForRead } from "../../../lib/operations/filter-in-force.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { withAudit } from "../a-consumer.js";
import { WANTED, publishTags } from "../a-filter.js";
import { START_MS } from "../a-deployment.js";
import { recording } from "../ports-around.js";

/** Where a new log begins. */
const BASE = START_MS * 1_000;

/** A log of slots with these tags, and what reads it for those that are tagged "a". */
async function aLog(slots: readonly string[], settings = {}) {
  const audit = await withAudit({ topic: { partitions: 1 }, subscription: { filter: WANTED } });
  const calls: string[] = [];
  const engine = audit.process(recording(calls), settings);
  for (const tags of slots) await publishTags(engine, tags);
  const { topic, subscription } = await findSubscription(engine, "orders", "audit");
  const read = async (limits: object = {}, from: Place = { head: BASE, slotBase: BASE }) => {
    calls.splice(0);
    const used = new FilterForRead(engine, subscription);
    const all = { maxMessages: 10, maxBytes: 1_000_000, slotCount: 1, filterNow: used.now, ...limits };
    const found = await readWanted(engine, { topic: topic, partition: 0 }, from, all);
    return { ...found, texts: found.entries.map(({ message }) => String(message.body)) };
  };
  return { read, calls };
}

it("GIVEN matches far apart WHEN a batch is read THEN it is filled", async () => {
  const { read } = await aLog(Array.from({ length: 30 }, () => "bbbbbbbbba"));
  const found = await read();
  expect(found.texts).toHaveLength(10);
  expect(found.next.head).toBeGreaterThanOrEqual(BASE + 100);
  expect(countOf(found.leftOut) + found.texts.length).toBe(found.next.head - BASE);
});

it("GIVEN a share that matched before WHEN a batch is read THEN one read is enough", async () => {
  const { read, calls } = await aLog(Array.from({ length: 30 }, () => "bbbbbbbbba"));
  expect((await read({ matching: 0.1, slotCount: 10 })).texts).toHaveLength(10);
  expect(calls).toEqual(["log.read"]);
});

it("GIVEN one match at the end WHEN it is read THEN nothing else is asked for", async () => {
  const { read, calls } = await aLog(["a"]);
  expect(await read()).toMatchObject({ texts: ["a0"], mayHaveMore: false, leftOut: [] });
  expect(calls).toEqual(["log.read"]);
});

it("GIVEN slots in S3 in which nothing matches WHEN they are read THEN no object is", async () => {
  const { read, calls } = await aLog(["bbb", "bab", "ccc"], { inlineLimitBytes: 1 });
  expect((await read()).texts).toEqual(["a1"]);
  expect(calls.filter((name) => name === "segments.get")).toHaveLength(1);
});

it("GIVEN more than one call looks at, of which nothing matches WHEN it is read THEN it says so", async () => {
  const { read } = await aLog(Array.from({ length: 12 }, () => "b".repeat(1_000)));
  const found = await read();
  expect(found).toMatchObject({ texts: [], mayHaveMore: true });
  const rest = await read({}, found.next);
  expect(rest).toMatchObject({ texts: [], mayHaveMore: false, next: { head: BASE + 12_000 } });
});

it("GIVEN a match in the middle WHEN any is enough THEN it reads no further than that", async () => {
  const { read, calls } = await aLog(["bb", "ab", "bb", "ba"]);
  const found = await read({ maxMessages: 2, isAnyEnough: true });
  expect(found.texts).toEqual(["a0"]);
  expect(calls.length).toBeLessThanOrEqual(2);
});

it("GIVEN a batch that is full in a slot WHEN it is read THEN the next one goes on there", async () => {
  const { read } = await aLog(["abab", "baab"]);
  const first = await read({ maxMessages: 3 });
  expect(first).toMatchObject({
    texts: ["a0", "a2", "a1"],
    isFull: true,
    next: { head: BASE + 6, slotBase: BASE + 4 },
  });
  expect((await read({}, first.next)).texts).toEqual(["a2"]);
});
