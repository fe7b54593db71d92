import { Duration } from "aws-cdk-lib";
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  type Metric,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import type { MetricDetail, MetricName } from "../lib/domain/metrics.js";
import { METRICS_BY_NAME, METRIC_NAMESPACE, dimensionsOf } from "../lib/domain/metrics.js";
import type { Endpoint } from "./endpoint.js";
import type { Functions } from "./functions.js";
import type { MeasuredLog } from "./measured.js";
import { WAITING_PERIOD } from "./metrics.js";
import type { ISluice } from "./queue.js";
import type { SluiceFunction } from "./sluice-function.js";

/** A queue of this app, with what it is made of. */
export interface WatchedQueue extends ISluice, MeasuredLog {
  readonly functions: Functions;
  readonly endpoint: Endpoint;
  readonly logTable: ITable;
  readonly stateTable: ITable;
  readonly outboxTable: ITable;
}

/** Settings of a dashboard. */
export interface SluiceDashboardOptions {
  /** @default - CloudFormation gives it one */
  readonly dashboardName?: string;
}

/** What a dashboard shows. */
export interface SluiceDashboardProps extends SluiceDashboardOptions {
  readonly queue: WatchedQueue;
}

const PERIOD = Duration.minutes(5);
/** A dashboard is 24 columns wide. */
const WIDTH = 8;
const HEIGHT = 6;

/**
 * A dashboard of a queue: what flows, what waits, what fails, and what the queue itself does. With metrics by topic or
 * by subscription, each of them has its line, also those that are made over the API.
 */
export class SluiceDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: SluiceDashboardProps) {
    super(scope, id);
    const { queue, dashboardName } = props;
    this.dashboard = new Dashboard(this, "Resource", {
      ...(dashboardName === undefined ? {} : { dashboardName }),
      defaultInterval: Duration.hours(3),
      widgets: [
        [heading(`# Sluice: ${queue.queueName}\nWhat flows, what waits, and what fails`)],
        ofMessages(queue),
        ofFailures(queue),
        ...apart(queue),
        [heading("## The queue itself")],
        ofTheApi(queue),
        ofTheStore(queue),
      ],
    });
  }
}

const heading = (markdown: string): IWidget => new TextWidget({ markdown, width: 3 * WIDTH, height: 2 });

const graph = (title: string, left: readonly IMetric[], label = "in five minutes"): IWidget =>
  new GraphWidget({
    title,
    left: [...left],
    leftYAxis: { min: 0, label, showUnits: false },
    width: WIDTH,
    height: HEIGHT,
  });

const ofMessages = (queue: WatchedQueue): IWidget[] => [
  graph("Published and delivered", [
    queue.metricPublished({ label: "messages published" }),
    queue.metricDeliveries({ label: "deliveries begun" }),
  ]),
  graph("Oldest message", [queue.metricAge({ label: "not acknowledged" })], "seconds"),
  graph("Backlog", [queue.metricBacklog({ label: "of the subscription with the most" })], "messages"),
];

const ofFailures = (queue: WatchedQueue): IWidget[] => [
  graph("Failures", [
    queue.metricFailures({ label: "deliveries that failed" }),
    queue.metricDeadLetters({ label: "dead letters" }),
    queue.metricExpired({ label: "expired" }),
  ]),
  graph("Targets that take nothing", [
    queue.metric("breaker-opened", { label: "fell asleep" }),
    queue.metric("breaker-still-open", { label: "tried in vain" }),
    queue.metric("subscription-disabled", { label: "disabled" }),
  ]),
  graph(
    "Outbox",
    [queue.metric("outbox-oldest-seconds", { label: "oldest message that waits too long" })],
    "seconds",
  ),
];

/** The finest that the queue has: a line for each topic, or each subscription. */
function apart(queue: WatchedQueue): IWidget[][] {
  const detail = queue.metrics;
  if (detail === "queue") return [];
  const graphOf = (title: string, name: MetricName, label: string): IWidget =>
    graph(`${title} by ${detail}`, [searched(queue, name, detail)], label);
  return [
    [
      graphOf("Oldest message", "oldest-unacked-seconds", "seconds"),
      graphOf("Backlog", "backlog", "messages"),
      graphOf("Failed deliveries", "delivery-failed", "in five minutes"),
    ],
  ];
}

/** Whatever has data: which topics and subscriptions there will be is not known at synthesis. */
function searched({ queueName }: WatchedQueue, name: MetricName, detail: MetricDetail): IMetric {
  const schema = [METRIC_NAMESPACE, ...dimensionsOf(detail)].join(",");
  const statistic = METRICS_BY_NAME.get(name)?.statistic ?? "Sum";
  const period = statistic === "Maximum" ? WAITING_PERIOD : PERIOD;
  const query = `{${schema}} queue="${queueName}" MetricName="${name}"`;
  return new MathExpression({
    expression: `SEARCH('${query}', '${statistic}', ${period.toSeconds()})`,
    usingMetrics: {},
    label: detail === "topic" ? "${PROP('Dim.topic')}" : "${PROP('Dim.topic')} / ${PROP('Dim.subscription')}",
    period,
  });
}

function ofTheApi({ endpoint, functions }: WatchedQueue): IWidget[] {
  const parts: readonly (readonly [string, SluiceFunction | undefined])[] = [
    ["API", functions.api],
    ["receive", functions.receive],
    ["dispatcher", functions.dispatcher],
    ["pump", functions.pump],
    ["clock", functions.clock],
    ["relay", functions.relay],
  ];
  const each = (metric: (one: SluiceFunction["function"], label: string) => Metric): Metric[] =>
    parts.flatMap(([label, one]) => (one ? [metric(one.function, label)] : []));
  return [
    graph("Requests", [
      endpoint.measured.metricCount({ label: "all", statistic: "Sum", period: PERIOD }),
      endpoint.measured.metricClientError({ label: "4xx", statistic: "Sum", period: PERIOD }),
      endpoint.serverErrors({ label: "5xx", statistic: "Sum", period: PERIOD }),
    ]),
    graph(
      "Errors of functions",
      each((one, label) => one.metricErrors({ label, period: PERIOD })),
    ),
    graph(
      "Runs of functions",
      each((one, label) => one.metricInvocations({ label, period: PERIOD })),
    ),
  ];
}

function ofTheStore({ endpoint, logTable, stateTable, outboxTable }: WatchedQueue): IWidget[] {
  const tables = [
    ["log", logTable],
    ["state", stateTable],
    ["outbox", outboxTable],
  ] as const;
  const each = (...names: readonly string[]): Metric[] =>
    tables.flatMap(([label, table]) =>
      names.map((name) =>
        table.metric(name, {
          label: `${label}: ${name.includes("Read") ? "read" : "written"}`,
          statistic: "Sum",
          period: PERIOD,
        }),
      ),
    );
  return [
    graph(
      "Latency of requests",
      ["p50", "p99"].map((statistic) =>
        endpoint.measured.metricLatency({ label: statistic, statistic, period: PERIOD }),
      ),
      "milliseconds",
    ),
    graph("Throttled by DynamoDB", each("ReadThrottleEvents", "WriteThrottleEvents")),
    graph("Units of DynamoDB", each("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")),
  ];
}
