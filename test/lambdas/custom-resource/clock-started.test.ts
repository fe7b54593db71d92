import { CLOCK_STARTED } from "../../../lambdas/custom-resource/clock-started.js";
import { provision } from "../../../lambdas/custom-resource/provision.js";
import { anEngine } from "../an-engine.js";
import { allFits, requestsOf } from "./a-request.js";

const MINUTE_MS = 60_000;
const EVENTS = requestsOf({
  type: CLOCK_STARTED,
  logicalId: "ClockStarted",
  physicalId: "clock-started",
});

/** What CloudFormation is told, and after how long. */
async function answered(request: "Create" | "Update" | "Delete") {
  const made = anEngine();
  const startedMs = made.clock.nowMs();
  const noApp = (): never => {
    throw new Error("it calls no API");
  };
  const outcome = await provision(made.engine, noApp, EVENTS[request], startedMs + 6 * MINUTE_MS, allFits);
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
