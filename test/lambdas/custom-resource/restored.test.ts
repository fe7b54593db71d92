import { provision } from "../../../lambdas/custom-resource/provision.js";
import { RESTORED } from "../../../lambdas/custom-resource/restored.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { anEngine } from "../an-engine.js";
import { requestsOf } from "./a-request.js";

const MINUTE_MS = 60_000;
const EVENTS = requestsOf({
  type: RESTORED,
  logicalId: "Restored",
  physicalId: "restored",
  properties: { RestoredAt: "2026-03-01T12:00:00.000Z" },
  before: { RestoredAt: "2026-02-01T12:00:00.000Z" },
});

const noApp = (): never => {
  throw new Error("it calls no API");
};

/** What CloudFormation is told, of a queue with one topic that has messages and no mark. */
async function answered(request: keyof typeof EVENTS, withinMs = 6 * MINUTE_MS) {
  const { engine, clock, telemetry } = anEngine();
  await putTopic(engine, "orders", {});
  await publish(engine, "orders", [{ body: "m", contentType: "text/plain" }]);
  for (const mark of (await engine.marks.list({ limit: 10 })).items) await engine.marks.remove(mark);
  const outcome = await provision(engine, noApp, EVENTS[request], clock.nowMs() + withinMs);
  const marks = (await engine.marks.list({ limit: 10 })).items.map(({ topic }) => topic.name);
  return { outcome, marks, events: telemetry.events.filter(({ name }) => name === "restored-taken-in") };
}

it.each(["Create", "Update"] as const)(
  "GIVEN restored tables WHEN it is a %s THEN their topics are looked after, and it is logged",
  async (request) => {
    const { outcome, marks, events } = await answered(request);
    expect(outcome).toEqual({ kind: "done", physicalId: "restored" });
    expect(marks).toEqual(["orders"]);
    expect(events).toMatchObject([{ level: "info", fields: { topics: 1, partitions: 1 } }]);
  },
);

it("GIVEN a rollback or a queue without them again WHEN it is a Delete THEN nothing is done", async () => {
  expect(await answered("Delete")).toEqual({
    outcome: { kind: "done", physicalId: "restored" },
    marks: [],
    events: [],
  });
});

it("GIVEN no time for all topics WHEN it ends THEN the deployment fails, and says how to go on", async () => {
  const { outcome } = await answered("Create", -1);
  expect(outcome).toMatchObject({
    kind: "failed",
    reason: expect.stringContaining("deploy again") as string,
  });
});
