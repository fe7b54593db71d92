import { App, CfnOutput, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  AttributeType,
  BillingMode,
  type ITable,
  StreamViewType,
  Table,
  type TableProps,
} from "aws-cdk-lib/aws-dynamodb";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { Doorbell } from "../../../cdk/doorbell.js";
import { SluiceFunction } from "../../../cdk/sluice-function.js";
import { REHEARSALS } from "./rehearsals.js";

const TABLE: TableProps = {
  partitionKey: { name: "pk", type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  removalPolicy: RemovalPolicy.DESTROY,
};

/** The queue's own doorbell, from a log of its own to a function that fails as its records ask. */
class RehearsalStream extends Construct {
  constructor(scope: Construct, name: string, deliveries: Table) {
    super(scope, name);
    const log = new Table(this, "Log", {
      ...TABLE,
      sortKey: { name: "base", type: AttributeType.NUMBER },
      stream: StreamViewType.NEW_IMAGE,
    });
    const dispatcher = new SluiceFunction(this, "Dispatcher", {
      name: "dispatcher",
      description: "Fails as its records ask",
      memoryMb: 256,
      timeout: Duration.minutes(1),
      architecture: Architecture.X86_64,
      environment: { DELIVERIES_TABLE: deliveries.tableName, REHEARSAL: name, ...endpoint() },
      logRetention: RetentionDays.ONE_DAY,
      logRemovalPolicy: RemovalPolicy.DESTROY,
      tracing: false,
    });
    deliveries.grantReadWriteData(dispatcher.role);
    const { failures } = new Doorbell(this, "Doorbell", {
      table: log as ITable,
      answeredBy: dispatcher,
      encryptionKey: undefined,
      maxRecordAge: Duration.minutes(5),
    });
    new CfnOutput(this, "LogTable", { value: log.tableName }).overrideLogicalId(`${name}LogTable`);
    new CfnOutput(this, "Failures", { value: failures.queueUrl }).overrideLogicalId(`${name}Failures`);
    const { functionName } = dispatcher.function;
    new CfnOutput(this, "FunctionName", { value: functionName }).overrideLogicalId(`${name}FunctionName`);
  }
}

function endpoint(): Record<string, string> {
  const url = process.env.AWS_ENDPOINT_URL;
  return url === undefined ? {} : { AWS_ENDPOINT_URL: url };
}

const stack = new Stack(new App(), "SluiceRehearsal");
const deliveries = new Table(stack, "Deliveries", {
  ...TABLE,
  sortKey: { name: "sk", type: AttributeType.STRING },
});
new CfnOutput(stack, "DeliveriesTable", { value: deliveries.tableName });
for (const name of REHEARSALS) new RehearsalStream(stack, name, deliveries);
