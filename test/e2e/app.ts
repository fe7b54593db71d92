import { join } from "node:path";
import { App, CfnOutput, Duration, RemovalPolicy, Size, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import { Architecture, Code, Function, type IFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { FUNCTIONS_DIRECTORY_CONTEXT } from "../../cdk/function-code.js";
import { Ordering, Sluice, type SluiceProps } from "../../cdk/index.js";
import { CONSUMER, DECLARED, QUEUES, SUBSCRIBERS, type QueueName } from "./names.js";

/**
 * Context: `endpoint` (http, rest), and the folder of the bundles. The environment's AWS_ENDPOINT_URL is handed on to
 * the functions.
 */
const app = new App();
const stack = new Stack(app, "SluiceE2e");
const endpointUrl = process.env.AWS_ENDPOINT_URL;
const environment: Record<string, string> =
  endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl };

const queueProps: SluiceProps = {
  endpoint: app.node.tryGetContext("endpoint") === "rest" ? "rest" : "http",
  auth: "none",
  removalPolicy: RemovalPolicy.DESTROY,
  // The emulators cannot destroy a bucket that empties itself.
  emptyBucketOnDelete: false,
  architecture: Architecture.X86_64,
  // The tests' own receivers are on this machine.
  webhookTargets: { allowPrivateTargets: true },
  environment,
};

const deliveries = new Table(stack, "Deliveries", {
  partitionKey: { name: "pk", type: AttributeType.STRING },
  sortKey: { name: "sk", type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  removalPolicy: RemovalPolicy.DESTROY,
});
new CfnOutput(stack, "DeliveriesTable", { value: deliveries.tableName });

const bundles = String(app.node.getContext(FUNCTIONS_DIRECTORY_CONTEXT));
const subscribers = new Map<string, IFunction>(
  [...SUBSCRIBERS, CONSUMER].map((name) => {
    const fn = new Function(stack, `${name}Function`, {
      code: Code.fromAsset(join(bundles, name === CONSUMER ? "powertools" : "recorder")),
      handler: "index.handler",
      runtime: Runtime.NODEJS_22_X,
      timeout: Duration.seconds(20),
      memorySize: 256,
      environment: { ...environment, DELIVERIES_TABLE: deliveries.tableName },
    });
    deliveries.grantReadWriteData(fn);
    new CfnOutput(stack, `${name}Arn`, { value: fn.functionArn });
    return [name, fn];
  }),
);

function addQueue(name: QueueName): Sluice {
  const queue = new Sluice(stack, name, queueProps);
  // What subscriptions that tests make over the API need, as a subscription of the stack has it from its construct.
  for (const fn of subscribers.values()) fn.grantInvoke(queue.pumpRole);
  const outputs = {
    ApiId: queue.endpoint.apiId,
    LogTable: queue.logTable.tableName,
    OutboxTable: queue.outboxTable.tableName,
    Bucket: queue.bucket.bucketName,
    PumpFunction: queue.functions.pump.function.functionName,
    Dispatcher: queue.functions.dispatcher.function.functionName,
  };
  for (const [output, value] of Object.entries(outputs))
    new CfnOutput(stack, `${name}${output}Is`, { value });
  return queue;
}

const [main] = QUEUES.map(addQueue);
const [logistics] = subscribers.values();
if (main && logistics) {
  const declared = main.addTopic(DECLARED.topic, {
    ordering: Ordering.BY_KEY,
    partitions: 3,
    retention: Duration.days(2),
    description: "declared in the stack",
  });
  declared.addPullSubscription(DECLARED.pull, { ackDeadline: Duration.seconds(45), from: "earliest" });
  declared.subscribe(DECLARED.push, logistics, {
    maxConcurrency: 3,
    batchMaxMessages: 5,
    batchMaxSize: Size.kibibytes(64),
  });
}
