import { chainNonce, keyHash } from "../../../lib/domain/progress/chains.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { lookAhead } from "../../../lib/operations/push/free-key.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { aRetry } from "../../contract/builders.js";
import { aText, publishTexts } from "../a-deployment.js";
import { aPush } from "../a-push.js";
import { recording } from "../ports-around.js";

const NOTHING = { head: 0, slotBase: 0, epoch: 0, version: 0 };

async function withMessages(...keys: readonly string[]) {
  const push = await aPush({}, { ordering: "key", partitions: 1 });
  for (const key of keys) await publishTexts(push.engine, "orders", aText("m", { key }));
  const reader = await findSubscription(push.engine, "orders", "ship");
  const dueMs = push.clock.nowMs() + 60_000;
  const calls: string[] = [];
  const process = push.process(recording(calls));
  /** Records of these keys; undefined: of the whole partition. `gone`: listed, and not there. */
  const look = async (busy: readonly (string | undefined)[], gone: readonly string[] = []) => {
    const recordOf = (key: string | undefined) =>
      aRetry({ id: dueId(dueMs, chainNonce(key && keyHash(key), `n${key ?? ""}`)), dueMs });
    const records = busy.map(recordOf);
    if (records.length > 0) await push.engine.progress.move(reader.subscription, { put: records });
    const open = [...records, ...gone.map(recordOf)].map(({ id }) => id);
    calls.length = 0;
    const ahead = await lookAhead(process, reader, 0, { ...NOTHING, open });
    return { ...ahead, reads: calls.filter((name) => name === "progress.get").length };
  };
  return { look, dueMs };
}

it("a pump can take what has a free key, and finds it without a read of the records", async () => {
  const { look } = await withMessages("a", "b", "a");
  expect(await look([])).toEqual({ isFree: true, dueMs: Infinity, reads: 0 });
  expect(await look(["a"])).toEqual({ isFree: true, dueMs: Infinity, reads: 0 });
});

it("where no key is free it waits for the first of the records", async () => {
  const { look, dueMs } = await withMessages("a", "b", "a");
  expect(await look(["a", "b"])).toEqual({ isFree: false, dueMs, reads: 2 });
  expect(await look([undefined])).toEqual({ isFree: false, dueMs, reads: 1 });
});

it("a record that is gone holds nothing, though it is still listed", async () => {
  const { look } = await withMessages("a", "b");
  expect(await look(["a"], ["b"])).toMatchObject({ isFree: true, reads: 2 });
});
