import { assertFits } from "../../../lib/domain/atomic.js";
import { addressed, firstsAmong, slotsOf, writesOf } from "../../../lib/operations/atomic/atomic-plan.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { type Given, draftsOf, withTopics } from "./with-topics.js";

const TOPICS = {
  orders: { ordering: "key", partitions: 4 },
  audit: {},
  off: { dedupWindowSeconds: 0 },
} as const;

async function planned(given: readonly Given[]) {
  const deployment = await withTopics(TOPICS);
  const all = await addressed(deployment.process(), draftsOf(given));
  return { all, places: [...all.keys()] };
}

it("makes one slot for each partition that keys name, and one for a topic without ordering", async () => {
  const { all, places } = await planned([
    ["orders", "1", { key: "a" }],
    ["audit", "2", { key: "a" }],
    ["audit", "3", { key: "b" }],
    ["orders", "4", { key: "a" }],
    ["audit", "5", { deliverAtMs: 5 }],
  ]);
  expect(slotsOf(all, places).map(({ places: own }) => own)).toEqual([
    [0, 3],
    [1, 2],
  ]);
  expect(slotsOf(all, [1]).map(({ places: own }) => own)).toEqual([[1]]);
});

it("counts a dedupId where its topic looks at it, and a timer for each time of a topic", async () => {
  const { all, places } = await planned([
    ["off", "1", { dedupId: "x" }],
    ["audit", "2", { dedupId: "x", deliverAtMs: 1_000 }],
    ["audit", "3", { deliverAtMs: 999 }],
    ["off", "4", { deliverAtMs: 1_000 }],
  ]);
  const writes = writesOf(all, places, true);
  expect(writes).toEqual({ partitions: 1, dedupIds: 1, delayed: 3, times: 2, hasKey: true });
  expect(() => assertFits(writes)).not.toThrow();
});

it("knows a repeat by its topic and dedupId together", async () => {
  const { all } = await planned([
    ["audit", "1", { dedupId: "x" }],
    ["orders", "2", { key: "a", dedupId: "x" }],
    ["audit", "3", { dedupId: "x" }],
    ["off", "4", { dedupId: "x" }],
    ["off", "5", { dedupId: "x" }],
  ]);
  expect(firstsAmong(all)).toEqual([0, 1, 0, 3, 4]);
});

it("refuses what goes to a topic that is not there, or is paused", async () => {
  const deployment = await withTopics(TOPICS);
  const engine = deployment.process();
  const drafts = draftsOf([
    ["audit", "1"],
    ["off", "2"],
  ]);
  await changeTopic(engine, "off", { paused: "all" });
  await expect(addressed(engine, drafts)).rejects.toMatchObject({ code: "topic-paused" });
  await expect(addressed(engine, draftsOf([["none", "1"]]))).rejects.toMatchObject({
    code: "topic-not-found",
  });
});
