import { App } from "aws-cdk-lib";
import { TasksStack } from "./stack.js";

/** Context: `endpoint` (http, rest), `auth` (iam, none). An AWS endpoint in the environment is an emulator's. */
const app = new App();
const endpointUrl = process.env.AWS_ENDPOINT_URL;
new TasksStack(app, "SluiceTasks", {
  endpoint: app.node.tryGetContext("endpoint") === "rest" ? "rest" : "http",
  auth: app.node.tryGetContext("auth") === "none" ? "none" : "iam",
  environment: endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl },
});
