import { dynamoDbProgressStore } from "../../../lib/adapters/dynamodb/progress/progress-store.js";
import { dynamoDbTopicStore } from "../../../lib/adapters/dynamodb/settings/topic-store.js";
import type { ProgressStore } from "../../../lib/domain/ports/progress-store.js";
import type { Due } from "../../../lib/domain/progress/records.js";
import type { SubscriptionRef } from "../../../lib/domain/subscription.js";
import {
  MINUTE_MS,
  NOW_MS,
  aCursor,
  aLease,
  aRetry,
  aSetAside,
  aSpan,
  aSubscriptionRef,
  aTopic,
  unique,
} from "../../contract/builders.js";
import type { TestTables } from "./tables.js";

/** What a page can hold, and what a list can be asked for. */
export function limits(make: () => Promise<TestTables>): void {
  describe("of a page", () => pageLimits(make));
  describe("of a list", () => listLimits(make));
}

const RECORDS = 40;
/** 40 of them are 2.4 MB: three pages. */
const SPANS = 1_500;

async function put(progress: ProgressStore, subscription: SubscriptionRef, records: readonly Due[]) {
  await Promise.all(records.map((record) => progress.move(subscription, { put: [record] })));
}

function pageLimits(make: () => Promise<TestTables>): void {
  it("hide no record that is due, count all of them, and have all purged", async () => {
    // GIVEN
    const progress = dynamoDbProgressStore(await make());
    const subscription = aSubscriptionRef();
    const spans = Array.from({ length: SPANS }, (_, at) => aSpan(at * 2, at * 2 + 1));
    const records = Array.from({ length: RECORDS }, (_, at) => aRetry({ spans, dueMs: NOW_MS + at }));
    await put(progress, subscription, records);
    // THEN
    const { found: due } = await progress.due(subscription, NOW_MS + MINUTE_MS, 100);
    expect(due.map(({ id }) => id)).toEqual(records.map(({ id }) => id));
    expect(await progress.totals(subscription, 0)).toMatchObject({
      retrying: RECORDS * SPANS,
      capped: false,
    });
    expect(await progress.purge(subscription, 30)).toBe(false);
    expect(await progress.purge(subscription, 30)).toBe(true);
    expect(await progress.nextDueMs(subscription)).toBeUndefined();
  });

  it("hide nothing that is due behind many leases that were extended", async () => {
    // GIVEN
    const progress = dynamoDbProgressStore(await make());
    const subscription = aSubscriptionRef();
    const extended = Array.from({ length: 150 }, (_, at) => aLease({ dueMs: NOW_MS - MINUTE_MS + at }));
    const retry = aRetry({ dueMs: NOW_MS - 1 });
    await put(progress, subscription, [...extended, retry]);
    for (const { id } of extended) await progress.extend(subscription, id, NOW_MS + MINUTE_MS);
    // THEN
    expect((await progress.due(subscription, NOW_MS, 1)).found).toEqual([retry]);
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS - 1);
    await progress.move(subscription, { remove: [retry] });
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS + MINUTE_MS);
  });

  it("show the cursors of all partitions there can be", async () => {
    const progress = dynamoDbProgressStore(await make());
    const subscription = aSubscriptionRef();
    const partitions = Array.from({ length: 256 }, (_, partition) => partition);
    await Promise.all(
      partitions.map((partition) =>
        progress.move(subscription, { cursor: { partition, next: aCursor({ head: partition + 10 }) } }),
      ),
    );
    const cursors = await progress.cursors(subscription, { consistent: true });
    expect([...cursors.keys()]).toEqual(partitions);
    expect(cursors.get(255)).toEqual(aCursor({ head: 265 }));
  });
}

function listLimits(make: () => Promise<TestTables>): void {
  it.each([
    { what: "garbage", cursor: "§$%" },
    { what: "no key", cursor: Buffer.from("k:").toString("base64url") },
    { what: "a key that is too long", cursor: Buffer.from(`k:${"x".repeat(2_000)}`).toString("base64url") },
  ])("refuse a cursor that is $what", async ({ cursor }) => {
    const listed = dynamoDbTopicStore(await make()).list({ limit: 10, cursor });
    await expect(listed).rejects.toMatchObject({ code: "invalid-request", errors: [{ path: "cursor" }] });
  });

  it("refuse the cursor of another list", async () => {
    // GIVEN
    const db = await make();
    for (let topic = 0; topic < 2; topic++) await dynamoDbTopicStore(db).create(aTopic());
    const { nextCursor } = await dynamoDbTopicStore(db).list({ limit: 1 });
    const cursor = String(nextCursor);
    // WHEN
    const listed = dynamoDbProgressStore(db).setAside(aSubscriptionRef(), { limit: 10, cursor });
    // THEN
    await expect(listed).rejects.toMatchObject({ code: "invalid-request", errors: [{ path: "cursor" }] });
  });

  it("fill a page past the tombstones, and end with the last item", async () => {
    // GIVEN names in a row, every other one deleted
    const topics = dynamoDbTopicStore(await make());
    const stem = unique("row");
    const row = Array.from({ length: 8 }, (_, at) => aTopic({ name: `${stem}-${at}` }));
    for (const topic of row) await topics.create(topic);
    for (const topic of row.slice(1, 7)) await topics.delete(topic, NOW_MS, NOW_MS + MINUTE_MS);
    // WHEN
    const start = Buffer.from(`k:${stem}`).toString("base64url");
    const page = await topics.list({ limit: 2, cursor: start });
    // THEN
    expect(page.items.map(({ name }) => name)).toEqual([`${stem}-0`, `${stem}-7`]);
  });

  it("give no cursor after the last page, even where it is full", async () => {
    const progress = dynamoDbProgressStore(await make());
    const subscription = aSubscriptionRef();
    const slots = Array.from({ length: 4 }, (_, at) => aSetAside({ base: at }));
    await progress.move(subscription, { setAside: slots });
    const first = await progress.setAside(subscription, { limit: 2 });
    expect(first).toEqual({ items: slots.slice(0, 2), nextCursor: expect.any(String) });
    const cursor = String(first.nextCursor);
    expect(await progress.setAside(subscription, { limit: 2, cursor })).toEqual({ items: slots.slice(2) });
  });
}
