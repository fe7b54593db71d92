import type { Template } from "aws-cdk-lib/assertions";
import type { Properties, Template as CustomResources } from "../lambdas/custom-resource/a-cloudformation.js";

type Json = Readonly<Record<string, unknown>>;

interface Body {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: string }>>;
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Type: string; readonly Properties?: Json; readonly DependsOn?: readonly string[] }
    >
  >;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface Deployed {
  /** What the provisioning function is asked for, in the order of the dependencies. */
  readonly customResources: CustomResources;
  readonly outputs: Readonly<Record<string, string>>;
  /** By name: Systems Manager's parameters that the stack makes. */
  readonly parameters: Readonly<Record<string, string>>;
  /** A value of the template, as a deployment has it. */
  readonly valueOf: (value: unknown) => unknown;
}

/** What a queue that is made elsewhere is known by. */
export const ATTRIBUTES = {
  queueName: "Messaging-Queue",
  apiUrl: "https://abc.execute-api.eu-central-1.amazonaws.com",
  apiId: "abc",
  provisionFunctionArn: "arn:aws:lambda:eu-central-1:111122223333:function:Queue-Provision",
  pumpRoleArn: "arn:aws:iam::111122223333:role/Queue-Pump",
  apiRoleArn: "arn:aws:iam::111122223333:role/Queue-Api",
  outboxTableName: "Queue-Outbox",
};

const PARAMETER = "AWS::SSM::Parameter::Value<String>";

/** A template with its intrinsic functions carried out. `parameters` are those that are in Systems Manager. */
export function deployed(template: Template, parameters: Readonly<Record<string, string>> = {}): Deployed {
  const body = template.toJSON() as Body;
  const valueOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(valueOf);
    if (typeof value !== "object" || value === null) return value;
    const [[name, argument] = ["", undefined], ...others] = Object.entries(value);
    if (others.length === 0 && name === "Ref") return refTo(String(argument));
    if (others.length === 0 && name.startsWith("Fn::")) return call(name, argument as readonly unknown[]);
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, valueOf(one)]));
  };
  const refTo = (id: string): string => {
    if (id.startsWith("AWS::")) return PSEUDO[id] ?? id;
    const parameter = body.Parameters?.[id];
    if (parameter?.Type !== PARAMETER) return `ref-${id}`;
    const value = parameters[parameter.Default ?? ""];
    if (value === undefined) throw new Error(`there is no parameter ${parameter.Default}`);
    return value;
  };
  const call = (name: string, argument: readonly unknown[]): unknown => {
    const [first, second] = argument.map(valueOf);
    if (name === "Fn::GetAtt") return `arn:aws:lambda:eu-central-1:111122223333:function:${String(first)}`;
    if (name === "Fn::Join") return (second as string[]).join(String(first));
    if (name === "Fn::Split") return String(second).split(String(first));
    if (name === "Fn::Select") return (second as string[])[Number(first)];
    throw new Error(`${name} is not carried out here`);
  };
  const all = Object.entries(body.Resources);
  const ids = inOrder(new Map(all.map(([id, { DependsOn = [] }]) => [id, DependsOn])));
  const custom = ids.flatMap((id) => {
    const { Type, Properties } = body.Resources[id] ?? { Type: "" };
    return Type.startsWith("Custom::Sluice") ? [[id, valueOf(Properties) as Properties] as const] : [];
  });
  const ofParameters = all.flatMap(([, { Type, Properties = {} }]) =>
    Type === "AWS::SSM::Parameter"
      ? [[String(Properties["Name"]), String(valueOf(Properties["Value"]))]]
      : [],
  );
  return {
    customResources: Object.fromEntries(custom),
    outputs: Object.fromEntries(
      Object.entries(body.Outputs ?? {}).map(([id, { Value }]) => [id, String(valueOf(Value))]),
    ),
    parameters: Object.fromEntries(ofParameters) as Record<string, string>,
    valueOf,
  };
}

const PSEUDO: Readonly<Record<string, string>> = {
  "AWS::AccountId": "111122223333",
  "AWS::Region": "eu-central-1",
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
};

function inOrder(dependencies: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (id: string): void => {
    if (done.has(id)) return;
    for (const before of dependencies.get(id) ?? []) visit(before);
    done.add(id);
  };
  for (const id of dependencies.keys()) visit(id);
  return [...done];
}
