import { type StatementExplain, runSimulation } from "@cloud-copilot/iam-simulate";
import type { AwsCall } from "../../e2e/calls/aws-call.js";
import { ACCOUNT } from "./resolve.js";
import { type FunctionRole, type PolicyStatement, listOf } from "./roles.js";

/** What a request is judged by beside the statements. */
export interface Circumstances {
  /** Condition keys of the request. */
  readonly context?: Readonly<Record<string, string | string[]>>;
}

export interface Verdict {
  readonly isAllowed: boolean;
  /** The statements that allow it, by their place in the policy. */
  readonly by: readonly number[];
}

/** Whether a principal whose policies consist of these statements may do it. @throws {Error} for what is no request */
export async function evaluate(
  principal: string,
  statements: readonly PolicyStatement[],
  { action, resource }: AwsCall,
  { context = {} }: Circumstances = {},
): Promise<Verdict> {
  const named = statements.map((statement, index) => ({ ...statement, Sid: `S${index}` }));
  const outcome = await runSimulation(
    {
      request: { principal, action, resource: { resource, accountId: ACCOUNT }, contextVariables: context },
      identityPolicies: [{ name: "policy", policy: { Version: "2012-10-17", Statement: named } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (outcome.resultType !== "single")
    throw new Error(`${action} of ${resource}: ${JSON.stringify(outcome)}`);
  const { analysis } = outcome.result;
  const allowing = analysis.identityAnalysis?.allowStatements ?? [];
  const placeOf = ({ identifier }: StatementExplain): number => Number(identifier.replace(/^\D+/, ""));
  return { isAllowed: analysis.result === "Allowed", by: allowing.map(({ explain }) => placeOf(explain)) };
}

/** One action on one resource that a role's policies allow, both as they are written there. */
export interface Permission {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly isUsed: boolean;
}

export interface Judged {
  readonly refused: readonly (AwsCall & { readonly role: string })[];
  readonly permissions: readonly Permission[];
}

/** Whether a text of a policy, with `*` for anything, covers one of a request. */
const covers = (pattern: string, text: string): boolean => {
  const escaped = pattern.split("*").map((part) => part.replaceAll(/[^\w]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`).test(text);
};

/** Holds the calls that a function made against what its role allows. */
export async function judge(
  { id: role, arn, statements }: FunctionRole,
  calls: readonly AwsCall[],
): Promise<Judged> {
  const seen: (AwsCall & { readonly place: number })[] = [];
  const refused: (AwsCall & { readonly role: string })[] = [];
  for (const call of calls) {
    const { isAllowed, by } = await evaluate(arn, statements, call);
    if (!isAllowed) refused.push({ ...call, role });
    seen.push(...by.map((place) => ({ ...call, place })));
  }
  const permissions = statements.flatMap(({ Action, Resource }, place) =>
    listOf(Action).flatMap((action) =>
      listOf(Resource).map((resource): Permission => {
        const isUsed = seen.some(
          (call) => call.place === place && covers(action, call.action) && covers(resource, call.resource),
        );
        return { role, action, resource, isUsed };
      }),
    ),
  );
  return { refused, permissions };
}
