import { waitingCursor } from "../../../lib/domain/open-message.js";
import { listOpenMessages } from "../../../lib/operations/manage/open-messages.js";
import { publishTogether, receive, withAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { aPush, allDone, failing, retryAfter, running } from "../a-push.js";

it("GIVEN a message that waits and one that is leased WHEN a state is asked for THEN it is that one", async () => {
  const { engine } = await withAudit();
  const ids = await publishTogether(engine, "a", "b");
  await receive(engine, 1);
  const idsOf = async (state: "waiting" | "leased" | "retrying") =>
    (await listOpenMessages(engine, "orders", "audit", state, { limit: 10 })).items.map(({ id }) => id);
  expect([await idsOf("leased"), await idsOf("waiting"), await idsOf("retrying")]).toEqual([
    [ids[0]],
    [ids[1]],
    [],
  ]);
});

it("GIVEN the cursor of another list, or no such subscription WHEN it is asked for THEN it is refused", async () => {
  const { engine } = await withAudit();
  const cursor = waitingCursor({ partition: 0, head: 1, slotBase: 1 });
  await expect(
    listOpenMessages(engine, "orders", "audit", "leased", { limit: 10, cursor }),
  ).rejects.toMatchObject({ code: "invalid-request" });
  await expect(listOpenMessages(engine, "orders", "none", "waiting", { limit: 10 })).rejects.toMatchObject({
    code: "subscription-not-found",
  });
});

it("GIVEN keys in parallel WHEN one waits for a retry THEN only what is behind it waits for order", async () => {
  const settings = { ...retryAfter(600), batch: { maxMessages: 1, maxBytes: 65_536, windowSeconds: 0 } };
  const push = await aPush(settings, { ordering: "key", partitions: 1 });
  push.answerWith(async (messages) =>
    messages.some(({ key }) => key === "bad") ? failing(messages) : allDone,
  );
  const { stop } = running(push);
  const publish = async (...keys: string[]) =>
    await publishTexts(push.engine, "orders", ...keys.map((key) => aText("x", { key })));
  // The head passes what lies before a message that is done, and stands still before what is last.
  const [first, second] = await publish("bad", "bad", "good", "bad");
  await push.clock.advance(10_000);
  const [, third] = await publish("good", "bad", "good");
  await push.clock.advance(10_000);
  stop();
  const listed = async (state: "waiting" | "retrying" | "parked") =>
    (await listOpenMessages(push.engine, "orders", "ship", state, { limit: 10 })).items;
  const [failed, ...others] = await listed("retrying");
  const parked = await listed("parked");
  expect([failed?.id, failed?.waitsFor, others]).toEqual([first, "retry", []]);
  expect([parked[0]?.id, parked[0]?.waitsFor]).toEqual([second, "order"]);
  const retrying = [failed, ...parked];
  expect(parked.map(({ untilMs }) => untilMs)).toEqual(parked.map(() => failed?.untilMs));
  const waiting = await listed("waiting");
  expect(waiting.map(({ waitsFor, untilMs }) => [waitsFor, untilMs])).toEqual(
    waiting.map(() => ["order", failed?.untilMs]),
  );
  expect([...retrying, ...waiting].map((one) => one?.key)).toEqual(["bad", "bad", "bad", "bad"]);
  expect([...retrying, ...waiting].map((one) => one?.id)).toContain(third);
});
