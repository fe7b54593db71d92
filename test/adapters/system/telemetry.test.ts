import { loggingTelemetry } from "../../../lib/adapters/system/telemetry.js";
import type { MetricDetail } from "../../../lib/domain/metrics.js";
import type { Telemetry } from "../../../lib/domain/ports/telemetry.js";

/** What is written to stdout and stderr meanwhile, as lines of JSON. */
function linesOf(
  run: (telemetry: Telemetry) => void,
  detail: MetricDetail = "queue",
): Record<string, unknown>[] {
  const written: string[] = [];
  const take = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map((out) =>
    jest.spyOn(out, "write").mockImplementation(take),
  );
  try {
    run(loggingTelemetry({ queue: "Shop-Queue", detail }));
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("telemetry", () => {
  it("is one line of JSON an event, with its name, level and fields", () => {
    const lines = linesOf((telemetry) => {
      telemetry.event("redrive-ended", "info", { topic: "orders", moved: 3 });
      telemetry.event("doorbell-failed", "warn", { topic: "carts" });
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: "INFO",
        event: "redrive-ended",
        service: "sluice",
        topic: "orders",
        moved: 3,
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
      queue: "Shop-Queue",
      "slot-set-aside": 1,
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: "Sluice",
            Dimensions: [["queue"]],
            Metrics: [{ Name: "slot-set-aside", Unit: "Count" }],
          },
        ],
      },
    });
  });

  it("is told apart by topic and subscription where the deployment asks for it, in the same line", () => {
    const [line, ...others] = linesOf(
      (telemetry) => telemetry.event("delivery-failed", "warn", { topic: "orders", subscription: "audit" }),
      "subscription",
    );
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      ...{ queue: "Shop-Queue", topic: "orders", subscription: "audit", "delivery-failed": 1 },
      _aws: {
        CloudWatchMetrics: [
          { Dimensions: [["queue"], ["queue", "topic"], ["queue", "topic", "subscription"]] },
        ],
      },
    });
  });

  it("writes no line for what is told for metrics that nobody asked for", () => {
    const fields = { topic: "orders", subscription: "audit", backlog: 7, oldestSeconds: 90 };
    const tell = (telemetry: Telemetry) => telemetry.event("subscription-backlog", "info", fields);
    expect(linesOf(tell)).toEqual([]);
    const [line] = linesOf(tell, "subscription");
    expect(line).toMatchObject({
      ...{ backlog: 7, "oldest-unacked-seconds": 90 },
      _aws: {
        CloudWatchMetrics: [
          {
            Metrics: [
              { Name: "backlog", Unit: "Count" },
              { Name: "oldest-unacked-seconds", Unit: "Seconds" },
            ],
          },
        ],
      },
    });
  });
});
