/** Where the functions' metrics are, and the one dimension that they have. */
export const METRIC_NAMESPACE = "Sluice";
export const METRIC_DIMENSION = "service";
export const SERVICE_NAME = "sluice";

/**
 * Events that are counted as well as logged, so that alarms can use them. Each name costs a metric, hence the short
 * list.
 */
const COUNTED = [
  "slot-set-aside",
  "record-damaged",
  "delivery-failed",
  "sweep-failed",
  "messages-expired",
  "messages-missed",
  "message-dead-lettered",
  "key-held",
  "delayed-message-lost",
  "delayed-messages-published",
  "messages-deduplicated",
  "atomic-publish-gave-up",
  "breaker-opened",
  "breaker-still-open",
  "subscription-disabled",
  "outbox-message-refused",
] as const;
/** Count the event's `messages`, not the event. */
const COUNTED_BY_MESSAGES: ReadonlySet<string> = new Set<MetricName>([
  "messages-expired",
  "messages-missed",
  "delayed-messages-published",
  "messages-deduplicated",
]);
/** Measure this field of the event, under a name of its own, instead of counting. */
const MEASURED = {
  "outbox-stranded": { field: "oldestSeconds", metric: "outbox-oldest-seconds" },
} as const;

/** A metric that the functions publish. */
export type MetricName = (typeof COUNTED)[number] | (typeof MEASURED)[keyof typeof MEASURED]["metric"];

export interface EventMetric {
  readonly metric: MetricName;
  readonly unit: "Count" | "Seconds";
  /** The event's field that has the value; undefined: each event counts as one. */
  readonly field: string | undefined;
}

/** By the name of the event. */
export const METRICS: ReadonlyMap<string, EventMetric> = new Map<string, EventMetric>([
  ...COUNTED.map((metric): [string, EventMetric] => [
    metric,
    { metric, unit: "Count", field: COUNTED_BY_MESSAGES.has(metric) ? "messages" : undefined },
  ]),
  ...Object.entries(MEASURED).map(([event, measured]): [string, EventMetric] => [
    event,
    { ...measured, unit: "Seconds" },
  ]),
]);
