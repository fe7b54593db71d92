import { Aspects, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { AwsSolutionsChecks } from "cdk-nag";
import { InboxTable, type InboxTableProps } from "../../cdk/inbox-table.js";
import { inboxItem } from "../../lib/client/inbox.js";
import { aFunction, anApp, statementsOf } from "./a-sluice.js";

const HOME = "111122223333";

function anInbox(props: InboxTableProps = {}) {
  const app = anApp();
  const stack = new Stack(app, "Test", { env: { account: HOME, region: "eu-west-1" } });
  const inbox = new InboxTable(stack, "Inbox", props);
  return { app, stack, inbox, template: () => Template.fromStack(stack) };
}

it("GIVEN no options WHEN it is made THEN it takes what inboxItem gives without being told", () => {
  const delivered = { topic: "orders", subscription: "bank", id: "orders.1" };
  const { Item } = inboxItem(delivered, { tableName: "Inbox" }).Put;
  const [partitionKey, timeToLive, ...others] = Object.keys(Item);
  expect(others).toEqual([]);
  anInbox()
    .template()
    .hasResourceProperties("AWS::DynamoDB::Table", {
      KeySchema: [{ AttributeName: partitionKey, KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: partitionKey, AttributeType: "S" }],
      TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
      BillingMode: "PAY_PER_REQUEST",
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      DeletionProtectionEnabled: true,
    });
});

it("GIVEN a stack that goes WHEN nothing is said THEN the table is kept; if told, it goes as well", () => {
  anInbox().template().allResources("AWS::DynamoDB::Table", {
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
  });
  const dropped = anInbox({ removalPolicy: RemovalPolicy.DESTROY }).template();
  dropped.allResources("AWS::DynamoDB::Table", { DeletionPolicy: "Delete" });
  dropped.allResourcesProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: false });
});

it("GIVEN a consumer WHEN it is granted THEN it may put items, and do nothing else", () => {
  const { stack, inbox, template } = anInbox();
  inbox.grantInbox(aFunction(stack));
  expect(statementsOf(template(), "Handler")).toEqual([
    {
      actions: ["dynamodb:PutItem"],
      resources: [{ "Fn::GetAtt": [expect.stringContaining("InboxTable"), "Arn"] }],
    },
  ]);
});

it("GIVEN a key of one's own WHEN a consumer is granted THEN it may use the key as a writer does", () => {
  const app = anApp();
  const stack = new Stack(app, "Test");
  const inbox = new InboxTable(stack, "Inbox", { encryptionKey: new Key(stack, "Key") });
  inbox.grantInbox(aFunction(stack));
  const template = Template.fromStack(stack);
  template.hasResourceProperties("AWS::DynamoDB::Table", {
    SSESpecification: { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: Match.anyValue() },
  });
  const actions = statementsOf(template, "Handler").flatMap((statement) => statement.actions);
  expect(actions).toEqual(
    expect.arrayContaining(["dynamodb:PutItem", "kms:Decrypt", "kms:GenerateDataKey*"]),
  );
});

it("GIVEN a principal that no policy of the app reaches WHEN it is granted THEN it is refused", () => {
  const { stack, inbox } = anInbox();
  const theirs = Role.fromRoleArn(stack, "Theirs", "arn:aws:iam::444455556666:role/bank");
  expect(() => inbox.grantInbox(theirs)).toThrow("account 444455556666 cannot write to a table of another");
  const arn = new ArnPrincipal(`arn:aws:iam::${HOME}:role/bank`);
  expect(() => inbox.grantInbox(arn)).toThrow("has no policy that this app could add to");
});

it("GIVEN the AWS Solutions rules WHEN it is checked THEN nothing is found", () => {
  const { app, stack } = anInbox();
  Aspects.of(app).add(new AwsSolutionsChecks());
  const found = Annotations.fromStack(stack).findError("*", Match.stringLikeRegexp("AwsSolutions-.*"));
  expect(found).toEqual([]);
});
