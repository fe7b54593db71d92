import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { type SelectedRequest, selectedPage } from "../../../lib/operations/redrive/selected.js";
import { aText } from "../a-deployment.js";
import { portsAround } from "../ports-around.js";
import { LARGE, withDead } from "./with-dead.js";

const filter = { kind: "filter", filter: JSON.stringify({ tag: ["a"] }) } as const;

async function page(
  { engine, clock }: Awaited<ReturnType<typeof withDead>>,
  request: Partial<SelectedRequest> = {},
) {
  const reader = await findSubscription(engine, "orders", "audit");
  const all = { selection: filter, untilMs: clock.nowMs(), limit: 2, ...request };
  return await selectedPage(engine, reader, all);
}

it("GIVEN more than the limit WHEN it is read in pages THEN each is looked at once", async () => {
  const dead = await withDead(["a", "b", "a", "c", "a"].map((tag) => aText(tag, { tag })));
  const first = await page(dead);
  const second = await page(dead, { cursor: first.next });
  const third = await page(dead, { cursor: second.next });
  expect([first, second, third].map(({ looked }) => looked)).toEqual([2, 2, 1]);
  const selected = [first, second, third].flatMap(({ selected: some }) => some.map(({ id }) => id));
  expect(selected).toEqual([dead.ids[0], dead.ids[2], dead.ids[4]]);
  expect(third.next).toBeUndefined();
});

it("GIVEN messages that died later WHEN it is read THEN it ends before them", async () => {
  const dead = await withDead(["a", "b"]);
  const one = await page(dead, { selection: { kind: "all" }, untilMs: dead.clock.nowMs() - 3_600_000 });
  expect(one).toEqual({ looked: 0, selected: [], refused: [] });
});

it("GIVEN a copy that cannot be read now WHEN it is asked of THEN that is thrown, or it is refused", async () => {
  const dead = await withDead([aText(LARGE, { tag: "a" }), aText("b", { tag: "a" })]);
  const engine = dead.process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "segments.get") throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  await expect(page({ ...dead, engine })).rejects.toThrow(StorageUnavailable);
  const lenient = await page({ ...dead, engine }, { isLenient: true });
  expect(lenient).toMatchObject({
    selected: [{ id: dead.ids[1] }],
    refused: [{ id: dead.ids[0], error: { code: "storage-unavailable" } }],
  });
});

it("GIVEN a copy that is gone WHEN it is asked of THEN it is refused, and the others are selected", async () => {
  const dead = await withDead([aText(LARGE, { tag: "a" }), aText("b", { tag: "a" })]);
  dead.storage.segments.clear();
  expect(await page(dead)).toMatchObject({
    selected: [{ id: dead.ids[1] }],
    refused: [{ id: dead.ids[0], error: { code: "invalid-request" } }],
  });
});
