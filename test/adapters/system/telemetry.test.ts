import { loggingTelemetry } from "../../../lib/adapters/system/telemetry.js";
import type { Telemetry } from "../../../lib/domain/ports/telemetry.js";

/** What is written to stdout and stderr meanwhile, as lines of JSON. */
function linesOf(run: (telemetry: Telemetry) => void): Record<string, unknown>[] {
  const written: string[] = [];
  const take = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map((out) =>
    jest.spyOn(out, "write").mockImplementation(take),
  );
  try {
    run(loggingTelemetry("sluice"));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("telemetry", () => {
  it("is one line of JSON an event, with its name, level and fields", () => {
    const lines = linesOf((telemetry) => {
      telemetry.event("pump-ended", "info", { topic: "orders", started: 3 });
      telemetry.event("doorbell-failed", "warn", { topic: "carts" });
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: "INFO",
        event: "pump-ended",
        service: "sluice",
        topic: "orders",
        started: 3,
      }),
      expect.objectContaining({ level: "WARN", event: "doorbell-failed", topic: "carts" }),
    ]);
    expect(lines[0]).not.toHaveProperty("_aws");
  });

  it("counts the messages that expired, not the times that it tells of some", () => {
    const [line] = linesOf((telemetry) => telemetry.event("messages-expired", "warn", { messages: 17 }));
    expect(line).toMatchObject({ messages: 17, "messages-expired": 17, _aws: expect.any(Object) as object });
  });

  it("is a count for CloudWatch too, where an alarm may stand on it", () => {
    const [line] = linesOf((telemetry) => telemetry.event("slot-set-aside", "error", { topic: "orders" }));
    expect(line).toMatchObject({
      service: "sluice",
      "slot-set-aside": 1,
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: "Sluice",
            Dimensions: [["service"]],
            Metrics: [{ Name: "slot-set-aside", Unit: "Count" }],
          },
        ],
      },
    });
  });
});
