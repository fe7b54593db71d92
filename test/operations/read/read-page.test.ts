import {
  type PageRequest,
  isKnownToBePast,
  onlyPartition,
  readPage,
} from "../../../lib/operations/read/read-page.js";
import type { Bookmark } from "../../../lib/domain/bookmark.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { partitionOfKey } from "../../../lib/domain/topic.js";
import { append } from "../../../lib/operations/log/append.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { aDeployment, aText } from "../a-deployment.js";
import { type PortCall, portsAround } from "../ports-around.js";
import { shown } from "./a-reader.js";

const PAGE: PageRequest = {
  selection: {},
  ...{ limit: 100, maxBytes: 1_000_000 },
  sizeOf: (message) => ("body" in message ? message.body.length : 1),
};
const NOWHERE: Bookmark = { places: new Map(), turn: 0 };

/** Messages in several partitions, one slot each, a second apart; read by a process whose calls are recorded. */
async function withMessages(...at: readonly (readonly [partition: number, body: string])[]) {
  const deployment = aDeployment();
  const writer = deployment.process();
  const { value: topic } = await putTopic(writer, "orders", { partitions: 256 });
  for (const [partition, body] of at) {
    await append(writer, topic, [aText(body)], () => partition);
    await deployment.clock.sleep(1_000);
  }
  const calls: PortCall[] = [];
  const failing = new Set<number>();
  const engine = deployment.process((ports) =>
    portsAround(ports, async (call, carryOut) => {
      calls.push(call);
      if (call.name === "log.read" && failing.has((call.args[0] as { partition: number }).partition))
        throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const page = (bookmark = NOWHERE, more: Partial<PageRequest> = {}) =>
    readPage(engine, topic, bookmark, { ...PAGE, ...more }, true);
  return { ...deployment, engine, topic, page, calls, failing };
}

it("GIVEN messages in several partitions WHEN a page is read THEN it has them by their times", async () => {
  const { page } = await withMessages([2, "a"], [0, "b"], [2, "c"], [1, "d"]);
  const read = await page();
  expect(shown(read)).toEqual(["a", "b", "c", "d"]);
  expect(read).toMatchObject({ isEnd: true, isCut: false, missed: 0 });
  expect(shown(await page(read.bookmark))).toEqual([]);
});

it("GIVEN a partition that always has more WHEN pages are read THEN the others have their turn", async () => {
  const busy = Array.from({ length: 9 }, (_, index) => [1, `busy${index}`] as const);
  const { page } = await withMessages(...busy, [0, "x"], [2, "y"]);
  const first = await page({ places: new Map(), turn: 1 }, { limit: 3 });
  expect(shown(first)).toEqual(["busy0", "busy1", "busy2"]);
  expect(first).toMatchObject({ isEnd: false, isCut: true, bookmark: { turn: 2 } });
  const second = await page(first.bookmark, { limit: 3 });
  expect(shown(second)).toEqual(["busy3", "x", "y"]);
});

it("GIVEN a full page WHEN the next partition was not looked at THEN that one is next", async () => {
  const { page } = await withMessages([0, "a"], [1, "b"]);
  const first = await page(NOWHERE, { limit: 1 });
  expect(shown(first)).toEqual(["a"]);
  expect(first.bookmark.turn).toBe(1);
  expect(shown(await page(first.bookmark, { limit: 1 }))).toEqual(["b"]);
});

it("GIVEN a partition that cannot be read now WHEN a page is read THEN the others are, and it says why", async () => {
  const { page, failing } = await withMessages([0, "a"], [1, "b"], [2, "c"]);
  failing.add(1);
  const read = await page();
  expect(shown(read)).toEqual(["a", "c"]);
  expect(read.isEnd).toBe(false);
  expect(read.trouble).toBeInstanceOf(StorageUnavailable);
  failing.clear();
  expect(shown(await page(read.bookmark))).toEqual(["b"]);
});

it("GIVEN more partitions than one request reads WHEN pages are read THEN each goes on", async () => {
  const { page, calls } = await withMessages(
    ...Array.from({ length: 100 }, (_, partition) => [partition, `m${partition}`] as const),
  );
  const seen: string[] = [];
  let bookmark = NOWHERE;
  for (let [isEnd, pages] = [false, 0]; !isEnd; pages++) {
    expect(pages).toBeLessThan(4);
    calls.length = 0;
    const read = await page(bookmark, { limit: 1_000 });
    expect(calls.filter(({ name }) => name === "log.read").length).toBeLessThanOrEqual(2 * (100 + 64));
    seen.push(...shown(read));
    ({ bookmark, isEnd } = read);
  }
  expect(seen.sort()).toEqual(Array.from({ length: 100 }, (_, partition) => `m${partition}`).sort());
});

it("GIVEN partitions that were seen cold WHEN a page is read THEN the anchors are enough", async () => {
  const { page, calls, clock, topic, engine } = await withMessages([0, "a"], [1, "b"]);
  const { bookmark } = await page();
  await clock.sleep(20 * 60_000);
  for (const [partition, { version }] of await engine.log.anchors(topic)) {
    const tail = await engine.log.tail({ topic, partition });
    if (tail) await engine.log.noteTail({ topic, partition }, version, tail);
  }
  calls.length = 0;
  expect(await page(bookmark)).toMatchObject({ messages: [], isEnd: true });
  expect(calls.map(({ name }) => name)).toEqual(["log.anchors"]);
  expect(isKnownToBePast(engine, topic, bookmark)).toBe(true);
  expect(isKnownToBePast(engine, topic, NOWHERE)).toBe(false);
});

it("GIVEN a key WHEN its topic is ordered by keys THEN only its partition is looked at", async () => {
  const deployment = aDeployment();
  const engine = deployment.process();
  const { value: ordered } = await putTopic(engine, "orders", { partitions: 8, ordering: "key" });
  expect(onlyPartition(ordered, { key: "k" })).toBe(partitionOfKey("k", 8));
  expect(onlyPartition(ordered, {})).toBeUndefined();
  expect(onlyPartition({ ...ordered, ordering: "none" }, { key: "k" })).toBeUndefined();
});
