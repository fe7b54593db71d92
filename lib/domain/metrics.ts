/** Where the functions' metrics are. */
export const METRIC_NAMESPACE = "Sluice";
/** What the functions call themselves in their logs. */
export const SERVICE_NAME = "sluice";

/**
 * How far metrics are told apart (decision 52). Each is a dimension, and an event's field of the same name has its
 * value; a metric of a subscription has those of its topic and its queue as well.
 */
export const METRIC_DETAILS = ["queue", "topic", "subscription"] as const;
/** How far metrics are told apart. */
export type MetricDetail = (typeof METRIC_DETAILS)[number];

/**
 * Events that are counted as well as logged, so that alarms can use them, each with the finest dimension that it names.
 * Each is a metric that costs something, hence the short list.
 */
const COUNTED = {
  "slot-set-aside": "topic",
  "record-damaged": "queue",
  "delivery-failed": "subscription",
  "sweep-failed": "subscription",
  "messages-expired": "subscription",
  "messages-missed": "topic",
  "message-dead-lettered": "subscription",
  "key-held": "subscription",
  "messages-replayed": "subscription",
  "delayed-message-lost": "topic",
  "delayed-messages-published": "topic",
  "messages-deduplicated": "topic",
  "schema-violated": "topic",
  "atomic-publish-gave-up": "queue",
  "breaker-opened": "subscription",
  "breaker-still-open": "subscription",
  "subscription-disabled": "subscription",
  "outbox-message-refused": "topic",
  "journal-failed": "subscription",
  "message-erased": "topic",
  "erasing-incomplete": "topic",
  "schedule-ran": "topic",
  "schedule-run-made-up": "topic",
  "schedule-run-failed": "topic",
  "schedule-run-refused": "topic",
  "upload-requested": "topic",
  "uploads-taken": "topic",
  "uploads-refused": "topic",
} as const satisfies Readonly<Record<string, MetricDetail>>;
type CountedEvent = keyof typeof COUNTED;
/** Count the event's `messages`, not the event. */
const COUNTED_BY_MESSAGES: ReadonlySet<string> = new Set<CountedEvent>([
  "messages-expired",
  "messages-missed",
  "messages-replayed",
  "delayed-messages-published",
  "messages-deduplicated",
  "schema-violated",
  "journal-failed",
  "uploads-taken",
  "uploads-refused",
]);

/** A metric that the functions publish. */
export type MetricName =
  | CountedEvent
  | "messages-published"
  | "deliveries-started"
  | "backlog"
  | "oldest-unacked-seconds"
  | "outbox-oldest-seconds";

export interface EventMetric {
  readonly metric: MetricName;
  readonly unit: "Count" | "Seconds";
  /** The event's field that has the value; undefined: each event counts as one. */
  readonly field: string | undefined;
  /** What is left of several values: those of a gauge do not add up. */
  readonly statistic: "Sum" | "Maximum";
}

/** What is measured of an event. */
export interface MeasuredEvent {
  readonly metrics: readonly EventMetric[];
  /** The coarsest and the finest dimension that it is measured by, as far as the deployment asks for. */
  readonly coarsest: MetricDetail;
  readonly finest: MetricDetail;
  /** It is told for its metrics alone: where none is asked for it is not logged. */
  readonly isMetricOnly?: true;
}

const WAITING: readonly EventMetric[] = [
  { metric: "backlog", unit: "Count", field: "backlog", statistic: "Maximum" },
  { metric: "oldest-unacked-seconds", unit: "Seconds", field: "oldestSeconds", statistic: "Maximum" },
];
const PUBLISHED: readonly EventMetric[] = [
  { metric: "messages-published", unit: "Count", field: "messages", statistic: "Sum" },
];

const MEASURED: Readonly<Record<string, MeasuredEvent>> = {
  "outbox-stranded": {
    metrics: [
      { metric: "outbox-oldest-seconds", unit: "Seconds", field: "oldestSeconds", statistic: "Maximum" },
    ],
    coarsest: "queue",
    finest: "topic",
  },
  dispatched: { metrics: PUBLISHED, coarsest: "queue", finest: "queue" },
  "topic-rang": { metrics: PUBLISHED, coarsest: "topic", finest: "topic", isMetricOnly: true },
  "pump-ended": {
    metrics: [{ metric: "deliveries-started", unit: "Count", field: "started", statistic: "Sum" }],
    coarsest: "queue",
    finest: "subscription",
  },
  "topic-backlog": { metrics: WAITING, coarsest: "queue", finest: "topic", isMetricOnly: true },
  "subscription-backlog": {
    metrics: WAITING,
    coarsest: "subscription",
    finest: "subscription",
    isMetricOnly: true,
  },
};

const countedOf = (metric: CountedEvent): MeasuredEvent => {
  const field = COUNTED_BY_MESSAGES.has(metric) ? "messages" : undefined;
  return {
    metrics: [{ metric, unit: "Count", field, statistic: "Sum" }],
    coarsest: "queue",
    finest: COUNTED[metric],
  };
};

/** By the name of the event. */
export const METRICS: ReadonlyMap<string, MeasuredEvent> = new Map<string, MeasuredEvent>([
  ...(Object.keys(COUNTED) as CountedEvent[]).map((name) => [name, countedOf(name)] as const),
  ...Object.entries(MEASURED),
]);

/** Each metric once. */
export const METRICS_BY_NAME: ReadonlyMap<MetricName, EventMetric> = new Map(
  [...METRICS.values()].flatMap(({ metrics }) => metrics.map((each) => [each.metric, each] as const)),
);

/** The dimensions of a metric that is told apart so far, the coarsest first. */
export const dimensionsOf = (detail: MetricDetail): readonly MetricDetail[] =>
  METRIC_DETAILS.slice(0, METRIC_DETAILS.indexOf(detail) + 1);

/**
 * The sets of dimensions by which one event is measured, in a deployment that asks for `detail`: as far as the event
 * says what it is about.
 */
export function dimensionSetsOf(
  { coarsest, finest }: MeasuredEvent,
  fields: Readonly<Record<string, unknown>>,
  detail: MetricDetail,
): readonly (readonly MetricDetail[])[] {
  const rank = (each: MetricDetail): number => METRIC_DETAILS.indexOf(each);
  return METRIC_DETAILS.filter((each) => rank(each) >= rank(coarsest))
    .filter((each) => rank(each) <= Math.min(rank(finest), rank(detail)))
    .map(dimensionsOf)
    .filter((names) => names.every((name) => name === "queue" || typeof fields[name] === "string"));
}
