import { Duration, Names } from "aws-cdk-lib";
import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import {
  METRICS,
  METRICS_BY_NAME,
  METRIC_DETAILS,
  METRIC_NAMESPACE,
  type MetricDetail,
  type MetricName,
  dimensionsOf,
} from "../lib/domain/metrics.js";
import type { Construct } from "constructs";
import { Checks } from "./check.js";
import type { ISluice } from "./queue.js";

/** The metrics that Sluice's functions publish. */
export const METRIC_NAMES: readonly MetricName[] = [...METRICS_BY_NAME.keys()];

/** The metrics that are told apart so far, where the deployment asks for it. */
export const metricsBy = (detail: MetricDetail): readonly MetricName[] => {
  const rank = (each: MetricDetail): number => METRIC_DETAILS.indexOf(each);
  const events = [...METRICS.values()].filter(
    ({ coarsest, finest }) => rank(coarsest) <= rank(detail) && rank(detail) <= rank(finest),
  );
  return [...new Set(events.flatMap(({ metrics }) => metrics.map(({ metric }) => metric)))];
};

/** The clock looks at what waits for a consumer every ten minutes at least. A shorter period may have no data. */
export const WAITING_PERIOD = Duration.minutes(15);
const isWaiting = (name: MetricName): boolean => name === "backlog" || name === "oldest-unacked-seconds";

/** What a metric is of: the whole queue, a topic or a subscription. */
export interface MetricOf {
  readonly topic?: string;
  readonly subscription?: string;
}

/**
 * A metric that the queue's functions publish.
 * @throws {Error} for one that they do not: not under this name, or not told apart so far
 */
export function metricOf(
  queue: ISluice,
  metricName: MetricName,
  options: MetricOptions = {},
  of: MetricOf = {},
): Metric {
  const checks = new Checks(queue);
  checks.oneOf("metric", metricName, METRIC_NAMES);
  const detail = of.subscription !== undefined ? "subscription" : of.topic !== undefined ? "topic" : "queue";
  if (METRIC_DETAILS.indexOf(detail) > METRIC_DETAILS.indexOf(queue.metrics))
    checks.refuse(
      `metrics is "${queue.metrics}", so that no metric of a ${detail} has data: use metrics: "${detail}" ` +
        "(docs/cost.md has what that costs)",
    );
  if (!metricsBy(detail).includes(metricName))
    checks.refuse(
      `metric "${metricName}" is not told apart by ${detail}: use ${metricsBy(detail).join(", ")}`,
    );
  const values = { queue: queue.queueName, ...of };
  return new Metric({
    statistic: METRICS_BY_NAME.get(metricName)?.statistic ?? "Sum",
    period: isWaiting(metricName) ? WAITING_PERIOD : Duration.minutes(5),
    ...options,
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: Object.fromEntries(dimensionsOf(detail).map((name) => [name, String(values[name])])),
  });
}

const NAME_CHARACTERS = 80;

/** By its stack's name, which is unique in the account and region, and its path in the stack. */
export const queueNameOf = (queue: Construct): string =>
  Names.uniqueResourceName(queue, {
    maxLength: NAME_CHARACTERS,
    separator: "-",
    allowedSpecialCharacters: "-_",
  });
