import { App } from "aws-cdk-lib";
import { settingsOf } from "../example.js";
import { ConfigStack } from "./stack.js";

const app = new App();
new ConfigStack(app, "SluiceConfig", settingsOf(app));
