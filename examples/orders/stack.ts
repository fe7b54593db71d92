import { fileURLToPath } from "node:url";
import { CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";
import { Ordering, Sluice } from "../../cdk/index.js";
import { type ExampleSettings, OF_AN_EXAMPLE } from "../example.js";
import { TOPIC } from "./names.js";

const PARTITIONS = 4;

/** An order service with a table of its own. It never calls the queue: its messages are in its transactions. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, props: ExampleSettings) {
    super(scope, id);
    const queue = new Sluice(this, "Queue", { ...props, ...OF_AN_EXAMPLE });
    const topic = queue.addTopic(TOPIC, { ordering: Ordering.BY_KEY, partitions: PARTITIONS });
    const shop = new Table(this, "ShopTable", {
      partitionKey: { name: "id", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const place = new NodejsFunction(this, "Place", {
      entry: fileURLToPath(new URL("functions/place.ts", import.meta.url)),
      runtime: Runtime.NODEJS_22_X,
      timeout: Duration.seconds(20),
      memorySize: 256,
      environment: {
        ...props.environment,
        SHOP_TABLE: shop.tableName,
        OUTBOX_TABLE: topic.outboxTableName,
      },
      bundling: { format: OutputFormat.ESM, target: "node20", externalModules: [], banner: REQUIRE },
    });
    shop.grant(place, "dynamodb:PutItem", "dynamodb:UpdateItem");
    topic.grantOutbox(place);
    new CfnOutput(this, "ShopTableName", { value: shop.tableName });
    new CfnOutput(this, "PlaceFunctionName", { value: place.functionName });
  }
}

const REQUIRE =
  'import { createRequire as exampleRequire } from "node:module"; const require = exampleRequire(import.meta.url);';
