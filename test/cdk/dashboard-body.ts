import type { Template } from "aws-cdk-lib/assertions";

export interface RowOptions {
  readonly label?: string;
  readonly stat?: string;
  readonly period?: number;
  readonly expression?: string;
}

/** Namespace, name, dimensions and options; or an expression's options alone. */
export type MetricRow = readonly (string | RowOptions)[];

export interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly metrics?: readonly MetricRow[];
    readonly yAxis?: { readonly left?: { readonly label?: string } };
  };
}

export interface DashboardBody {
  readonly widgets: readonly Widget[];
}

/** The body of the template's one dashboard, with references by the ids that they name. */
export function bodyOf(template: Template): DashboardBody {
  const [dashboard] = Object.values(template.findResources("AWS::CloudWatch::Dashboard")) as {
    Properties: { DashboardBody: string | { "Fn::Join": readonly [string, readonly unknown[]] } };
  }[];
  const body = dashboard?.Properties.DashboardBody;
  if (body === undefined) throw new Error("the template has no dashboard");
  const text =
    typeof body === "string"
      ? body
      : body["Fn::Join"][1].map((part) => (typeof part === "string" ? part : nameOf(part))).join("");
  return JSON.parse(text) as DashboardBody;
}

const nameOf = (reference: unknown): string => JSON.stringify(reference).replaceAll(/[^A-Za-z0-9]+/g, "-");
