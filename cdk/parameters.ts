import { StringParameter } from "aws-cdk-lib/aws-ssm";
import type { Construct } from "constructs";
import { Checks } from "./check.js";

/** What another app has to know of a queue, by the names of its parameters. */
export interface QueueParameters {
  readonly "api-url": string;
  readonly "api-id": string;
  readonly "api-stage": string;
  readonly "provision-function-arn": string;
  readonly "pump-role-arn": string;
  readonly "api-role-arn": string;
  readonly "outbox-table-name": string;
  readonly "queue-name": string;
}

const NAMES: readonly (keyof QueueParameters)[] = [
  "api-url",
  "api-id",
  "api-stage",
  "provision-function-arn",
  "pump-role-arn",
  "api-role-arn",
  "outbox-table-name",
  "queue-name",
];

const PREFIX = /^(\/[A-Za-z0-9_.-]+)+$/;
/** Systems Manager's limit for a name is 1,011 characters with its ARN. */
const PREFIX_AT_MOST = 200;

/** @throws {Error} for a prefix that Systems Manager would refuse amid a deployment */
export function checkPrefix(construct: Construct, what: string, prefix: string | undefined): void {
  if (prefix === undefined) return;
  const isTaken = typeof prefix === "string" && /^\/(aws|ssm)/i.test(prefix);
  if (typeof prefix === "string" && PREFIX.test(prefix) && prefix.length <= PREFIX_AT_MOST && !isTaken)
    return;
  new Checks(construct).refuse(
    `${what} is ${JSON.stringify(prefix)}: use a path such as "/sluice/my-queue", not below /aws or /ssm`,
  );
}

/** One parameter each, so that programs can read them as well. */
export function publishParameters(scope: Construct, prefix: string, values: QueueParameters): void {
  for (const name of NAMES) {
    new StringParameter(scope, `Parameter-${name}`, {
      parameterName: `${prefix}/${name}`,
      stringValue: values[name],
      description: "Sluice: what other apps use the queue by",
    });
  }
}

/** Each deployment reads them again, but only those that are asked for here. */
export const readParameter = (scope: Construct, prefix: string, name: keyof QueueParameters): string =>
  StringParameter.valueForStringParameter(scope, `${prefix}/${name}`);
