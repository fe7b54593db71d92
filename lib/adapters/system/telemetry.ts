import { Logger } from "@aws-lambda-powertools/logger";
import type { Telemetry } from "../../domain/ports/telemetry.js";
import { type EventMetric, METRICS, METRIC_DIMENSION, METRIC_NAMESPACE } from "../../domain/metrics.js";

/** CloudWatch's embedded metric format: the log line itself carries the count, so no call is needed. */
function embedded(
  { metric, unit, field }: EventMetric,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    [metric]: field === undefined ? 1 : Number(fields[field]),
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[METRIC_DIMENSION]],
          Metrics: [{ Name: metric, Unit: unit }],
        },
      ],
    },
  };
}

/** Writes one JSON line for each event, with the name where log filters and metrics look for it. */
export function loggingTelemetry(serviceName: string): Telemetry {
  const logger = new Logger({ serviceName });
  return {
    event: (name, level, fields) => {
      const metric = METRICS.get(name);
      logger[level](name, { event: name, ...fields, ...(metric ? embedded(metric, fields) : {}) });
    },
  };
}
