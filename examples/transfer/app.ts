import { App } from "aws-cdk-lib";
import { allowsPrivateTargets, settingsOf } from "../example.js";
import { TransferStack } from "./stack.js";

const app = new App();
new TransferStack(app, "SluiceTransfer", {
  ...settingsOf(app),
  allowPrivateTargets: allowsPrivateTargets(app),
});
