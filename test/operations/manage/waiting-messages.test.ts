import { findSubscription } from "../../../lib/operations/lookup.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { waitingMessages } from "../../../lib/operations/manage/waiting-messages.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { publishEach, publishTogether, receive, withAudit } from "../a-consumer.js";

/** All pages of so many. `pages`: how many there were. */
async function allWaiting(engine: Engine, limit: number) {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let pages = 1; pages <= 100; pages++) {
    const reader = await findSubscription(engine, "orders", "audit");
    const page = await waitingMessages(engine, reader, {
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
    if (cursor === undefined) return { ids, pages };
  }
  throw new Error("the pages do not end");
}

it("GIVEN messages in several slots and partitions WHEN they are paged THEN each comes once, in order", async () => {
  const { engine, process } = await withAudit({ topic: { partitions: 8 } });
  const ids = [...(await publishEach(engine, "a", "b")), ...(await publishTogether(engine, "c", "d", "e"))];
  for (let writer = 0; writer < 4; writer++) ids.push(...(await publishEach(process(), `w${writer}`)));
  const [first] = await receive(engine, 1);
  const left = ids.filter((id) => id !== first?.id).sort();
  for (const limit of [1, 2, 3, 100]) expect((await allWaiting(process(), limit)).ids.sort()).toEqual(left);
});

it("GIVEN a backlog WHEN a page is asked for THEN no more is read than one page takes", async () => {
  const { process } = await withAudit({ topic: { partitions: 1 } });
  const writer = process();
  for (let slot = 0; slot < 300; slot++) await publishTogether(writer, "a", "b");
  const engine = process();
  const reader = await findSubscription(engine, "orders", "audit");
  const reads = jest.spyOn(engine.log, "read");
  expect((await waitingMessages(engine, reader, { limit: 10 })).items).toHaveLength(10);
  const slots = reads.mock.calls.reduce((sum, [, , limit]) => sum + limit, 0);
  expect(slots).toBeLessThanOrEqual(10);
});

it("GIVEN more partitions than one request reads WHEN it is paged THEN all come, over several requests", async () => {
  const { engine, process } = await withAudit({ topic: { partitions: 40, ordering: "key" } });
  const messages = Array.from({ length: 120 }, (_, at) => aText(`m${at}`, { key: `k${at}` }));
  const ids = await publishTexts(engine, "orders", ...messages);
  const { ids: seen, pages } = await allWaiting(process(), 100);
  expect(seen.sort()).toEqual([...ids].sort());
  expect(pages).toBeGreaterThan(2);
});

it("GIVEN a filter and expiries WHEN they are listed THEN what nobody gets is left out", async () => {
  const { engine, clock } = await withAudit({ subscription: { filter: '{"tag":["t"]}' } });
  const ids = await publishTexts(
    engine,
    "orders",
    aText("a", { tag: "t", key: "k" }),
    aText("b", { tag: "u" }),
    aText("c", { tag: "t", expiresAtMs: START_MS + 1_000 }),
  );
  clock.advance(2_000);
  const reader = await findSubscription(engine, "orders", "audit");
  expect((await waitingMessages(engine, reader, { limit: 10 })).items).toEqual([
    {
      id: ids[0],
      state: "waiting",
      key: "k",
      tag: "t",
      publishedAtMs: START_MS,
      attempt: 0,
      waitsFor: "turn",
    },
  ]);
});

it("GIVEN a pause, or a lease that holds the partition WHEN they are listed THEN they wait for it", async () => {
  const { engine } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  await publishTexts(engine, "orders", aText("a", { key: "k" }), aText("b", { key: "k" }));
  const waits = async () => {
    const reader = await findSubscription(engine, "orders", "audit");
    const [item] = (await waitingMessages(engine, reader, { limit: 10 })).items;
    return [item?.waitsFor, item?.untilMs];
  };
  expect(await waits()).toEqual(["turn", undefined]);
  await receive(engine, 1);
  expect(await waits()).toEqual(["order", START_MS + 30_000]);
  await changeSubscription(engine, "orders", "audit", { paused: true });
  expect(await waits()).toEqual(["pause", undefined]);
});
