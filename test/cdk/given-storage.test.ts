import { Aspects, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { Table } from "aws-cdk-lib/aws-dynamodb";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks } from "cdk-nag";
import type { GivenStorage } from "../../cdk/given-storage.js";
import { Sluice } from "../../cdk/sluice.js";
import { anApp, statementsOf } from "./a-sluice.js";

const RESTORED_AT = "2026-03-01T12:00:00Z";
const TABLES = "arn:aws:dynamodb:eu-central-1:111111111111:table";
const STREAM = "2026-03-01T00:00:00.000";

const aTable = (stack: Stack, name: string, hasStream = true) =>
  Table.fromTableAttributes(stack, name, {
    tableArn: `${TABLES}/${name}`,
    ...(hasStream ? { tableStreamArn: `${TABLES}/${name}/stream/${STREAM}` } : {}),
  });

/** A queue with all of it given, but for what `more` says. */
function aQueue(more: (stack: Stack) => Partial<GivenStorage> = () => ({})) {
  const app = anApp();
  const env = { account: "111111111111", region: "eu-central-1" };
  const stack = new Stack(app, "Test", { env });
  const queue = new Sluice(stack, "Queue", {
    alarmActions: [],
    storage: {
      logTable: aTable(stack, "log"),
      stateTable: aTable(stack, "state", false),
      outboxTable: aTable(stack, "outbox"),
      bucket: Bucket.fromBucketName(stack, "bucket", "segments-kept"),
      restoredAt: RESTORED_AT,
      ...more(stack),
    },
  });
  return { app, stack, queue };
}

describe("a queue with tables that are there already", () => {
  const { app, stack, queue } = aQueue();
  Aspects.of(app).add(new AwsSolutionsChecks());
  const template = Template.fromStack(stack);

  it("makes none of its own", () => {
    template.resourceCountIs("AWS::DynamoDB::Table", 0);
    template.resourceCountIs("AWS::S3::Bucket", 0);
    expect([queue.logTable.tableName, queue.bucket.bucketName]).toEqual(["log", "segments-kept"]);
  });

  it("tells each function their names, and since when they are the queue's", () => {
    const functions = Object.values(template.findResources("AWS::Lambda::Function")).map(
      ({ Properties }) => (Properties as { Environment?: { Variables: object } }).Environment?.Variables,
    );
    const expected = {
      SLUICE_LOG_TABLE: "log",
      SLUICE_STATE_TABLE: "state",
      SLUICE_OUTBOX_TABLE: "outbox",
      SLUICE_BUCKET: "segments-kept",
      SLUICE_RESTORED_AT: "2026-03-01T12:00:00.000Z",
    };
    const own = functions.filter((variables) => variables && "SLUICE_LOG_TABLE" in variables);
    expect(own).toHaveLength(7);
    for (const variables of own) expect(variables).toMatchObject(expected);
  });

  it("has their topics looked through once for each restore", () => {
    template.hasResourceProperties("Custom::SluiceRestored", { RestoredAt: "2026-03-01T12:00:00.000Z" });
  });

  it("has their settings looked at, by a function that may do so for these alone", () => {
    template.hasResourceProperties("Custom::SluiceRestored", {
      Given: ["log", "state", "outbox", "bucket"],
      LogStream: `${TABLES}/log/stream/${STREAM}`,
      OutboxStream: `${TABLES}/outbox/stream/${STREAM}`,
    });
    const looks = statementsOf(template, "Provision").filter(({ actions }) =>
      actions.some((action) => /Describe|Lifecycle/.test(action)),
    );
    expect(JSON.stringify(looks.flatMap(({ resources }) => resources))).not.toContain("*");
    expect([...new Set(looks.flatMap(({ actions }) => actions))].sort()).toEqual(
      expect.arrayContaining([
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "s3:GetLifecycleConfiguration",
      ]),
    );
  });

  it("listens to their streams, and may use them as its own", () => {
    for (const name of ["log", "outbox"])
      template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
        EventSourceArn: `${TABLES}/${name}/stream/${STREAM}`,
      });
    const writes = statementsOf(template, "Api").filter(({ resources }) =>
      resources.includes(`${TABLES}/state`),
    );
    expect(writes.flatMap(({ actions }) => actions)).toEqual(expect.arrayContaining(["dynamodb:PutItem"]));
  });

  it("follows the AWS Solutions rules", () => {
    const isNag = Match.stringLikeRegexp("AwsSolutions-.*");
    const annotations = Annotations.fromStack(stack);
    const found = [...annotations.findError("*", isNag), ...annotations.findWarning("*", isNag)];
    expect(found.map(({ entry }) => entry.data)).toEqual([]);
  });
});

it("GIVEN the log alone WHEN it is synthesized THEN the queue makes the rest", () => {
  const stack = new Stack(anApp(), "Test");
  new Sluice(stack, "Queue", { storage: { logTable: aTable(stack, "log"), restoredAt: RESTORED_AT } });
  const template = Template.fromStack(stack);
  template.resourceCountIs("AWS::DynamoDB::Table", 2);
  template.resourceCountIs("AWS::S3::Bucket", 1);
});

it("GIVEN no tables WHEN it is synthesized THEN no function is told of a restore", () => {
  const stack = new Stack(anApp(), "Test");
  new Sluice(stack, "Queue");
  expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toMatch(/RESTORED|SluiceRestored/);
});

const FUTURE = new Date(Date.now() + 3_600_000).toISOString();

it.each<[what: string, more: (stack: Stack) => Partial<GivenStorage>, said: RegExp]>([
  [
    "a log without a stream",
    (stack) => ({ logTable: aTable(stack, "still", false) }),
    /logTable has no stream.*new images/,
  ],
  [
    "an outbox without one",
    (stack) => ({ outboxTable: aTable(stack, "still", false) }),
    /outboxTable has no stream/,
  ],
  ["no time", () => ({ restoredAt: "yesterday" }), /restoredAt is "yesterday": use a time such as/],
  ["no time at all", () => ({ restoredAt: undefined as unknown as string }), /restoredAt is undefined/],
  ["the future", () => ({ restoredAt: FUTURE }), /in the future/],
])("GIVEN %s WHEN it is synthesized THEN it is refused, with the way out", (_, more, said) => {
  expect(() => aQueue(more)).toThrow(said);
});

it("GIVEN nothing but a time WHEN it is synthesized THEN it is refused", () => {
  const stack = new Stack(anApp(), "Test");
  expect(() => new Sluice(stack, "Queue", { storage: { restoredAt: RESTORED_AT } })).toThrow(
    /name at least one of logTable/,
  );
});
