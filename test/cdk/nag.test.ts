import { Aspects, type CfnResource, Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { Key } from "aws-cdk-lib/aws-kms";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks } from "cdk-nag";
import { Sluice } from "../../cdk/sluice.js";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import { anApp } from "./a-sluice.js";

/** What cdk-nag finds, beyond what the constructs themselves acknowledge and justify. */
function findings(props: SluiceProps): readonly string[] {
  const app = anApp();
  const stack = new Stack(app, "Test");
  const queue = new Sluice(stack, "Queue", props);
  queue.addTopic("orders").addPullSubscription("audit");
  Aspects.of(app).add(new AwsSolutionsChecks());
  const annotations = Annotations.fromStack(stack);
  const isNag = Match.stringLikeRegexp("AwsSolutions-.*");
  return [...annotations.findError("*", isNag), ...annotations.findWarning("*", isNag)].map(
    ({ id, entry }) => `${id}: ${JSON.stringify(entry.data)}`,
  );
}

it.each<[string, SluiceProps]>([
  ["as it comes", {}],
  ["with a REST API", { endpoint: "rest" }],
  ["with alarms and tracing", { alarmActions: [], tracing: true }],
])("follows the AWS Solutions rules %s", (_, props) => {
  expect(findings(props)).toEqual([]);
});

it.each(["http", "rest"] as const)(
  "GIVEN an open %s endpoint WHEN it is checked THEN the finding is the user's to argue",
  (endpoint) => {
    const ids = findings({ auth: "none", endpoint }).map((finding) => /AwsSolutions-\w+/.exec(finding)?.[0]);
    expect([...new Set(ids)]).toEqual(["AwsSolutions-APIG4"]);
  },
);

describe("what Sluice acknowledges", () => {
  it("GIVEN a queue WHEN it is asked THEN it lists each, with its reason", () => {
    const queue = new Sluice(new Stack(anApp(), "Test"), "Queue");
    expect(queue.acknowledged.length).toBeGreaterThan(5);
    for (const { path, id, reason } of queue.acknowledged) {
      expect([path.startsWith("Test/Queue/"), id.startsWith("AwsSolutions-"), reason.length > 20]).toEqual(
        Array(3).fill(true),
      );
    }
  });

  it("GIVEN acknowledgeFindings false WHEN it is checked THEN every finding is seen, and still listed", () => {
    const seen = findings({ acknowledgeFindings: false });
    const ids = new Set(seen.map((finding) => /AwsSolutions-\w+/.exec(finding)?.[0]));
    const queue = new Sluice(new Stack(anApp(), "Test"), "Queue", { acknowledgeFindings: false });
    expect(ids).toEqual(new Set(queue.acknowledged.map(({ id }) => id)));
  });

  it("GIVEN a resource of the user's WHEN the queue acknowledges THEN it is never touched", () => {
    const stack = new Stack(anApp(), "Test");
    const own = new Bucket(stack, "Own");
    new Sluice(stack, "Queue").addTopic("orders");
    expect((own.node.defaultChild as CfnResource).getMetadata("cdk_nag")).toBeUndefined();
  });
});

it("follows them with a customer's key", () => {
  const stack = new Stack(anApp(), "Keys");
  const encryptionKey = Key.fromKeyArn(
    stack,
    "Key",
    "arn:aws:kms:us-east-1:111122223333:key/12345678-1234-1234-1234-123456789012",
  );
  expect(findings({ encryptionKey })).toEqual([]);
});
