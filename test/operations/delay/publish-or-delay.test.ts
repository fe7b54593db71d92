import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { parseGivenId } from "../../../lib/domain/message-id.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { publishOrDelay } from "../../../lib/operations/delay/publish-or-delay.js";
import { aText } from "../a-deployment.js";
import { drained } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";
import { clockRuns, withDelays } from "./with-delayed.js";

it("GIVEN a batch with some delayed WHEN it is published THEN each has its own answer", async () => {
  const { engine, clock, clockProcess } = await withDelays();
  const dueMs = clock.nowMs() + 10_000;
  const results = await publishOrDelay(engine, "orders", [
    { content: aText("later"), deliverAtMs: dueMs },
    { content: aText("now") },
    { content: aText("later still"), deliverAtMs: dueMs + 10_000 },
  ]);
  expect(results.map(({ kind }) => kind)).toEqual(["scheduled", "published", "scheduled"]);
  expect(results[0]).toMatchObject({ deliverAtMs: dueMs });
  expect(parseGivenId((results[0] as { id: string }).id)?.timeMs).toBe(dueMs);
  expect(await drained(engine)).toEqual(["now"]);
  await clockRuns(clockProcess);
  expect(await drained(engine)).toEqual(["later", "later still"]);
});

it("GIVEN ordering by key WHEN a delayed message has none THEN it alone is refused", async () => {
  const { engine, clock } = await withDelays({ ordering: "key" });
  const results = await publishOrDelay(engine, "orders", [
    { content: aText("a"), deliverAtMs: clock.nowMs() + 5_000 },
    { content: aText("b", { key: "k" }), deliverAtMs: clock.nowMs() + 5_000 },
    { content: aText("c") },
  ]);
  expect(results.map(({ kind }) => kind)).toEqual(["failed", "scheduled", "failed"]);
});

it("GIVEN a topic that is paused WHEN something is to be delayed THEN it is refused, as any publish is", async () => {
  const { engine, clock } = await withDelays();
  await changeTopic(engine, "orders", { paused: "publish" });
  const drafts = [{ content: aText("a"), deliverAtMs: clock.nowMs() + 5_000 }];
  await expect(publishOrDelay(engine, "orders", drafts)).rejects.toMatchObject({ code: "topic-paused" });
  await expect(publishOrDelay(engine, "none", drafts)).rejects.toMatchObject({ code: "topic-not-found" });
});

it("GIVEN a log that fails WHEN a batch has both THEN what is delayed is stored all the same", async () => {
  const { clock, process } = await withDelays();
  let isAll = false;
  const broken = process((ports) =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === "log.append" || (isAll && name === "delayed.put"))
        throw new StorageUnavailable("the test");
      return await carryOut();
    }),
  );
  const drafts = [{ content: aText("a"), deliverAtMs: clock.nowMs() + 5_000 }, { content: aText("b") }];
  const results = await publishOrDelay(broken, "orders", drafts);
  expect(results.map(({ kind }) => kind)).toEqual(["scheduled", "failed"]);
  isAll = true;
  await expect(publishOrDelay(broken, "orders", drafts)).rejects.toMatchObject({
    code: "storage-unavailable",
  });
});
