import { CfnOutput, Duration, RemovalPolicy, Stack, type App } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import type { Code } from "aws-cdk-lib/aws-lambda";
import { Architecture, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import type * as constructs from "../../cdk/index.js";

export const STACK = "SluiceUpgrade";
export const TOPIC = "orders";

/**
 * A queue with one of each that a stack declares. It is made by the constructs of the release before and by those of
 * now, so it names only what both have.
 */
export function aStack(
  app: App,
  { Sluice, Ordering }: Pick<typeof constructs, "Sluice" | "Ordering">,
  { recorder, endpoint = "http" }: { readonly recorder: Code; readonly endpoint?: string },
): Stack {
  const stack = new Stack(app, STACK);
  const endpointUrl = process.env.AWS_ENDPOINT_URL;
  const environment: Record<string, string> =
    endpointUrl === undefined ? {} : { AWS_ENDPOINT_URL: endpointUrl };
  const deliveries = new Table(stack, "Deliveries", {
    partitionKey: { name: "pk", type: AttributeType.STRING },
    sortKey: { name: "sk", type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const handler = new Function(stack, "Recorder", {
    code: recorder,
    handler: "index.handler",
    runtime: Runtime.NODEJS_22_X,
    timeout: Duration.seconds(20),
    environment: { ...environment, DELIVERIES_TABLE: deliveries.tableName },
  });
  deliveries.grantReadWriteData(handler);
  const queue = new Sluice(stack, "Queue", {
    endpoint: endpoint === "rest" ? "rest" : "http",
    auth: "none",
    removalPolicy: RemovalPolicy.DESTROY,
    // The emulators cannot destroy a bucket that empties itself.
    emptyBucketOnDelete: false,
    architecture: Architecture.X86_64,
    environment,
  });
  const orders = queue.addTopic(TOPIC, { ordering: Ordering.BY_KEY, partitions: 2 });
  orders.subscribe("warehouse", handler, { maxConcurrency: 2 });
  orders.addPullSubscription("audit", { ackDeadline: Duration.seconds(10), from: "earliest" });
  for (const [name, value] of Object.entries({
    DeliveriesTable: deliveries.tableName,
    QueueApiIdIs: queue.endpoint.apiId,
    LogTableIs: queue.logTable.tableName,
    StateTableIs: queue.stateTable.tableName,
    OutboxTableIs: queue.outboxTable.tableName,
    BucketIs: queue.bucket.bucketName,
  }))
    new CfnOutput(stack, name, { value });
  return stack;
}
