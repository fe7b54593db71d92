import type { ProgressStore } from "../../lib/domain/ports/progress-store.js";
import type { Cursor, Retry } from "../../lib/domain/progress/records.js";
import { MINUTE_MS, NOW_MS, aCursor, aRetry, aSpan, aSubscriptionRef } from "./builders.js";

type Make = () => Promise<ProgressStore>;

const STEPS = 25;
const CONSISTENT = { consistent: true };

/** A consumer that moves a head, and leaves one retry at each step that the next one takes along. */
async function aMover(make: Make) {
  const progress = await make();
  const subscription = aSubscriptionRef();
  const cursors: Cursor[] = Array.from({ length: STEPS }, (_, at) =>
    aCursor({ head: 10 * (at + 1), version: at + 1 }),
  );
  const retries: Retry[] = cursors.map(({ head }) => aRetry({ spans: [aSpan(head - 10, head)] }));
  const state = { moved: 0, isOver: false };
  const work = async (): Promise<void> => {
    for (const [at, next] of cursors.entries()) {
      const before = retries[at - 1];
      await progress.move(subscription, {
        cursor: { partition: 0, next },
        remove: before ? [before] : [],
        put: [retries[at] as Retry],
      });
      state.moved++;
    }
    state.isOver = true;
  };
  return { progress, subscription, cursors, retries, state, over: work() };
}

/** What reads show while somebody moves messages. */
export function progressStaleContract(make: Make): void {
  it("show all that was moved before a consistent one began", async () => {
    const { progress, subscription, cursors, state, over } = await aMover(make);
    while (!state.isOver) {
      const atLeast = state.moved;
      const [one, all] = await Promise.all([
        progress.cursor(subscription, 0),
        progress.cursors(subscription, CONSISTENT),
      ]);
      for (const cursor of [one, all.get(0)]) {
        expect(cursor?.version ?? 0).toBeGreaterThanOrEqual(atLeast);
        if (cursor) expect(cursor).toEqual(cursors[cursor.version - 1]);
      }
    }
    await over;
  });

  it("show a cursor that was stored once, whichever it is", async () => {
    const { progress, subscription, cursors, state, over } = await aMover(make);
    while (!state.isOver) {
      for (const [partition, cursor] of await progress.cursors(subscription)) {
        expect(partition).toBe(0);
        expect(cursor).toEqual(cursors[cursor.version - 1]);
      }
    }
    await over;
  });

  it("show nothing as due that was never there, and none of it twice", async () => {
    const { progress, subscription, retries, state, over } = await aMover(make);
    while (!state.isOver) {
      const { found: due } = await progress.due(subscription, NOW_MS, 100);
      for (const record of due) expect(retries).toContainEqual(record);
      expect(new Set(due.map(({ id }) => id)).size).toBe(due.length);
    }
    await over;
  });

  it("show a record that is gone no more, once one was told so by a consistent one", async () => {
    const { progress, subscription, retries, over } = await aMover(make);
    await over;
    for (const { id } of retries.slice(0, -1)) expect(await progress.get(subscription, id)).toBeUndefined();
    expect(await progress.nextDueMs(subscription)).toBe(NOW_MS);
    await progress.move(subscription, { remove: retries.slice(-1) });
    expect(await progress.nextDueMs(subscription)).toBeUndefined();
  });

  it("show what is due in order, page after page of it, each record once", async () => {
    // GIVEN more than one page of any store, in more than one move
    const progress = await make();
    const subscription = aSubscriptionRef();
    const spans = Array.from({ length: 1_200 }, (_, at) => aSpan(at * 2, at * 2 + 1));
    const records = Array.from({ length: 40 }, (_, at) => aRetry({ spans, dueMs: NOW_MS + at }));
    for (const record of [...records].reverse()) await progress.move(subscription, { put: [record] });
    // THEN
    for (const limit of [1, 39, 40, 100]) {
      const { found: due } = await progress.due(subscription, NOW_MS + MINUTE_MS, limit);
      expect(due.map(({ id }) => id)).toEqual(records.slice(0, limit).map(({ id }) => id));
    }
  });
}
