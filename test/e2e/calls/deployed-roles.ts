import {
  CloudFormationClient,
  GetTemplateCommand,
  type StackResourceSummary,
  paginateListStackResources,
} from "@aws-sdk/client-cloudformation";
import { TEST_CREDENTIALS, TEST_REGION } from "../../adapters/endpoint.js";
import type { TemplateJson } from "../../cdk/policies/resolve.js";
import { type FunctionRole, functionRoles } from "../../cdk/policies/roles.js";

/** The roles of a deployed stack as its template has them, with the names that the deployment gave. */
export async function deployedRoles(endpoint: string, stack: string): Promise<readonly FunctionRole[]> {
  const client = new CloudFormationClient({ endpoint, region: TEST_REGION, credentials: TEST_CREDENTIALS });
  const { TemplateBody = "{}" } = await client.send(new GetTemplateCommand({ StackName: stack }));
  const found: StackResourceSummary[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stack }))
    found.push(...(page.StackResourceSummaries ?? []));
  const ids = found.map(({ LogicalResourceId = "", PhysicalResourceId = "" }) => [
    LogicalResourceId,
    PhysicalResourceId,
  ]);
  return functionRoles(JSON.parse(TemplateBody) as TemplateJson, Object.fromEntries(ids));
}
