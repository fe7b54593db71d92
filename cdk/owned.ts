import { RemovalPolicy } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { Checks } from "./check.js";
import type { ISluice } from "./queue.js";

/**
 * By what the provisioning function knows whose something is. Constructs of one app share the `App`, unless each of its
 * stacks imports the queue for itself. That no two of them have one name is known as they are synthesized, so another
 * owner can only be where one of them was before.
 */
export const ownedBy = (construct: IConstruct, queue: ISluice, adopt: boolean | undefined) => ({
  App: queue.appKey,
  Path: construct.node.path,
  ...(adopt ? { Adopt: "true" } : {}),
});

interface Named {
  readonly topic: string;
  readonly subscription?: string;
  readonly schedule?: string;
}

interface Declared extends Named {
  readonly construct: IConstruct;
}

/** What the constructs of one queue have as names, and who wants to hear of more. */
interface Names {
  readonly declared: Declared[];
  readonly listeners: ((declared: Declared) => void)[];
}

const namesOfQueues = new WeakMap<ISluice, Names>();

function namesOf(queue: ISluice): Names {
  const known = namesOfQueues.get(queue);
  if (known) return known;
  const names: Names = { declared: [], listeners: [] };
  namesOfQueues.set(queue, names);
  return names;
}

/**
 * Notes what `construct` declares. Names that only the deployment knows are compared there.
 * @throws {Error} with the other's path if one of its name is there already
 */
export function declare(queue: ISluice, named: Named, construct: IConstruct): void {
  const { declared, listeners } = namesOf(queue);
  const what = wordsFor(named);
  const other = declared.find((one) => wordsFor(one) === what && isInTree(one.construct));
  if (other)
    new Checks(construct).refuse(`${what} is already made by ${other.construct.node.path}: use another name`);
  const made = { ...named, construct };
  declared.push(made);
  for (const listener of listeners) listener(made);
}

function wordsFor({ topic, subscription, schedule }: Named): string {
  if (subscription !== undefined) return `subscription ${subscription} of topic ${topic}`;
  return schedule === undefined ? `topic ${topic}` : `schedule ${schedule} of topic ${topic}`;
}

/** Tells of every subscription that the app declares on the topic, also of those that come later. */
export function forEachSubscription(queue: ISluice, topic: string, then: (name: string) => void): void {
  const { declared, listeners } = namesOf(queue);
  const listener = (one: Declared): void => {
    if (one.topic === topic && one.subscription !== undefined && isInTree(one.construct))
      then(one.subscription);
  };
  declared.forEach(listener);
  listeners.push(listener);
}

const isInTree = (construct: IConstruct): boolean =>
  construct.node.scope?.node.tryFindChild(construct.node.id) === construct;

/** What is kept is deleted all the same if the deployment that makes it is rolled back: nothing is in it yet. */
export const kept = (policy: RemovalPolicy): RemovalPolicy =>
  policy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : policy;
