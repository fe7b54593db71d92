import { RemovalPolicy } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import type { IQueue } from "./queue.js";

/**
 * By what the provisioning function knows whose something is. Constructs of one app share the `App`. That no two of
 * them have one name is known as they are synthesized, so another owner can only be where one of them was before.
 */
export const ownedBy = (construct: IConstruct, queue: IQueue, adopt: boolean | undefined) => ({
  App: queue.node.addr,
  Path: construct.node.path,
  ...(adopt ? { Adopt: "true" } : {}),
});

const named = new WeakMap<IQueue, Map<string, IConstruct>>();

/**
 * Notes that `construct` has `name`, such as "topic orders". @throws {Error} with the other's path if one has it
 * already. Names that only the deployment knows are compared there.
 */
export function checkOnce(queue: IQueue, name: string, construct: IConstruct): void {
  const names = named.get(queue) ?? new Map<string, IConstruct>();
  named.set(queue, names);
  const other = names.get(name);
  if (other && isInTree(other))
    throw new Error(
      `${construct.node.path}: ${name} is already made by ${other.node.path}: use another name`,
    );
  names.set(name, construct);
}

const isInTree = (construct: IConstruct): boolean =>
  construct.node.scope?.node.tryFindChild(construct.node.id) === construct;

/** What is kept is deleted all the same if the deployment that makes it is rolled back: nothing is in it yet. */
export const kept = (policy: RemovalPolicy): RemovalPolicy =>
  policy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : policy;
