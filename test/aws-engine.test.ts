import { noSegments } from "../lib/adapters/no-segments.js";
import { type Environment, engineFor, telemetryOptionsIn } from "../lib/aws-engine.js";

const COMPLETE: Environment = {
  AWS_REGION: "us-east-1",
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
  SLUICE_LOG_TABLE: "log",
  SLUICE_STATE_TABLE: "state",
  SLUICE_OUTBOX_TABLE: "outbox",
  SLUICE_BUCKET: "bucket",
  SLUICE_PUMP_FUNCTION: "pump",
  SLUICE_CLOCK_FUNCTION: "clock",
  SLUICE_QUEUE: "Shop-Queue",
};

it("takes the inline limit from the environment, or its default", () => {
  expect(engineFor(COMPLETE, noSegments).settings.inlineLimitBytes).toBe(10_240);
  const told = { ...COMPLETE, SLUICE_INLINE_LIMIT_BYTES: "65536" };
  expect(engineFor(told, noSegments).settings.inlineLimitBytes).toBe(65_536);
});

it("names everything that is missing at once", () => {
  const { SLUICE_LOG_TABLE: _, ...rest } = COMPLETE;
  expect(() => engineFor({ ...rest, SLUICE_BUCKET: "" }, noSegments)).toThrow(
    "missing in the environment: SLUICE_LOG_TABLE, SLUICE_BUCKET (the Sluice construct sets them)",
  );
});

it("takes the limit of uploads from the environment, or S3's", () => {
  expect(engineFor(COMPLETE, noSegments).settings.uploadLimitBytes).toBe(5 * 1024 ** 3);
  const told = { ...COMPLETE, SLUICE_UPLOAD_LIMIT_BYTES: "1000000" };
  expect(engineFor(told, noSegments).settings.uploadLimitBytes).toBe(1_000_000);
});

it.each(["ten", "-1", "1.5"])("turns down an inline limit of %s", (text) => {
  const environment = { ...COMPLETE, SLUICE_INLINE_LIMIT_BYTES: text };
  expect(() => engineFor(environment, noSegments)).toThrow(`SLUICE_INLINE_LIMIT_BYTES is "${text}"`);
});

it("takes the time of a restore from the environment, and turns down what is none", () => {
  expect(engineFor(COMPLETE, noSegments).settings.restoredAtMs).toBe(0);
  const told = { ...COMPLETE, SLUICE_RESTORED_AT: "2026-03-01T12:00:00.000Z" };
  expect(engineFor(told, noSegments).settings.restoredAtMs).toBe(Date.UTC(2026, 2, 1, 12));
  const wrong = { ...COMPLETE, SLUICE_RESTORED_AT: "lately" };
  expect(() => engineFor(wrong, noSegments)).toThrow('SLUICE_RESTORED_AT is "lately"');
});

it("gives half of the function's memory to decoded messages", () => {
  const { settings, budget } = engineFor({ ...COMPLETE, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512" }, noSegments);
  expect(settings.decodedBytes).toBe(256 * 1_024 * 1_024);
  expect(budget.limitBytes).toBe(224 * 1_024 * 1_024);
});

it("GIVEN no word on metrics WHEN they are published THEN by the queue alone", () => {
  expect(telemetryOptionsIn(COMPLETE)).toEqual({ queue: "Shop-Queue", detail: "queue" });
  const told = { ...COMPLETE, SLUICE_METRICS: "subscription" };
  expect(telemetryOptionsIn(told)).toEqual({ queue: "Shop-Queue", detail: "subscription" });
  expect(() => engineFor({ ...COMPLETE, SLUICE_METRICS: "all" }, noSegments)).toThrow(
    'SLUICE_METRICS is "all": use queue, topic, subscription',
  );
});
