import { ArnFormat, Stack } from "aws-cdk-lib";
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import { Effect, PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import type { FunctionProps } from "aws-cdk-lib/aws-lambda";
import { acknowledge } from "./acknowledge.js";

/**
 * Where the functions run. They need a way to DynamoDB, S3 and Lambda, webhooks also to Secrets Manager and the
 * internet: docs/endpoint.md has an example.
 */
export interface NetworkOptions {
  readonly vpc: IVpc;
  /** @default - the private subnets, as of each function in a VPC */
  readonly subnets?: SubnetSelection;
  /** @default - one of its own for each function, which lets everything out */
  readonly securityGroups?: readonly ISecurityGroup[];
}

export const networkProps = ({
  vpc,
  subnets,
  securityGroups,
}: NetworkOptions): Pick<FunctionProps, "vpc" | "vpcSubnets" | "securityGroups"> => ({
  vpc,
  ...(subnets ? { vpcSubnets: subnets } : {}),
  ...(securityGroups ? { securityGroups: [...securityGroups] } : {}),
});

/** What Lambda requires to give a function its place in a VPC: AWSLambdaVPCAccessExecutionRole, without the logs. */
const PLACE = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
];

/** Lets Lambda do so by the function's role, and not the function's own code. */
export function allowNetwork(role: Role, functionName = "*"): void {
  const functionArn = Stack.of(role).formatArn({
    service: "lambda",
    resource: "function",
    resourceName: functionName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  role.addToPolicy(new PolicyStatement({ actions: PLACE, resources: ["*"] }));
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: PLACE,
      resources: ["*"],
      conditions: { ArnLike: { "lambda:SourceFunctionArn": [functionArn] } },
    }),
  );
  acknowledge(role, {
    id: "AwsSolutions-IAM5",
    finding: "Resource::*",
    reason:
      "Lambda needs this for a function in a VPC, before its network interface is there; its code is denied it.",
  });
}
