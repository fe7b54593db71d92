import { App } from "aws-cdk-lib";
import { allowsPrivateTargets, settingsOf } from "../example.js";
import { FlashSaleStack } from "./stack.js";

const app = new App();
new FlashSaleStack(app, "SluiceFlashSale", {
  ...settingsOf(app),
  allowPrivateTargets: allowsPrivateTargets(app),
});
