import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AUTHS, ENDPOINT_KINDS } from "./endpoint-kind.js";
import { Sluice } from "./sluice.js";

/**
 * A queue in its own stack, for a team that creates its topics over the API. Context: `stack` (its name), and for
 * trying it out `destroy=true`, `endpoint=rest`, `auth=none`. Any other value fails: a typo opens and deletes nothing.
 */
const app = new App();
const context = (key: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(key);
  if (value === undefined || typeof value === "string") return value;
  return JSON.stringify(value);
};

function wordIn<T extends string>(key: string, words: readonly T[]): T | undefined {
  const value = context(key);
  const word = words.find((one) => one === value);
  if (value !== undefined && word === undefined)
    throw new Error(`context ${key} is "${value}": use ${words.join(" or ")}`);
  return word;
}

const stack = new Stack(app, context("stack") ?? "Sluice");
const destroy = wordIn("destroy", ["true", "false"]) === "true";
new Sluice(stack, "Queue", {
  endpoint: wordIn("endpoint", ENDPOINT_KINDS) ?? "http",
  auth: wordIn("auth", AUTHS) ?? "iam",
  removalPolicy: destroy ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
});
