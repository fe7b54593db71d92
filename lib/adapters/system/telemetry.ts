import { Logger } from "@aws-lambda-powertools/logger";
import type { Telemetry } from "../../domain/ports/telemetry.js";

/**
 * Events that are counted as well as logged, so that alarms can use them. Each name costs a metric, hence the short
 * list.
 */
const COUNTED = new Set([
  "slot-set-aside",
  "record-damaged",
  "delivery-failed",
  "sweep-failed",
  "messages-expired",
  "messages-missed",
  "message-dead-lettered",
  "breaker-opened",
  "breaker-still-open",
  "subscription-disabled",
]);
/** Count the event's `messages`, not the event. */
const COUNTED_BY_MESSAGES = new Set(["messages-expired", "messages-missed"]);

/** CloudWatch's embedded metric format: the log line itself carries the count, so no call is needed. */
const countOf = (name: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  [name]: COUNTED_BY_MESSAGES.has(name) ? Number(fields["messages"]) : 1,
  _aws: {
    Timestamp: Date.now(),
    CloudWatchMetrics: [
      { Namespace: "Sluice", Dimensions: [["service"]], Metrics: [{ Name: name, Unit: "Count" }] },
    ],
  },
});

/** Writes one JSON line for each event, with the name where log filters and metrics look for it. */
export function loggingTelemetry(serviceName: string): Telemetry {
  const logger = new Logger({ serviceName });
  return {
    event: (name, level, fields) => {
      logger[level](name, { event: name, ...fields, ...(COUNTED.has(name) ? countOf(name, fields) : {}) });
    },
  };
}
