import { Logger } from "@aws-lambda-powertools/logger";
import type { Telemetry } from "../../domain/ports/telemetry.js";

/** Counted as well as logged: what an alarm may stand on. Each name costs a metric, so it is these and no other. */
const COUNTED = new Set([
  "slot-set-aside",
  "record-damaged",
  "delivery-failed",
  "sweep-failed",
  "messages-expired",
]);
/** Of these it is the messages that count, not the events. */
const COUNTED_BY_MESSAGES = new Set(["messages-expired"]);

/** CloudWatch's embedded metric format: the log line itself is the count, and no call is made for it. */
const countOf = (name: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  [name]: COUNTED_BY_MESSAGES.has(name) ? Number(fields["messages"]) : 1,
  _aws: {
    Timestamp: Date.now(),
    CloudWatchMetrics: [
      { Namespace: "Sluice", Dimensions: [["service"]], Metrics: [{ Name: name, Unit: "Count" }] },
    ],
  },
});

/** One JSON line an event, with its name where log filters and metrics look for it. */
export function loggingTelemetry(serviceName: string): Telemetry {
  const logger = new Logger({ serviceName });
  return {
    event: (name, level, fields) => {
      logger[level](name, { event: name, ...fields, ...(COUNTED.has(name) ? countOf(name, fields) : {}) });
    },
  };
}
