import { Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IConstruct } from "constructs";
import { Checks } from "./check.js";

/** What CloudWatch Logs does with a key. */
const ACTIONS = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"];

/**
 * The key of the log groups. CloudWatch Logs has to be allowed by the key's own policy: one that the app cannot change
 * is taken only where the app says that it allows this, since the deployment would fail otherwise.
 */
export function logKeyOf(
  queue: IConstruct,
  { encryptionKey, encryptLogs }: { readonly encryptionKey?: IKey; readonly encryptLogs?: boolean },
): IKey | undefined {
  if (encryptLogs && !encryptionKey)
    new Checks(queue).refuse("encryptLogs: log groups are encrypted with encryptionKey, which is missing");
  if (!encryptionKey || encryptLogs === false) return undefined;
  const { region, partition, account } = Stack.of(queue);
  const arn = `arn:${partition}:logs:${region}:${account}:log-group:*`;
  const allowed = new PolicyStatement({
    principals: [new ServicePrincipal(`logs.${region}.amazonaws.com`)],
    actions: ACTIONS,
    resources: ["*"],
    conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": arn } },
  });
  const { statementAdded } = encryptionKey.addToResourcePolicy(allowed, true);
  return statementAdded || encryptLogs ? encryptionKey : undefined;
}
