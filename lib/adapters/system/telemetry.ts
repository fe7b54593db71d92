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
  "delayed-message-lost",
  "delayed-messages-published",
  "messages-deduplicated",
  "atomic-publish-gave-up",
  "breaker-opened",
  "breaker-still-open",
  "subscription-disabled",
  "outbox-message-refused",
  "outbox-stranded",
]);
/** Count the event's `messages`, not the event. */
const COUNTED_BY_MESSAGES = new Set([
  "messages-expired",
  "messages-missed",
  "delayed-messages-published",
  "messages-deduplicated",
]);
/** Measure this field of the event, under a name of its own, instead of counting. */
const MEASURED: Readonly<Record<string, { readonly field: string; readonly metric: string }>> = {
  "outbox-stranded": { field: "oldestSeconds", metric: "outbox-oldest-seconds" },
};

/** The names of all metrics, in the namespace `Sluice`. */
export const METRICS: readonly string[] = [...COUNTED].map((name) => MEASURED[name]?.metric ?? name);

/** CloudWatch's embedded metric format: the log line itself carries the count, so no call is needed. */
function countOf(name: string, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { field, metric = name } = MEASURED[name] ?? {};
  const value = field === undefined ? countedIn(name, fields) : Number(fields[field]);
  const metrics = [{ Name: metric, Unit: field === undefined ? "Count" : "Seconds" }];
  return {
    [metric]: value,
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: "Sluice", Dimensions: [["service"]], Metrics: metrics }],
    },
  };
}

const countedIn = (name: string, fields: Readonly<Record<string, unknown>>): number =>
  COUNTED_BY_MESSAGES.has(name) ? Number(fields["messages"]) : 1;

/** Writes one JSON line for each event, with the name where log filters and metrics look for it. */
export function loggingTelemetry(serviceName: string): Telemetry {
  const logger = new Logger({ serviceName });
  return {
    event: (name, level, fields) => {
      logger[level](name, { event: name, ...fields, ...(COUNTED.has(name) ? countOf(name, fields) : {}) });
    },
  };
}
