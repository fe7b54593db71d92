import { seededRandom } from "../../../lib/adapters/memory/random.js";
import type { MessageContent } from "../../../lib/domain/message.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { ack, receive, retry, withAudit } from "../a-consumer.js";
import { publishTexts } from "../a-deployment.js";
import { recording } from "../ports-around.js";

const BODY_BYTES = 20_000;
const KEY = "k";
/** More than all that a test publishes. */
const ALL = 100;

/** Bytes that cannot be compressed: what a segment takes is what its messages have. */
function largeMessages(count: number): MessageContent[] {
  const chance = seededRandom(1);
  const body = (): Uint8Array => Uint8Array.from({ length: BODY_BYTES }, () => chance.below(256));
  return Array.from({ length: count }, () => ({
    body: body(),
    contentType: "application/octet-stream",
    key: KEY,
  }));
}

/** Large messages, so many to a segment, and a process that remembers no segment: each that it reads is counted. */
async function withLarge(count: number, together: number, ordering: "none" | "key" = "none") {
  const deployment = await withAudit({ topic: { partitions: 1, ordering } });
  const messages = largeMessages(count);
  const ids: string[] = [];
  for (let from = 0; from < count; from += together)
    ids.push(...(await publishTexts(deployment.engine, "orders", ...messages.slice(from, from + together))));
  expect(deployment.storage.segments.size).toBe(Math.ceil(count / together));
  const calls: string[] = [];
  const consumer = deployment.process(recording(calls), { slotCacheBytes: 0 });
  const segmentsRead = (): number => calls.splice(0).filter((name) => name === "segments.get").length;
  return { ...deployment, ids, consumer, segmentsRead };
}

/** Hands all of them out, so many at a time, and back. */
async function givenBack(engine: Engine, ids: readonly string[], atOnce: number): Promise<void> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const handed = await receive(engine, atOnce);
    expect(handed).toHaveLength(atOnce);
    await retry(engine, handed, 1);
  }
}

describe("GIVEN large messages in S3 that come again WHEN a consumer takes what its byte limit allows", () => {
  it.each([
    ["the first, though it is larger", 40, 1, 1, 1, 1],
    ["two, each in a segment of its own", 40, 1, 50_000, 2, 2],
    ["two of as many retries as messages", 1, 1, 50_000, 2, 2],
    ["the first of many in a segment", 40, 10, 1, 1, 1],
    ["some of many in a segment", 40, 10, 65_000, 3, 1],
    ["all of a segment and not the next", 40, 10, 201_000, 10, 1],
    ["those of one and a half segments", 40, 10, 301_000, 15, 2],
  ])(
    "%s THEN it reads the segments that these are in",
    async (_, atOnce, together, maxBytes, handedOut, segments) => {
      const { engine, consumer, clock, ids, segmentsRead } = await withLarge(40, together);
      await givenBack(engine, ids, atOnce);
      await clock.sleep(10_000);
      const handed = await receive(consumer, ALL, { maxBytes });
      expect(handed).toHaveLength(handedOut);
      expect(segmentsRead()).toBe(segments);
    },
  );

  it("from the middle of a segment on THEN it has as much of the next one as goes", async () => {
    const { engine, consumer, clock, ids, segmentsRead } = await withLarge(40, 10);
    await givenBack(engine, ids, 40);
    await clock.sleep(10_000);
    expect(await receive(consumer, ALL, { maxBytes: 101_000 })).toHaveLength(5);
    expect(segmentsRead()).toBe(1);
    const handed = await receive(consumer, ALL, { maxBytes: 201_000 });
    expect(handed.map(({ id }) => id)).toEqual(ids.slice(5, 15));
    expect(segmentsRead()).toBe(2);
  });

  it.each(["none", "key"] as const)(
    "again and again, with ordering %s THEN all end, each attempt counted, with as few reads",
    async (ordering) => {
      // GIVEN messages of which some have come again more often than others
      const { engine, consumer, clock, ids, segmentsRead } = await withLarge(30, 1, ordering);
      const attempts = new Map(ids.map((id) => [id, 1]));
      await givenBack(engine, ids, 30);
      await clock.sleep(10_000);
      for (const { id } of await receive(engine, 7)) attempts.set(id, 2);
      await clock.sleep(60_000);
      // WHEN each fails until its fourth attempt
      const done: string[] = [];
      for (let looks = 1; looks <= 300 && done.length < ids.length; looks++) {
        const handed = await receive(consumer, ALL, { maxBytes: 50_000 });
        expect(segmentsRead()).toBeLessThanOrEqual(handed.length);
        for (const { id, attempt } of handed) {
          expect(attempt).toBe((attempts.get(id) ?? 0) + 1);
          attempts.set(id, attempt);
        }
        const over = handed.filter(({ attempt }) => attempt === 4);
        done.push(...over.map(({ id }) => id));
        await retry(
          consumer,
          handed.filter(({ attempt }) => attempt < 4),
          1,
        );
        await ack(consumer, over);
        await clock.sleep(2_000);
      }
      // THEN
      expect([...done].sort()).toEqual([...ids].sort());
      if (ordering === "key") expect(done).toEqual(ids);
    },
  );

  it("and segments are gone THEN these are set aside, and no other message is", async () => {
    // GIVEN
    const { engine, consumer, clock, ids, storage } = await withLarge(30, 1);
    await givenBack(engine, ids, 30);
    await clock.sleep(10_000);
    const gone = [3, 4, 20];
    const keys = [...storage.segments.keys()];
    for (const at of gone) storage.segments.delete(keys[at] ?? "");
    // WHEN
    const seen: string[] = [];
    for (let handed = await receive(consumer, ALL, { maxBytes: 50_000 }); handed.length > 0;) {
      seen.push(...handed.map(({ id }) => id));
      await ack(consumer, handed);
      handed = await receive(consumer, ALL, { maxBytes: 50_000 });
    }
    // THEN
    expect(seen).toEqual(ids.filter((_, at) => !gone.includes(at)));
  });
});

it("GIVEN large messages in S3 WHEN a consumer takes its first THEN it reads no more than these", async () => {
  const { consumer, segmentsRead } = await withLarge(40, 1);
  expect(await receive(consumer, ALL, { maxBytes: 50_000 })).toHaveLength(2);
  expect(segmentsRead()).toBe(2);
});
