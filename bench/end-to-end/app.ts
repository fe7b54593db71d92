import { fileURLToPath } from "node:url";
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { HttpApi, HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { AttributeType, BillingMode, type ITable, StreamViewType, Table } from "aws-cdk-lib/aws-dynamodb";
import { Architecture, Runtime, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { DynamoEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { Sluice } from "../../cdk/index.js";
import { BARE, LONE, STACK, SUBSCRIBERS, TOPIC } from "./subscribers.js";

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
const lone = queue.addTopic(LONE);

const table = new Table(stack, "Deliveries", {
  partitionKey: { name: "subscriber", type: AttributeType.STRING },
  sortKey: { name: "delivery", type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  removalPolicy: RemovalPolicy.DESTROY,
});
new CfnOutput(stack, "DeliveriesTable", { value: table.tableName });

const fn = (id: string, entry: string, own: Record<string, string>): NodejsFunction =>
  new NodejsFunction(stack, id, {
    entry: fileURLToPath(new URL(`functions/${entry}.ts`, import.meta.url)),
    runtime: Runtime.NODEJS_22_X,
    timeout: Duration.seconds(20),
    memorySize: 256,
    environment: { ...environment, ...own },
    bundling: { target: "node20", externalModules: [], minify: true },
  });

for (const name of [...SUBSCRIBERS, LONE]) {
  const recorder = fn(`${name}Function`, "recorder", { TABLE: table.tableName, SUBSCRIBER: name });
  table.grantWriteData(recorder);
  (name === LONE ? lone : topic).subscribe(name, recorder, {
    batchMaxMessages: BATCH_MESSAGES,
    maxConcurrency: 4,
  });
}

/** What the same emulator takes for the least that could be done: an item, its stream, a function. */
const bare = new Table(stack, "Bare", {
  partitionKey: { name: "id", type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  removalPolicy: RemovalPolicy.DESTROY,
  stream: StreamViewType.NEW_IMAGE,
});
const barePut = fn("BarePut", "bare-put", { TABLE: bare.tableName });
bare.grantWriteData(barePut);
const bareTaken = fn("BareTaken", "bare-taken", { TABLE: table.tableName, SUBSCRIBER: BARE });
table.grantWriteData(bareTaken);
bareTaken.addEventSource(
  new DynamoEventSource(bare as ITable, {
    startingPosition: StartingPosition.LATEST,
    batchSize: BATCH_MESSAGES,
  }),
);
const bareApi = new HttpApi(stack, "BareApi");
bareApi.addRoutes({
  path: "/bare",
  methods: [HttpMethod.POST],
  integration: new HttpLambdaIntegration("BarePut", barePut),
});
new CfnOutput(stack, "BareApiId", { value: bareApi.apiId });
