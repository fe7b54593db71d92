import { App } from "aws-cdk-lib";
import { settingsOf } from "../example.js";
import { OrdersStack } from "./stack.js";

const app = new App();
new OrdersStack(app, "SluiceOrders", settingsOf(app));
