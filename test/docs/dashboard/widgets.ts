import { type App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Sluice } from "../../../cdk/sluice.js";
import { bodyOf, type MetricRow, type RowOptions } from "../../cdk/dashboard-body.js";
import type { DrawnWidget } from "./draw.js";

/** The widgets of the dashboard of a queue whose metrics are told apart by subscription. */
export function dashboardWidgets(app: App): readonly DrawnWidget[] {
  const stack = new Stack(app, "Picture");
  new Sluice(stack, "Queue", { metrics: "subscription" }).addDashboard();
  return bodyOf(Template.fromStack(stack)).widgets.map(({ x, y, width, height, properties }) => {
    const { markdown = "", title = markdown.replace(/^#+ /, ""), metrics = [], yAxis } = properties;
    const unit = yAxis?.left?.label;
    return { x, y, width, height, title, lines: metrics.map(labelOf), ...(unit ? { unit } : {}) };
  });
}

/** CloudWatch puts the names in when it draws. */
const BY_NAME = /\$\{PROP\('Dim\.(\w+)'\)\}/g;

function labelOf(row: MetricRow): string {
  const [, name] = row;
  const options = row.at(-1);
  const { label, expression }: RowOptions = typeof options === "object" ? options : {};
  return (
    label?.replaceAll(BY_NAME, "each $1") ??
    (expression || typeof name !== "string" ? "each by its name" : name)
  );
}
