import { Grant, type GrantOnPrincipalOptions, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { IConstruct } from "constructs";
import { Checks } from "./check.js";
import { forEachSubscription } from "./owned.js";
import type { ISluice, ITopic } from "./queue.js";
import { otherAccountOf } from "./reach.js";

export type Requests = readonly (readonly [method: string, path: string])[];

/** Every subscription of a topic that the app declares. */
const ALL = "*";

export const topicPath = (topicName: string): string => `/v1/topics/${topicName}`;
/** The uploaded bodies of a topic's messages: an id begins with its topic's name, which has no dot. */
export const bodiesPath = (topicName: string): string => `/v1/messages/${topicName}.*/body`;
const subscriptionPath = (topicName: string, name: string): string =>
  `${topicPath(topicName)}/subscriptions/${name}`;

/** Whoever gets messages of a subscription gets what their bodyUrls lead to. */
const bodies: ForSubscription = (path) => [["GET", bodiesPath(path.split("/")[TOPIC_AT] ?? "")]];
/** In `/v1/topics/TOPIC/…`. */
const TOPIC_AT = 3;

/** The requests under a subscription's path. */
export type ForSubscription = (path: string) => Requests;

export const CONSUME: ForSubscription = (path) => [
  ["POST", `${path}/receive`],
  ["POST", `${path}/settle`],
  ...bodies(path),
];
export const SEEK: ForSubscription = (path) => [
  ["POST", `${path}/seek`],
  ["POST", `${path}/replay`],
  ["GET", `${path}/replay/jobs`],
  ["GET", `${path}/replay/jobs/*`],
  ["DELETE", `${path}/replay/jobs/*`],
];
export const LOOK: ForSubscription = (path) => [
  ["GET", path],
  ["GET", `${path}/set-aside`],
];
export const CONFIGURE: ForSubscription = (path) => [
  ["PATCH", path],
  ["POST", `${path}/wake`],
];
export const DEAD_LETTERS: ForSubscription = (path) => [
  ["GET", `${path}/dead-letters`],
  ["GET", `${path}/dead-letters/*`],
  ...bodies(path),
  ["DELETE", `${path}/dead-letters/*`],
  ["POST", `${path}/dead-letters/redrive`],
  ["POST", `${path}/dead-letters/purge`],
];
export const MESSAGES: ForSubscription = (path) => [
  ["GET", `${path}/messages`],
  ["POST", `${path}/messages/*/settle`],
];

/** What to say where a grantee's own policy cannot allow it: what it cannot do, and what to use instead. */
export interface Instead {
  readonly cannot: string;
  readonly instead: string;
}

/** What DynamoDB requires of whoever writes under a customer managed key. */
export const PUT_WITH_KEY: readonly string[] = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:ReEncrypt*",
  "kms:GenerateDataKey*",
];

export const WRITTEN_IN_A_TRANSACTION: Instead = {
  cannot: "write to a table of another account in a transaction of its own",
  instead: "a role of this account",
};

/** Allows it by the grantee's own policy, which is not enough in another account. @throws {Error} */
export function grantByPolicy(
  construct: IConstruct,
  options: GrantOnPrincipalOptions,
  { cannot, instead }: Instead,
): Grant {
  const account = otherAccountOf(options.grantee, construct);
  if (account !== undefined)
    new Checks(construct).refuse(`a principal of account ${account} cannot ${cannot}: use ${instead}`);
  const granted = Grant.addToPrincipal(options);
  if (!granted.success) {
    const text = "the principal of this grant has no policy that this app could add to";
    new Checks(construct).refuse(`${text}: grant to a role or user, or use ${instead}`);
  }
  return granted;
}

/**
 * Allows requests on one subscription of `topic`, or with "*" on each that the app declares, also later. They are named
 * one by one: `*` of a policy matches slashes, so `subscriptions/*\/settle` would match an operator's requests as well.
 */
export function grantOn(
  topic: ITopic,
  grantee: IGrantable,
  subscription: string,
  requests: ForSubscription,
): Grant {
  const { queue, topicName } = topic;
  const one = (name: string): Grant =>
    queue.grantRequests(grantee, requests(subscriptionPath(topicName, name)));
  // JavaScript can leave it out: that must not allow all of them.
  if (subscription !== ALL) return one(new Checks(topic).name("subscription", subscription));
  const grants: Grant[] = [];
  forEachSubscription(queue, topicName, (name) => grants.push(one(name)));
  topic.node.addValidation({
    validate: () =>
      grants.length > 0
        ? []
        : ['a grant on "*" allows nothing: the app declares no subscription of this topic'],
  });
  const [first, ...others] = grants;
  return others.reduce(
    (all, grant) => all.combine(grant),
    first ?? Grant.drop(grantee, "no subscription yet"),
  );
}

const METHODS = ["GET", "PUT", "POST", "PATCH", "DELETE", "*"];

/** @throws {Error} for what is no request to a queue. */
export const checkRequests = (queue: ISluice, requests: Requests): void => {
  const checks = new Checks(queue);
  if (requests.length === 0) checks.refuse("grantRequests: name at least one request");
  for (const [method, path] of requests) {
    checks.oneOf("the method of a granted request", method, METHODS);
    if (!path.startsWith("/v1/"))
      checks.refuse(`a granted request has the path ${path}: it begins with /v1/`);
  }
};
