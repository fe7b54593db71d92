import { Resource, Stack, Token } from "aws-cdk-lib";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import { Alias, Function, type IFunction, Version } from "aws-cdk-lib/aws-lambda";
import type { IConstruct } from "constructs";
import { secondsOf } from "./check.js";

/** The time-out of a function that names none. */
const LAMBDA_DEFAULT_SECONDS = 3;

/** How long a function may run; undefined where that is not known, as of one that was made elsewhere. */
export function timeoutSecondsOf(fn: IFunction): number | undefined {
  if (fn instanceof Function) {
    const seconds = secondsOf(fn.timeout) ?? LAMBDA_DEFAULT_SECONDS;
    return Token.isUnresolved(seconds) ? undefined : seconds;
  }
  return fn instanceof Alias || fn instanceof Version ? timeoutSecondsOf(fn.lambda) : undefined;
}

const differ = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && !Token.isUnresolved(a) && !Token.isUnresolved(b) && a !== b;

/** Where something is: what is imported need not be in the account and region of the stack that imports it. */
const homeOf = (construct: IConstruct): { readonly account: string; readonly region: string } =>
  Resource.isResource(construct) ? construct.env : Stack.of(construct);

/** Why `construct` of a stack cannot work with the queue of another; undefined if it can, or that is not known. */
export function outOfReach(
  { account, region }: { readonly account: string; readonly region: string },
  queue: IConstruct,
): string | undefined {
  const home = homeOf(queue);
  if (differ(account, home.account)) return `is in account ${account}, and the queue in ${home.account}`;
  return differ(region, home.region) ? `is in region ${region}, and the queue in ${home.region}` : undefined;
}

/** The account of a principal that is known to be another one than the queue's. */
export function otherAccountOf({ grantPrincipal }: IGrantable, queue: IConstruct): string | undefined {
  const { principalAccount } = grantPrincipal;
  return differ(principalAccount, homeOf(queue).account) ? principalAccount : undefined;
}
