import { CLOCK_STARTED } from "../../../lambdas/custom-resource/clock-started.js";
import { provision } from "../../../lambdas/custom-resource/provision.js";
import { anEngine } from "../an-engine.js";

const MINUTE_MS = 60_000;
const common = {
  ServiceToken: "arn",
  ResponseURL: "http://nowhere",
  StackId: "stack",
  RequestId: "request-1",
  LogicalResourceId: "ClockStarted",
  ResourceType: CLOCK_STARTED,
  ResourceProperties: { ServiceToken: "arn" },
};

/** What CloudFormation is told, and after how long. */
async function answered(request: "Create" | "Update" | "Delete") {
  const made = anEngine();
  const startedMs = made.clock.nowMs();
  const known = { PhysicalResourceId: "clock-started" };
  const event = {
    Create: { ...common, RequestType: "Create" as const },
    Update: {
      ...common,
      ...known,
      RequestType: "Update" as const,
      OldResourceProperties: { ServiceToken: "arn" },
    },
    Delete: { ...common, ...known, RequestType: "Delete" as const },
  }[request];
  const noApp = (): never => {
    throw new Error("it calls no API");
  };
  const outcome = await provision(made.engine, noApp, event, startedMs + 6 * MINUTE_MS);
  return { outcome, tookMs: made.clock.nowMs() - startedMs };
}

it("GIVEN a new queue WHEN its clock's rule is there THEN the alarm waits until its runs can be seen", async () => {
  const { outcome, tookMs } = await answered("Create");
  expect(outcome).toEqual({ kind: "done", physicalId: "clock-started" });
  expect(tookMs).toBeGreaterThanOrEqual(3 * MINUTE_MS);
  expect(tookMs).toBeLessThan(5 * MINUTE_MS);
});

it.each(["Update", "Delete"] as const)(
  "GIVEN one that runs WHEN it is a %s THEN nothing is waited for",
  async (request) => {
    expect(await answered(request)).toEqual({
      outcome: { kind: "done", physicalId: "clock-started" },
      tookMs: 0,
    });
  },
);
