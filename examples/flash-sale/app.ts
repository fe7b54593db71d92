import { App } from "aws-cdk-lib";
import { FlashSaleStack } from "./stack.js";

/**
 * Context: `endpoint` (http, rest), `auth` (iam, none), `privateTargets` (allow). An endpoint of AWS's own in the
 * environment is an emulator's.
 */
const app = new App();
const endpointUrl = process.env.AWS_ENDPOINT_URL;
new FlashSaleStack(app, "SluiceFlashSale", {
  endpoint: app.node.tryGetContext("endpoint") === "rest" ? "rest" : "http",
  auth: app.node.tryGetContext("auth") === "none" ? "none" : "iam",
  allowPrivateTargets: app.node.tryGetContext("privateTargets") === "allow",
  environment: endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl },
});
