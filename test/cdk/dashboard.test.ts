import type { MetricDetail } from "../../lib/domain/metrics.js";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import { aSluice } from "./a-sluice.js";
import { type DashboardBody, type MetricRow, bodyOf } from "./dashboard-body.js";
import { metricKey, publishedMetrics } from "./published-metrics.js";

const bodyFor = (props: SluiceProps = {}): DashboardBody => {
  const { queue, template } = aSluice(props);
  queue.addDashboard();
  return bodyOf(template());
};

const rowsOf = ({ widgets }: DashboardBody): readonly MetricRow[] =>
  widgets.flatMap(({ properties }) => properties.metrics ?? []);

const textAt = (row: MetricRow, at: number): string => {
  const part = row[at];
  return typeof part === "string" ? part : "";
};

/** The dimensions of a row, between its metric's name and its options. */
const dimensionsIn = (row: MetricRow): readonly (readonly [string, unknown])[] => {
  const parts = row.slice(2).filter((part) => typeof part === "string");
  return parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1]] as const] : []));
};

it("GIVEN a dashboard WHEN it shows Sluice's own metrics THEN each is one that the functions publish", () => {
  const { queue } = aSluice();
  const emitted = publishedMetrics({ queue: queue.queueName, detail: "queue" });
  const own = rowsOf(bodyFor()).filter(([namespace]) => namespace === "Sluice");
  expect(own.length).toBeGreaterThan(9);
  for (const row of own)
    expect([...emitted]).toContain(metricKey(textAt(row, 0), textAt(row, 1), dimensionsIn(row)));
});

it("GIVEN metrics by queue WHEN it has a dashboard THEN none of its widgets looks for topics", () => {
  expect(JSON.stringify(bodyFor())).not.toContain("SEARCH");
});

it.each([
  ["topic", "{Sluice,queue,topic}"],
  ["subscription", "{Sluice,queue,topic,subscription}"],
] as const)("GIVEN metrics by %s WHEN it has a dashboard THEN each has its line", (metrics, schema) => {
  const { queue } = aSluice();
  const searches = rowsOf(bodyFor({ metrics: metrics satisfies MetricDetail })).flatMap((row) => {
    const [options] = row;
    return typeof options === "object" && options.expression ? [options.expression] : [];
  });
  expect(searches).toEqual([
    `SEARCH('${schema} queue="${queue.queueName}" MetricName="oldest-unacked-seconds"', 'Maximum', 900)`,
    `SEARCH('${schema} queue="${queue.queueName}" MetricName="backlog"', 'Maximum', 900)`,
    `SEARCH('${schema} queue="${queue.queueName}" MetricName="delivery-failed"', 'Sum', 300)`,
  ]);
});

it("GIVEN a dashboard WHEN its widgets are laid out THEN none lies on another, and none leaves the grid", () => {
  const { widgets } = bodyFor({ metrics: "subscription" });
  const cells = widgets.flatMap(({ x, y, width, height }) =>
    Array.from({ length: width * height }, (_, at) => `${x + (at % width)},${y + Math.floor(at / width)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
});

it.each(["http", "rest"] as const)(
  "GIVEN a %s endpoint WHEN it has a dashboard THEN its requests are shown",
  (endpoint) => {
    const api = rowsOf(bodyFor({ endpoint })).filter(([namespace]) => namespace === "AWS/ApiGateway");
    expect(api.map(([, name]) => name).sort()).toEqual(
      endpoint === "http"
        ? ["4xx", "5xx", "Count", "Latency", "Latency"]
        : ["4XXError", "5XXError", "Count", "Latency", "Latency"],
    );
  },
);

it("GIVEN nobody asks WHEN a queue is made THEN it has no dashboard: each costs something a month", () => {
  aSluice().template().resourceCountIs("AWS::CloudWatch::Dashboard", 0);
});
