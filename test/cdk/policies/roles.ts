import { type PhysicalIds, Resolver, type Resource, type TemplateJson } from "./resolve.js";

/** One statement of a policy, as IAM reads it. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** A function's role, and all that its policies say. */
export interface FunctionRole {
  /** Logical id of the function. */
  readonly id: string;
  readonly functionName: string;
  readonly arn: string;
  readonly statements: readonly PolicyStatement[];
}

export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

const ofType = ({ Resources }: TemplateJson, type: string): readonly (readonly [string, Resource])[] =>
  Object.entries(Resources).filter(([, resource]) => resource.Type === type);

interface PolicyProperties {
  readonly Roles?: readonly { readonly Ref?: string }[];
  readonly PolicyDocument: { readonly Statement: unknown };
}

/** The functions of a template with their roles. Policies that AWS manages are not among them. */
export function functionRoles(
  template: TemplateJson,
  physicalIds: PhysicalIds = {},
): readonly FunctionRole[] {
  const resolver = new Resolver(template, physicalIds);
  const policies = ofType(template, "AWS::IAM::Policy").map(
    ([, { Properties }]) => Properties as unknown as PolicyProperties,
  );
  return ofType(template, "AWS::Lambda::Function").map(([id, { Properties }]) => {
    const { Role } = Properties as { readonly Role: { readonly "Fn::GetAtt"?: readonly string[] } };
    const roleId = Role["Fn::GetAtt"]?.[0] ?? "?";
    const own = policies.filter(({ Roles = [] }) => Roles.some(({ Ref }) => Ref === roleId));
    return {
      id,
      functionName: resolver.reference(id),
      arn: String(resolver.resolve(Role)),
      statements: own.flatMap(
        ({ PolicyDocument }) => resolver.resolve(PolicyDocument.Statement) as PolicyStatement[],
      ),
    };
  });
}
