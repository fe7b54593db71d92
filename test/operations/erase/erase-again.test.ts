import { eraseAgain } from "../../../lib/operations/erase/erase-again.js";
import { AGAIN_AFTER_MS, eraseMessage } from "../../../lib/operations/erase/erase-message.js";
import { deleteSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { deleteTopic } from "../../../lib/operations/manage/topics.js";
import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import { tick } from "../../../lib/operations/clock/tick.js";
import { aText, publishTexts } from "../a-deployment.js";
import { receive, settleAs, withAudit } from "../a-consumer.js";
import { placesOf } from "../../stored-texts.js";

const SECRET = "ada.lovelace@example.com";
const DYING = { retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts: 1 } };

it("GIVEN a dead letter made just after its message was erased WHEN the clock comes THEN it goes", async () => {
  const { engine, process, storage, clock } = await withAudit({ subscription: DYING });
  const [id = ""] = await publishTexts(engine, "orders", aText(SECRET));
  // It keeps what it has read, and has not heard yet that it was erased.
  const late = process();
  const handed = await receive(late);
  await eraseMessage(engine, id, undefined);
  await settleAs(late, handed, { outcome: "reject" });
  expect(await receive(late)).toEqual([]);
  expect(placesOf(storage, SECRET)).not.toEqual([]);
  clock.advance(AGAIN_AFTER_MS);
  await tick(process(), { deadlineMs: clock.nowMs() + 60_000 });
  expect(placesOf(storage, SECRET)).toEqual([]);
  expect([...storage.timers.values()].filter(({ kind }) => kind === "erase")).toEqual([]);
});

it("GIVEN a topic that was deleted since WHEN the timer is due THEN there is nothing to do", async () => {
  const { engine, process } = await withAudit();
  const [message = ""] = await publishTexts(engine, "orders", aText(SECRET));
  const topic = await engine.topics.get("orders");
  await deleteSubscription(engine, "orders", "audit");
  await deleteTopic(engine, "orders");
  const timer = { kind: "erase", dueMs: 0, message, erasure: { atMs: 0 } } as const;
  if (topic) await eraseAgain(process(), { ...timer, topic });
});
