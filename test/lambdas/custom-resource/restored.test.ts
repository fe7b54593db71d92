import { provision } from "../../../lambdas/custom-resource/provision.js";
import { RESTORED } from "../../../lambdas/custom-resource/restored.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { publish } from "../../../lib/operations/publish/publish.js";
import { anEngine } from "../an-engine.js";
import type { Unfit } from "../../../lib/domain/given-storage.js";
import type { Given } from "../../../lib/given-storage.js";
import { allFits, requestsOf } from "./a-request.js";

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
async function answered(
  request: keyof typeof EVENTS,
  withinMs = 6 * MINUTE_MS,
  look = allFits,
  events = EVENTS,
) {
  const { engine, clock, telemetry } = anEngine();
  await putTopic(engine, "orders", {});
  await publish(engine, "orders", [{ body: "m", contentType: "text/plain" }]);
  for (const mark of (await engine.marks.list({ limit: 10 })).items) await engine.marks.remove(mark);
  const startedMs = clock.nowMs();
  const outcome = await provision(engine, noApp, events[request], clock.nowMs() + withinMs, look);
  const tookMs = clock.nowMs() - startedMs;
  const marks = (await engine.marks.list({ limit: 10 })).items.map(({ topic }) => topic.name);
  const told = telemetry.events.filter(({ name }) => name === "restored-taken-in");
  return { outcome, marks, events: told, tookMs };
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
  expect(await answered("Delete")).toMatchObject({
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

describe("the settings of what was given", () => {
  const LOG_STREAM = "arn:aws:dynamodb:eu-central-1:111111111111:table/log/stream/1";
  const given = (at: string, before: string) =>
    requestsOf({
      ...{ type: RESTORED, logicalId: "Restored", physicalId: "restored" },
      properties: { RestoredAt: at, Given: ["log", "bucket"], LogStream: LOG_STREAM },
      before: { RestoredAt: before },
    });
  const LATER = given("2026-03-01T12:00:00.000Z", "2026-02-01T12:00:00.000Z");
  const BACK = given("2026-02-01T12:00:00.000Z", "2026-03-01T12:00:00.000Z");

  const looking = (...found: readonly (Unfit | Error)[]) => {
    const asked: Given[] = [];
    return {
      asked,
      look: (what: Given): Promise<Unfit> => {
        const answer = found[Math.min(asked.push(what), found.length) - 1] as Unfit | Error;
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
  };

  it("GIVEN what does not fit THEN the deployment fails, says all of it, and touches nothing", async () => {
    const { look, asked } = looking({ faults: ["the log has no stream", "its TTL is wrong"], notes: [] });
    const { outcome, marks } = await answered("Create", MINUTE_MS, look, LATER);
    expect(asked).toEqual([{ stores: ["log", "bucket"], logStream: LOG_STREAM }]);
    expect(outcome).toMatchObject({
      kind: "failed",
      reason: "the log has no stream; its TTL is wrong. Then deploy again",
    });
    expect(marks).toEqual([]);
  });

  it("GIVEN what only costs THEN it is done, and whoever deploys is told", async () => {
    const { look } = looking({ faults: [], notes: ["the log has no TTL"] });
    const { outcome, marks } = await answered("Update", MINUTE_MS, look, LATER);
    expect(outcome).toEqual({ kind: "done", physicalId: "restored", notes: ["the log has no TTL"] });
    expect(marks).toEqual(["orders"]);
  });

  it("GIVEN a rollback to what was given before THEN that is not judged again", async () => {
    const { look, asked } = looking({ faults: ["the log has no stream"], notes: [] });
    const { outcome } = await answered("Update", MINUTE_MS, look, BACK);
    expect([outcome.kind, asked]).toEqual(["done", []]);
  });

  it("GIVEN an app of before this check THEN nothing is looked at", async () => {
    const { look, asked } = looking({ faults: ["the log has no stream"], notes: [] });
    const { outcome } = await answered("Create", MINUTE_MS, look);
    expect([outcome.kind, asked]).toEqual(["done", []]);
  });

  it("GIVEN a permission that is not known everywhere yet THEN it looks again", async () => {
    const { look, asked } = looking(new Error("denied"), new Error("denied"), {
      faults: ["wrong"],
      notes: [],
    });
    const { outcome, tookMs } = await answered("Create", MINUTE_MS, look, LATER);
    expect([outcome.kind, asked.length, tookMs]).toEqual(["failed", 3, 10_000]);
  });

  it("GIVEN that it cannot look THEN a restore goes on, and whoever deploys is told", async () => {
    const { look } = looking(new Error("denied"));
    const { outcome } = await answered("Create", MINUTE_MS, look, LATER);
    expect(outcome).toMatchObject({ kind: "done", notes: [expect.stringContaining("denied") as string] });
  });
});
