import { outboxFindings } from "../../../lib/operations/doctor/outbox-findings.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { aTimedDeployment } from "../a-deployment.js";
import { aService } from "../an-outbox.js";

const MAX_AGE_MS = 300_000;

it("finds what waits for a topic that is not there, for too long", async () => {
  const { storage, clock, ...deployment } = aTimedDeployment();
  const engine = deployment.process();
  const write = aService(storage, () => clock.nowMs());
  await putTopic(engine, "bills", {});
  const sinceMs = clock.nowMs();
  write("orders", "one");
  write("orders", "two");
  write("bills", "three");
  await clock.advance(MAX_AGE_MS);
  expect(await outboxFindings(engine, MAX_AGE_MS)).toEqual([]);
  await clock.advance(1_000);
  write("new", "four");
  const found = await outboxFindings(engine, MAX_AGE_MS);
  expect(found.map(({ code, level, sinceMs: since }) => [level, code, since])).toEqual([
    ["wrong", "outbox-without-topic", sinceMs],
  ]);
  expect(found[0]?.what).toContain("topic orders, which is not there");
});
