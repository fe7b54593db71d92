import type { Engine } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { eraseMessage } from "../../../lib/operations/erase/erase-message.js";
import { historyOfDeadLetter } from "../../../lib/operations/manage/dead-letters.js";
import { redrive } from "../../../lib/operations/manage/redrive.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import { aText, publishTexts } from "../a-deployment.js";
import { bodies, receive, settleAs, withAudit } from "../a-consumer.js";
import { placesOf } from "../../stored-texts.js";
import { NOTHING_LEFT, comesNow, stateOf, withHeld } from "../with-held.js";

const SECRET = "ada.lovelace@example.com";
const DYING = { retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 1 } };
const state = async (engine: Engine) =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "audit"));
const text = (body: string) => ({ body: { body, contentType: "text/plain" } });

/** A message that died, and whose dead letter is larger than an item. */
async function withLetter() {
  const audit = await withAudit({ topic: { partitions: 1 }, subscription: DYING });
  const engine = audit.process(undefined, { inlineLimitBytes: 0 });
  const [id = "", beside = ""] = await publishTexts(engine, "orders", aText(SECRET), aText("beside"));
  const handed = await receive(engine, 2);
  await settleAs(engine, handed, { outcome: "reject", error: `no such customer: ${SECRET}` });
  expect(await receive(engine)).toEqual([]);
  return { ...audit, engine, id, beside };
}

it("GIVEN dead letters WHEN one is erased THEN it goes with its object, and how it ended is kept", async () => {
  const { engine, storage, id, beside, clock } = await withLetter();
  await eraseMessage(engine, id, "arn:ada");
  // Their consumer's words on the other one are not of this message.
  expect(placesOf(storage, `"body"`)).toEqual([]);
  expect((await state(engine)).deadLetters).toBe(1);
  const atMs = clock.nowMs();
  const acts = await historyOfDeadLetter(engine, "orders", "audit", id);
  expect(acts).toMatchObject([{ kind: "erased", atMs, by: "arn:ada" }]);
  await redrive(engine, "orders", "audit", { kind: "ids", ids: [beside] });
  expect(bodies(await receive(engine))).toEqual(["beside"]);
});

it("GIVEN one that was mended and sent again WHEN it is erased THEN what it was mended to goes, too", async () => {
  const { engine, storage, id, process } = await withLetter();
  await redrive(engine, "orders", "audit", { kind: "mended", id, mend: text(`${SECRET} mended`) });
  expect(placesOf(storage, "mended")).not.toEqual([]);
  await eraseMessage(engine, id, undefined);
  const left = [...placesOf({ segments: storage.segments, logs: storage.logs }, SECRET)];
  expect(left).toEqual([]);
  expect([...storage.progress.values()].map(({ mended }) => mended.size)).toEqual([0]);
  expect(await receive(process())).toEqual([]);
});

it("GIVEN one under a lease WHEN it is erased THEN it may be rejected, and is no dead letter", async () => {
  const { engine, process } = await withAudit({ topic: { partitions: 1 }, subscription: DYING });
  const [id = ""] = await publishTexts(engine, "orders", aText(SECRET));
  const handed = await receive(engine);
  await eraseMessage(engine, id, undefined);
  expect(await settleAs(engine, handed, { outcome: "reject" })).toEqual(["ok"]);
  expect(await receive(process())).toEqual([]);
  expect((await state(engine)).deadLetters).toBe(0);
});

it("GIVEN one that waits for another attempt WHEN it is erased THEN it has expired", async () => {
  const { engine, storage, telemetry } = await withAudit({ topic: { partitions: 1 } });
  const [id = ""] = await publishTexts(engine, "orders", aText(SECRET));
  await settleAs(engine, await receive(engine), { outcome: "retry", delaySeconds: 600, error: SECRET });
  await eraseMessage(engine, id, undefined);
  expect(placesOf(storage, SECRET)).toEqual([]);
  expect(await state(engine)).toMatchObject({ retrying: 0, expired: 1 });
  expect(telemetry.events.filter(({ name }) => name === "messages-expired")).toHaveLength(1);
});

it("GIVEN a key that its dead letter holds WHEN it is erased THEN the key goes on", async () => {
  const { engine, a1, process } = await withHeld();
  await eraseMessage(engine, a1, undefined);
  expect(await comesNow(process())).toEqual(["a2", "a3"]);
  expect(await stateOf(engine)).toEqual(NOTHING_LEFT);
});

it("GIVEN one that waits behind an earlier one of its key WHEN it is erased THEN others come in order", async () => {
  const audit = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const { engine, process, storage, clock } = audit;
  const keyed = (body: string) => aText(body, { key: "k" });
  const ids = await publishTexts(engine, "orders", keyed("a"), keyed(SECRET), keyed("c"));
  await settleAs(engine, await receive(engine), { outcome: "retry", delaySeconds: 60 });
  await eraseMessage(engine, ids[1] ?? "", undefined);
  expect(placesOf(storage, SECRET)).toEqual([]);
  clock.advance(61_000);
  expect(bodies(await receive(process()))).toEqual(["a", "c"]);
});
