import { keyHash } from "../../../lib/domain/progress/chains.js";
import { cursorIn } from "../../../lib/operations/consume/known-cursors.js";
import { BusyKeys } from "../../../lib/operations/push/busy-keys.js";
import { KeyedCommits } from "../../../lib/operations/push/keyed-commits.js";
import { itemsOf } from "../../../lib/operations/push/keyed-items.js";
import { KeyedWindow } from "../../../lib/operations/push/keyed-window.js";
import { anOwner } from "../an-owner.js";

const KEYS = ["a", "b", "c"];

/** An owner with a message of each key in hand, `together` in a delivery. */
async function owning(keys: readonly string[] = KEYS, together = 1) {
  const owner = await anOwner({
    settings: { batch: { maxMessages: together, maxBytes: 4_096, windowSeconds: 0 } },
  });
  const { context, subscription, engine } = owner;
  const cursor = cursorIn(subscription, 0, undefined);
  const busy = new BusyKeys(context, 0, cursor);
  const window = new KeyedWindow(context, (hash) => busy.isHeld(hash));
  const entries = keys.map((key, offset) => ({
    message: {
      ...{ id: `${key}${offset}`, partition: 0, offset, publishedAtMs: 0 },
      ...{ contentType: "text/plain", body: key, key },
    },
    slotBase: 0,
  }));
  const read = { entries, setAside: [], expired: [], leftOut: [], next: { head: 3, slotBase: 3 } };
  window.add(itemsOf(window, read, Infinity, 0));
  const over: string[] = [];
  const commits = new KeyedCommits(context, 0, window, busy, {
    passed: () => undefined,
    overWithLease: ({ handed }) => over.push(...handed.map(({ id }) => id)),
  });
  const end = (failed: boolean) => {
    const batch = window.take(1);
    if (batch) batch.failed = failed ? batch.entries : [];
    batch?.free();
  };
  return {
    ...owner,
    busy,
    window,
    commits,
    end,
    over,
    stored: () => engine.progress.cursor(subscription, 0),
  };
}

it("GIVEN a key failed THEN its record is listed, and the head goes on", async () => {
  const { commits, end, due, stored, busy } = await owning();
  end(true);
  end(false);
  expect(await commits.commit("done", 0, Infinity)).toBe("committed");
  expect((await stored())?.head).toBe(2);
  expect(due().map(({ kind }) => kind)).toEqual(["retry"]);
  expect([busy.isHeld(keyHash("a")), busy.isHeld(keyHash("b"))]).toEqual([true, false]);
});

it("GIVEN a key failed with several messages WHEN the head passes them apart THEN they have one record", async () => {
  const { commits, end, due, stored } = await owning(["a", "b", "a"], 3);
  end(true);
  for (let commit = 0; commit < 3; commit++) await commits.commit("done", 0, 1);
  expect((await stored())?.head).toBe(3);
  const ofA = due().filter(({ id }) => id.includes(keyHash("a")));
  expect(ofA.map(({ spans }) => spans.flatMap(({ from, to }) => [from, to]))).toEqual([[0, 1, 2, 3]]);
});

it("GIVEN others changed the records meanwhile THEN it is planned anew, since the head is where it was", async () => {
  const { commits, end, engine, subscription, stored } = await owning();
  const bumped = { head: 0, slotBase: 0, epoch: 0, version: 1, open: ["0000000000000005-gone"] };
  await engine.progress.move(subscription, { cursor: { partition: 0, next: bumped } });
  end(false);
  expect(await commits.commit("done", 0, Infinity)).toBe("committed");
  expect(await stored()).toMatchObject({ head: 1, version: 2 });
});

it("GIVEN another owner moved the head THEN it is lost, and nothing more is handed out", async () => {
  const { commits, end, engine, subscription, window } = await owning();
  const moved = { head: 2, slotBase: 0, epoch: 0, version: 1 };
  await engine.progress.move(subscription, { cursor: { partition: 0, next: moved } });
  end(false);
  expect(await commits.commit("done", 0, Infinity)).toBe("lost");
  expect([commits.isLost, window.hasNext]).toEqual([true, false]);
});

it("GIVEN the pump lets go THEN what is under way has a lease of its key", async () => {
  const { commits, window, due } = await owning();
  const batch = window.take(1);
  expect(await commits.commit("all", 1_790_000_060_000, Infinity)).toBe("committed");
  expect(due().map(({ kind }) => kind)).toEqual(["lease"]);
  expect(batch?.leases).toHaveLength(1);
});

it("GIVEN a plan reads records WHEN it is under way THEN nothing may be taken out of the window", async () => {
  const { commits, end, stored } = await owning(["a", "b", "a"]);
  end(true);
  expect(commits.isUnderWay).toBe(false);
  await commits.commit("done", 0, Infinity);
  // WHEN what waits joins the record of its key
  const underWay = commits.commit("parks", 1_790_000_060_000, Infinity);
  expect([commits.isUnderWay, commits.isUnresolved]).toEqual([true, false]);
  await underWay;
  expect(commits.isUnderWay).toBe(false);
  expect((await stored())?.head).toBe(1);
});
