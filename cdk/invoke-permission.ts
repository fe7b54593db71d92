import { Stack } from "aws-cdk-lib";
import { CfnPermission, type IFunction } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import type { ISluice } from "./queue.js";

const PREFIX = "SluiceInvoke";
/** Of a construct's address, which is a hash of its path. */
const ADDRESS_CHARACTERS = 12;

/**
 * The queue's permission to invoke a function, as a resource of the stack of `subscriber`. There is one for each
 * function, however many subscriptions it has: a function's policy is full after some sixty statements. It is not the
 * pump's role that is allowed, since that has no room for more than about forty functions.
 */
export function invokePermission(subscriber: IConstruct, queue: ISluice, fn: IFunction): CfnPermission {
  const stack = Stack.of(subscriber);
  const id = PREFIX + [queue, fn].map(({ node }) => node.addr.slice(-ADDRESS_CHARACTERS)).join("");
  const known = stack.node.tryFindChild(id) as CfnPermission | undefined;
  return (
    known ??
    new CfnPermission(stack, id, {
      action: "lambda:InvokeFunction",
      functionName: fn.functionArn,
      principal: queue.pumpRole.roleArn,
    })
  );
}
