import { App } from "aws-cdk-lib";
import { settingsOf } from "../example.js";
import { TasksStack } from "./stack.js";

const app = new App();
new TasksStack(app, "SluiceTasks", settingsOf(app));
