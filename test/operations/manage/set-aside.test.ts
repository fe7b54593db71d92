import type { Slot } from "../../../lib/domain/slot.js";
import { listSetAside } from "../../../lib/operations/manage/set-aside.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { bodies, publishTogether, receive, withAudit } from "../a-consumer.js";

/** Three slots, the second of which, with two messages, is damaged and was passed over. */
async function withDamage() {
  const audit = await withAudit({ topic: { partitions: 1 } });
  await publishTogether(audit.engine, "a");
  await publishTogether(audit.engine, "b", "c");
  await publishTogether(audit.engine, "d");
  const [log] = [...audit.storage.logs.values()] as [Slot[]];
  const whole = log[1] as Slot;
  log[1] = { ...whole, checksum: "damaged" };
  const consumer = audit.process();
  expect(bodies(await receive(consumer))).toEqual(["a", "d"]);
  return { ...audit, consumer, log, whole };
}

it("GIVEN a damaged slot that was passed over WHEN they are listed THEN it is there with its reason", async () => {
  const { engine, clock, whole } = await withDamage();
  const atMs = clock.nowMs();
  clock.advance(60_000);
  const { items } = await listSetAside(engine, "orders", "audit", { limit: 10 });
  const firstId = expect.stringMatching(new RegExp(`^orders\\..+\\.0\\.${whole.base}$`)) as string;
  expect(items).toEqual([
    { partition: 0, base: whole.base, count: 2, reason: "checksum-mismatch", atMs, firstId },
  ]);
});

it("GIVEN its bytes are there again WHEN a seek goes to its id THEN its messages are handed out", async () => {
  const { engine, consumer, log, whole } = await withDamage();
  log[1] = whole;
  const [entry] = (await listSetAside(engine, "orders", "audit", { limit: 10 })).items;
  await seek(engine, "orders", "audit", { id: entry?.firstId ?? "" });
  expect(bodies(await receive(consumer))).toEqual(["b", "c", "d"]);
});

it.each([
  ["none", "audit", "topic-not-found"],
  ["orders", "none", "subscription-not-found"],
])("GIVEN topic %s and subscription %s WHEN they are listed THEN it says %s", async (topic, name, code) => {
  const { engine } = await withAudit();
  await expect(listSetAside(engine, topic, name, { limit: 10 })).rejects.toMatchObject({ code });
});
