import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import { openSpans } from "../../lib/domain/progress/records.js";
import { MINUTE_MS, aLease, aRetry } from "./builders.js";
import { GOOD, aBusyOne, everything, merged } from "./progress-parts.js";
import { spanLength } from "../../lib/domain/progress/spans.js";

type Make = () => Promise<ProgressStore>;

const ROUNDS = 6;

/** What meets over one lease: whatever the order, its messages end in one place. */
export function progressSettleRaceContract(make: Make): void {
  it("is gone once it is finished, whoever acknowledges or extends it at the same time", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { progress, subscription, lease } = await aBusyOne(make);
      const [finished, acknowledged, extended] = await Promise.all([
        progress.finish(subscription, lease.id),
        progress.acknowledge(subscription, lease.id, [1]),
        progress.extend(subscription, lease.id, lease.dueMs + MINUTE_MS),
      ]);
      expect(finished).toBe("done");
      expect(acknowledged === "gone" ? [] : acknowledged.done).toEqual(acknowledged === "gone" ? [] : [1]);
      expect(["done", "gone", "kept"]).toContain(extended);
      expect(await progress.get(subscription, lease.id)).toBeUndefined();
    }
  });

  it("is either acknowledged in part or taken over, never both", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { progress, subscription, lease } = await aBusyOne(make);
      const next = aLease({ spans: lease.spans });
      const [acknowledged, taken] = await Promise.all([
        progress.acknowledge(subscription, lease.id, [1, 2, 3]),
        progress.move(subscription, { remove: [lease], put: [next] }),
      ]);
      expect(acknowledged === "gone").toBe(taken === "moved");
      expect((await progress.totals(subscription, 0)).inFlight).toBe(taken === "moved" ? 10 : 7);
    }
  });

  it("keeps every message in one place while part is acknowledged and part goes to retries", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { progress, subscription, lease, retry } = await aBusyOne(make);
      const kept = { ...lease, done: [5, 6], version: lease.version + 1 };
      const again = aRetry({ spans: [{ ...lease.spans[0]!, from: 5, to: 7 }] });
      const [acknowledged, moved] = await Promise.all([
        progress.acknowledge(subscription, lease.id, [1]),
        progress.move(subscription, { put: [kept, again] }),
      ]);
      expect(acknowledged).not.toBe("gone");
      const there = await progress.get(subscription, lease.id);
      const done = moved === "moved" ? [1, 5, 6] : [1];
      expect([...(there?.done ?? [])].sort()).toEqual(done);
      expect(there && spanLength(openSpans(there))).toBe(10 - done.length);
      const retries = spanLength(retry.spans) + (moved === "moved" ? 2 : 0);
      expect((await progress.totals(subscription, 0)).retrying).toBe(retries);
    }
  });

  it("is finished by the last of two that acknowledge a half each, and by no other", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { progress, subscription, lease } = await aBusyOne(make);
      const settle = async (offsets: readonly number[]) => {
        const answer = await progress.acknowledge(subscription, lease.id, offsets);
        if (answer === "gone" || openSpans(answer).length > 0) return "left";
        return await progress.finish(subscription, lease.id);
      };
      const ends = await Promise.all([settle([0, 1, 2, 3, 4]), settle([5, 6, 7, 8, 9])]);
      expect([...ends].sort()).toEqual(["done", "left"]);
      expect(await progress.get(subscription, lease.id)).toBeUndefined();
    }
  });

  it.each(Object.entries(GOOD))("is moved once by a move that is sent twice: %s", async (_name, part) => {
    // GIVEN
    const [once, twice] = [await aBusyOne(make), await aBusyOne(make)];
    const added = aLease();
    const [first, move] = [once, twice].map((busy) => merged([part(busy), { put: [added] }])) as [
      ReturnType<typeof part>,
      ReturnType<typeof part>,
    ];
    await once.progress.move(once.subscription, first);
    // WHEN
    const send = () => twice.progress.move(twice.subscription, move);
    const outcomes = await Promise.all([send(), send()]);
    // THEN
    expect(outcomes.filter((outcome) => outcome === "moved").length).toBeGreaterThan(0);
    const after = async (busy: typeof once) => {
      const { cursors, dues, aside } = await everything(busy, {});
      return { cursors, versions: dues.map((due) => due?.version), aside };
    };
    expect(await after(twice)).toEqual(await after(once));
    expect(await twice.progress.get(twice.subscription, added.id)).toEqual(added);
  });
}
