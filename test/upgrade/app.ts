import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { App } from "aws-cdk-lib";
import { Code } from "aws-cdk-lib/aws-lambda";
import * as now from "../../cdk/index.js";
import { aStack } from "./a-stack.js";

/**
 * Context: `released`, the folder of the release before, whose constructs are then used; `recorder`, the folder of the
 * subscriber's bundle; `endpoint` (http, rest).
 */
const app = new App();
const folder: unknown = app.node.tryGetContext("released");
const constructs =
  typeof folder === "string"
    ? ((await import(pathToFileURL(join(folder, "dist", "commonjs", "cdk", "index.js")).href)) as typeof now)
    : now;
aStack(app, constructs, {
  recorder: Code.fromAsset(String(app.node.getContext("recorder"))),
  endpoint: String(app.node.tryGetContext("endpoint") ?? "http"),
});
app.synth();
