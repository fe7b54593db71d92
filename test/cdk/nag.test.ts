import { Aspects, Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { Key } from "aws-cdk-lib/aws-kms";
import { AwsSolutionsChecks } from "cdk-nag";
import { Sluice, type SluiceProps } from "../../cdk/sluice.js";
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
  ["open, for local use", { auth: "none" }],
  ["open with a REST API", { auth: "none", endpoint: "rest" }],
  ["with alarms and tracing", { alarmActions: [], tracing: true }],
])("follows the AWS Solutions rules %s", (_, props) => {
  expect(findings(props)).toEqual([]);
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
