import { eraseMessage } from "../../../lib/operations/erase/erase-message.js";
import { eraseInJournal } from "../../../lib/operations/erase/erase-journal.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { ack, publishTogether, receive, settleEach, withAudit } from "../a-consumer.js";
import { placesOf } from "../../stored-texts.js";

const SECRET = "ada.lovelace@example.com";

async function withJournal() {
  const audit = await withAudit({ topic: { partitions: 1, trace: "attempts" } });
  const { engine } = audit;
  const ids = await publishTogether(engine, "a", "b", "c");
  const [a, b, c] = await receive(engine);
  const failed = (error: string) => ({ outcome: "retry", delaySeconds: 600, error }) as const;
  await settleEach(engine, [
    [a, failed("not of her")],
    [b, failed(`no such customer: ${SECRET}`)],
    [c, failed("not of her")],
  ]);
  return { ...audit, id: ids[1] ?? "" };
}

it("GIVEN a traced message WHEN it is erased THEN its attempts are told, and not why they failed", async () => {
  const { engine, storage, id } = await withJournal();
  await eraseMessage(engine, id, undefined);
  expect(placesOf(storage, SECRET)).toEqual([]);
  const runs = [...storage.journals.values()].flatMap((shard) =>
    [...shard.values()].flatMap((one) => one.runs),
  );
  expect(runs.map(({ from, to, outcome, error }) => [from, to, outcome, error])).toEqual([
    [expect.any(Number), expect.any(Number), "failed", "not of her"],
    [expect.any(Number), expect.any(Number), "failed", undefined],
    [expect.any(Number), expect.any(Number), "failed", "not of her"],
  ]);
});

it("GIVEN no time WHEN a journal is to be looked through THEN it says that it was not", async () => {
  const { engine, clock } = await withJournal();
  await ack(engine, await receive(engine));
  const { topic, subscription } = await findSubscription(engine, "orders", "audit");
  const nowMs = clock.nowMs();
  const message = {
    address: { topic, partition: 0, offset: 0 },
    publishedAtMs: nowMs,
    erased: { atMs: nowMs },
  };
  expect(await eraseInJournal(engine, subscription, message, nowMs)).toBe(false);
  expect(await eraseInJournal(engine, subscription, message, nowMs + 60_000)).toBe(true);
});
