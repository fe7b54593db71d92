import { CfnOutput, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import { InboxTable, Sluice } from "../../cdk/index.js";
import { type ExampleSettings, OF_AN_EXAMPLE } from "../example.js";
import { TOPIC } from "./names.js";

export interface TransferProps extends ExampleSettings {
  /** Whether webhooks may lead to private addresses: the receiver is a process on this machine. */
  readonly allowPrivateTargets: boolean;
}

/** A bank's table and its inbox. Who publishes and who receives are processes that the scenario starts and kills. */
export class TransferStack extends Stack {
  constructor(scope: Construct, id: string, props: TransferProps) {
    super(scope, id);
    const { allowPrivateTargets, ...settings } = props;
    const webhookTargets = { allowPrivateTargets };
    new Sluice(this, "Queue", { ...settings, ...OF_AN_EXAMPLE, webhookTargets }).addTopic(TOPIC);
    const bank = new Table(this, "BankTable", {
      partitionKey: { name: "id", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const inbox = new InboxTable(this, "Inbox", { removalPolicy: RemovalPolicy.DESTROY });
    new CfnOutput(this, "BankTableName", { value: bank.tableName });
    new CfnOutput(this, "InboxTableName", { value: inbox.tableName });
  }
}
