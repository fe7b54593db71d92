import { fileURLToPath } from "node:url";
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { Sluice } from "../../cdk/index.js";
import { STACK, SUBSCRIBERS, TOPIC } from "./subscribers.js";

/** Messages of one delivery at the most: four publishes of this benchmark. */
const BATCH_MESSAGES = 100;

const endpointUrl = process.env.AWS_ENDPOINT_URL;
const environment: Record<string, string> =
  endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl };
const stack = new Stack(new App(), STACK);
const queue = new Sluice(stack, "Queue", {
  auth: "none",
  removalPolicy: RemovalPolicy.DESTROY,
  // The emulators cannot destroy a bucket that empties itself.
  emptyBucketOnDelete: false,
  architecture: Architecture.X86_64,
  environment,
});
const topic = queue.addTopic(TOPIC);

const table = new Table(stack, "Deliveries", {
  partitionKey: { name: "subscriber", type: AttributeType.STRING },
  sortKey: { name: "delivery", type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  removalPolicy: RemovalPolicy.DESTROY,
});
new CfnOutput(stack, "DeliveriesTable", { value: table.tableName });

for (const name of SUBSCRIBERS) {
  const recorder = new NodejsFunction(stack, `${name}Function`, {
    entry: fileURLToPath(new URL("functions/recorder.ts", import.meta.url)),
    runtime: Runtime.NODEJS_22_X,
    timeout: Duration.seconds(20),
    memorySize: 256,
    environment: { ...environment, TABLE: table.tableName, SUBSCRIBER: name },
    bundling: { target: "node20", externalModules: [], minify: true },
  });
  table.grantWriteData(recorder);
  topic.subscribe(name, recorder, { batchMaxMessages: BATCH_MESSAGES, maxConcurrency: 4 });
}
