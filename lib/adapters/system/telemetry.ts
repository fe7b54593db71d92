import { Logger } from "@aws-lambda-powertools/logger";
import type { Telemetry } from "../../domain/ports/telemetry.js";
import {
  type MeasuredEvent,
  METRICS,
  METRIC_NAMESPACE,
  type MetricDetail,
  SERVICE_NAME,
  dimensionSetsOf,
} from "../../domain/metrics.js";

type Fields = Readonly<Record<string, unknown>>;

export interface TelemetryOptions {
  /** Whose metrics they are: two queues in one account and region have none in common. */
  readonly queue: string;
  /** How far they are told apart. */
  readonly detail: MetricDetail;
}

/** CloudWatch's embedded metric format: the log line itself carries the value, so no call is needed. */
function embedded(
  { metrics }: MeasuredEvent,
  sets: readonly (readonly string[])[],
  fields: Fields,
): Record<string, unknown> {
  const values = metrics.map(({ metric, field }) => [
    metric,
    field === undefined ? 1 : Number(fields[field]),
  ]);
  return {
    ...(Object.fromEntries(values) as Record<string, number>),
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: sets,
          Metrics: metrics.map(({ metric, unit }) => ({ Name: metric, Unit: unit })),
        },
      ],
    },
  };
}

/** Writes one JSON line for each event, with the name where log filters and metrics look for it. */
export function loggingTelemetry({ queue, detail }: TelemetryOptions): Telemetry {
  const logger = new Logger({ serviceName: SERVICE_NAME, persistentKeys: { queue } });
  return {
    event: (name, level, fields) => {
      const measured = METRICS.get(name);
      const sets = measured ? dimensionSetsOf(measured, fields, detail) : [];
      if (measured?.isMetricOnly && sets.length === 0) return;
      const metrics = measured && sets.length > 0 ? embedded(measured, sets, fields) : {};
      logger[level](name, { event: name, ...fields, ...metrics });
    },
  };
}
