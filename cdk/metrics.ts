import { Duration } from "aws-cdk-lib";
import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import {
  METRICS,
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  type MetricName,
  SERVICE_NAME,
} from "../lib/domain/metrics.js";

const BY_NAME = new Map([...METRICS.values()].map((each) => [each.metric, each]));

/** The metrics that Sluice's functions publish. */
export const METRIC_NAMES: readonly MetricName[] = [...BY_NAME.keys()];

/** What all functions together, of all queues in the account and region, publish under this name. */
export function metricOf(metricName: MetricName, options: MetricOptions = {}): Metric {
  return new Metric({
    statistic: BY_NAME.get(metricName)?.unit === "Seconds" ? "Maximum" : "Sum",
    period: Duration.minutes(5),
    ...options,
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [METRIC_DIMENSION]: SERVICE_NAME },
  });
}
