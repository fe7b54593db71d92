import { App } from "aws-cdk-lib";
import { allowsPrivateTargets, settingsOf } from "../example.js";
import { EcommerceStack } from "./stack.js";

const app = new App();
new EcommerceStack(app, "SluiceEcommerce", {
  ...settingsOf(app),
  allowPrivateTargets: allowsPrivateTargets(app),
});
