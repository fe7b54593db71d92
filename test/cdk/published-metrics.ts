import { METRICS, type MetricDetail } from "../../lib/domain/metrics.js";
import { loggingTelemetry } from "../../lib/adapters/system/telemetry.js";

interface Line {
  readonly [field: string]: unknown;
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/** Namespace, name and dimensions of a metric, in one text. */
export const metricKey = (
  namespace: string,
  name: string,
  dimensions: readonly (readonly [string, unknown])[],
): string =>
  JSON.stringify([namespace, name, [...dimensions].sort(([one], [other]) => (one < other ? -1 : 1))]);

/** What functions with these variables publish: from the log lines of each event that has a metric. */
export function publishedMetrics(
  { queue, detail }: { readonly queue: string; readonly detail: MetricDetail },
  names: Readonly<Record<string, string>> = { topic: "orders", subscription: "audit" },
): ReadonlySet<string> {
  const lines: string[] = [];
  // Loggers outside of Lambda have a console of their own.
  const take = (text: string | Uint8Array): boolean =>
    lines.push(
      ...String(text)
        .split("\n")
        .filter((line) => line !== ""),
    ) > 0;
  const write = jest.spyOn(process.stdout, "write").mockImplementation(take);
  try {
    const telemetry = loggingTelemetry({ queue, detail });
    const fields = { ...names, messages: 2, oldestSeconds: 3, backlog: 4, started: 5 };
    for (const event of METRICS.keys()) telemetry.event(event, "info", fields);
  } finally {
    write.mockRestore();
  }
  return new Set(lines.map((line) => JSON.parse(line) as Line).flatMap(keysIn));
}

const keysIn = (line: Line): readonly string[] =>
  line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Metrics.flatMap(({ Name }) =>
      Dimensions.map((names) =>
        metricKey(
          Namespace,
          Name,
          names.map((name) => [name, line[name]]),
        ),
      ),
    ),
  );
