import { NOTHING_READ } from "../../../lib/domain/replay-job.js";
import { deadAmong, placedAnywhere, withOthers } from "../../../lib/operations/redrive/place-replayed.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { aStartedReplay } from "./a-replay.js";
import { withDead } from "./with-dead.js";

const candidate = (offset: number, id = `${offset}`) => ({
  ...{ counts: { ...NOTHING_READ, read: offset + 1 }, next: { head: offset + 1, slotBase: 0 } },
  message: { id, offset, slotBase: 0, publishedAtMs: 1 },
});

it("GIVEN what is under way and what is dead THEN neither moves, and both are counted", async () => {
  const { engine } = await withDead(["a"]);
  const { reader, job } = await aStartedReplay(engine);
  const candidates = [candidate(0), candidate(1), candidate(2)];
  const stretch = { counts: { ...NOTHING_READ, read: 9 }, next: { head: 9, slotBase: 9 }, candidates };
  const open = { has: (_: number, offset: number) => offset === 1 };
  const { move, reached } = placedAnywhere(engine, reader, job, { stretch, dead: new Set([0]), open });
  expect(move?.put?.[0]?.spans.map(({ from, to }) => [from, to])).toEqual([[2, 3]]);
  expect(reached).toMatchObject({ next: { head: 9 }, counts: { read: 9, moved: 1, underWay: 1, dead: 1 } });
  const all = withOthers(stretch, candidates, { dead: new Set(), underWay: new Set([0, 1, 2]) });
  expect(all.counts).toMatchObject({ moved: 0, underWay: 3 });
});

it("GIVEN a dead letter of before a seek behind it THEN it counts as none", async () => {
  const { engine, ids } = await withDead(["a"]);
  const dead = async (): Promise<unknown[]> => {
    const reader = await findSubscription(engine, "orders", "audit");
    return [...(await deadAmong(engine, reader, 0, [candidate(0, ids[0])]))];
  };
  expect(await dead()).toEqual([0]);
  await seek(engine, "orders", "audit", "latest");
  expect(await dead()).toEqual([0]);
  await seek(engine, "orders", "audit", "earliest");
  expect(await dead()).toEqual([]);
});
