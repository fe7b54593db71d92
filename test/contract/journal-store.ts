import { JOURNAL_SHARDS, type AttemptRun, type JournalEntry, shardOf } from "../../lib/domain/journal.js";
import type { JournalStore } from "../../lib/domain/ports/journal-store.js";
import { dueId } from "../../lib/domain/progress/records.js";
import type { SubscriptionRef } from "../../lib/domain/subscription.js";
import { DAY_MS, MINUTE_MS, NOW_MS, aNonce, aSubscriptionRef } from "./builders.js";

type Make = () => Promise<JournalStore>;

const aRun = (fields: Partial<AttemptRun> = {}): AttemptRun => ({
  ...{ partition: 3, from: 40, to: 41, attempt: 1, outcome: "done" },
  ...{ startedAtMs: NOW_MS - 90, endedAtMs: NOW_MS },
  ...fields,
});

const anEntry = (atMs = NOW_MS, ...runs: readonly AttemptRun[]): JournalEntry => ({
  id: dueId(atMs, aNonce()),
  runs: runs.length > 0 ? runs : [aRun()],
  expiresAtMs: atMs + DAY_MS,
});

/** All entries of a subscription from `fromMs` on, page by page, in the order of their ids. */
async function read(journal: JournalStore, subscription: SubscriptionRef, fromMs = NOW_MS, limit = 100) {
  const entries: JournalEntry[] = [];
  for (let shard = 0; shard < JOURNAL_SHARDS; shard++) {
    let cursor: string | undefined;
    do {
      const request = { limit, ...(cursor === undefined ? {} : { cursor }) };
      const page = await journal.read({ subscription, shard }, fromMs, request);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      expect(page.items.every(({ id }) => shardOf(id) === shard)).toBe(true);
      const ids = page.items.map(({ id }) => id);
      expect(ids).toEqual([...ids].sort());
      entries.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }
  return entries.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** What every {@link JournalStore} promises. */
export function journalStoreContract(make: Make): void {
  describe("journals", () => {
    it("are read as they were written: runs with their times, outcomes and errors", async () => {
      const [journal, subscription] = [await make(), aSubscriptionRef()];
      const entry = anEntry(
        NOW_MS,
        aRun(),
        aRun({ from: 41, to: 1_000, attempt: 12, startedAtMs: NOW_MS - DAY_MS }),
        aRun({ partition: 255, outcome: "failed", error: "no such customer: Łódź" }),
        aRun({ from: 7, to: 8, outcome: "rejected", error: "no such customer: Łódź" }),
        aRun({ from: 8, to: 9, outcome: "rejected", error: "another" }),
        // By another clock than the writer's.
        aRun({ from: 2 ** 52, to: 2 ** 52 + 1, startedAtMs: NOW_MS + 5, endedAtMs: NOW_MS + 7 }),
      );
      await journal.write(subscription, entry);
      expect(await read(journal, subscription)).toEqual([entry]);
    });

    it("are of one life of one subscription each", async () => {
      const journal = await make();
      const [one, other] = [aSubscriptionRef(), aSubscriptionRef()];
      const entry = anEntry();
      await journal.write(one, entry);
      expect(await read(journal, other)).toEqual([]);
      expect(await read(journal, { ...one, uid: "another-life" })).toEqual([]);
    });

    it("written again with the same id, replace themselves", async () => {
      const [journal, subscription] = [await make(), aSubscriptionRef()];
      const entry = anEntry();
      await journal.write(subscription, entry);
      await journal.write(subscription, entry);
      expect(await read(journal, subscription)).toEqual([entry]);
    });

    it.each([1, 2, 100])("are read from a time on, %i a page, each once", async (limit) => {
      const [journal, subscription] = [await make(), aSubscriptionRef()];
      const entries = Array.from({ length: 12 }, (_, at) => anEntry(NOW_MS + at * MINUTE_MS));
      for (const entry of [...entries].reverse()) await journal.write(subscription, entry);
      const fromMs = NOW_MS + 5 * MINUTE_MS;
      expect(await read(journal, subscription, fromMs, limit)).toEqual(entries.slice(5));
    });

    it("are purged in steps, and leave those of others alone", async () => {
      const journal = await make();
      const [subscription, other] = [aSubscriptionRef(), aSubscriptionRef()];
      for (let count = 1; count <= 12; count++) await journal.write(subscription, anEntry(NOW_MS + count));
      const kept = anEntry();
      await journal.write(other, kept);
      let steps = 1;
      while (!(await journal.purge(subscription, 2)) && steps < 100) steps++;
      expect(steps).toBeGreaterThan(1);
      expect(await read(journal, subscription)).toEqual([]);
      expect(await journal.purge(subscription, 2)).toBe(true);
      expect(await read(journal, other)).toEqual([kept]);
    });

    it("refuse a cursor that is none", async () => {
      const [journal, subscription] = [await make(), aSubscriptionRef()];
      const reading = journal.read({ subscription, shard: 0 }, NOW_MS, { limit: 10, cursor: "?" });
      await expect(reading).rejects.toMatchObject({ code: "invalid-request" });
    });
  });
}
