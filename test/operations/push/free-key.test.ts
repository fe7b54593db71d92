import { keyHash } from "../../../lib/domain/progress/chains.js";
import { holdersOf, mayTakeAhead } from "../../../lib/operations/push/free-key.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { aText, publishTexts } from "../a-deployment.js";
import { aPush } from "../a-push.js";

const NOTHING = { head: 0, slotBase: 0, epoch: 0, version: 0 };

async function withMessages(...keys: readonly string[]) {
  const push = await aPush({}, { ordering: "key", partitions: 1 });
  for (const key of keys) await publishTexts(push.engine, "orders", aText("m", { key }));
  const reader = await findSubscription(push.engine, "orders", "ship");
  const mayTake = (busy: readonly string[], holdAll = false) =>
    mayTakeAhead(push.engine, reader, 0, NOTHING, {
      dueMs: Infinity,
      holdAll,
      keys: new Set(busy.map((key) => keyHash(key))),
    });
  return { ...push, reader, mayTake };
}

it("a pump can take what has a free key", async () => {
  const { mayTake } = await withMessages("a", "b", "a");
  expect([await mayTake([]), await mayTake(["a"]), await mayTake(["a", "b"])]).toEqual([true, true, false]);
  expect(await mayTake([], true)).toBe(false);
});

it("a cursor that lists nothing, or only what is gone, holds nothing", async () => {
  const { engine, reader } = await withMessages();
  const holders = await holdersOf(engine, reader, { ...NOTHING, open: ["0000000000000005-gone"] });
  expect(holders).toEqual({ dueMs: Infinity, holdAll: false, keys: new Set() });
});
