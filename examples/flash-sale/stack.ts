import { fileURLToPath } from "node:url";
import { CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";
import { Sluice } from "../../cdk/index.js";
import { type ExampleSettings, OF_AN_EXAMPLE } from "../example.js";
import { DELIVERING } from "./limits.js";

export interface FlashSaleProps extends ExampleSettings {
  /** Whether webhooks may lead to private addresses. */
  readonly allowPrivateTargets: boolean;
}

/** Orders come in as fast as they go; the back end gets them at the rate that it bears. */
export class FlashSaleStack extends Stack {
  constructor(scope: Construct, id: string, props: FlashSaleProps) {
    super(scope, id);
    const { endpoint, auth, environment, allowPrivateTargets } = props;
    const queue = new Sluice(this, "Queue", {
      endpoint,
      auth,
      environment,
      webhookTargets: { allowPrivateTargets },
      ...OF_AN_EXAMPLE,
    });
    const outcomes = this.addTable("Outcomes", "orderId");
    const backEnd = this.addTable("BackEnd", "second");
    const fulfil = new NodejsFunction(this, "Fulfil", {
      entry: fileURLToPath(new URL("functions/fulfil.ts", import.meta.url)),
      runtime: Runtime.NODEJS_22_X,
      timeout: Duration.seconds(20),
      memorySize: 256,
      environment: { ...environment, OUTCOMES: outcomes.tableName, BACK_END: backEnd.tableName },
      bundling: { format: OutputFormat.ESM, target: "node20", externalModules: [], banner: REQUIRE },
    });
    outcomes.grantReadWriteData(fulfil);
    backEnd.grantReadWriteData(fulfil);
    queue.addTopic("orders").subscribe("back-end", fulfil, DELIVERING);
  }

  private addTable(id: string, key: string): Table {
    const table = new Table(this, `${id}Table`, {
      partitionKey: { name: key, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnOutput(this, `${id}TableName`, { value: table.tableName });
    return table;
  }
}

const REQUIRE =
  'import { createRequire as exampleRequire } from "node:module"; const require = exampleRequire(import.meta.url);';
