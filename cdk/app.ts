import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Sluice } from "./sluice.js";

/**
 * A queue in its own stack, for a team that creates its topics over the API. Context: `stack` (its name), and for
 * trying it out `destroy=true`, `endpoint=rest`, `auth=none`.
 */
const app = new App();
const context = (key: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(key);
  return typeof value === "string" ? value : undefined;
};

const stack = new Stack(app, context("stack") ?? "Sluice");
new Sluice(stack, "Queue", {
  endpoint: context("endpoint") === "rest" ? "rest" : "http",
  auth: context("auth") === "none" ? "none" : "iam",
  removalPolicy: context("destroy") === "true" ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
});
