import { Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { SubscriptionBody } from "../../lib/http/contracts/subscription.js";
import type { SigningSecret, WebhookSubscriptionProps } from "../../cdk/subscription-options.js";
import { Subscription } from "../../cdk/subscription.js";
import { aFunction, aSluice, statementsOf } from "./a-sluice.js";

const URL = "https://shop.example.com/hooks";

function settingsOf(props: WebhookSubscriptionProps = {}, url = URL): unknown {
  const { queue, template } = aSluice();
  queue.addTopic("orders").addWebhook("shop", url, props);
  const [found] = Object.values(template().findResources("Custom::SluiceSubscription"));
  return JSON.parse((found as { Properties: { Settings: string } }).Properties.Settings);
}

it("asks for a webhook, as the API takes it", () => {
  const settings = settingsOf({
    format: "cloudevent",
    connectTimeout: Duration.seconds(2),
    timeout: Duration.seconds(60),
    maxConcurrency: 5,
    batchMaxMessages: 20,
  });
  expect(settings).toEqual({
    target: {
      type: "https",
      url: URL,
      format: "cloudevent",
      connectTimeoutSeconds: 2,
      timeoutSeconds: 60,
      secretArn: null,
    },
    maxConcurrency: 5,
    batch: { maxMessages: 20 },
  });
  expect(SubscriptionBody.safeParse(settings).success).toBe(true);
});

it("leaves the rest to the API, and sends messages one by one", () => {
  expect(settingsOf()).toEqual({
    target: { type: "https", url: URL, secretArn: null },
  });
});

it.each<[WebhookSubscriptionProps, string]>([
  [{ timeout: Duration.minutes(6) }, "timeout in seconds is 360: use a whole number from 1 to 300"],
  [{ connectTimeout: Duration.seconds(16) }, "connectTimeout in seconds is 16"],
  [{ timeout: Duration.seconds(3), connectTimeout: Duration.seconds(4) }, "connectTimeout in seconds is 4"],
])("turns down %j", (props, why) => {
  expect(() => settingsOf(props)).toThrow(why);
});

it("has a function or a URL, not both", () => {
  const { queue, stack } = aSluice();
  const topic = queue.addTopic("orders");
  expect(() => new Subscription(stack, "Both", { topic, function: aFunction(stack), url: URL })).toThrow(
    "not both",
  );
});

it("gives the pump's role nothing but what it had: secrets are in its own table", () => {
  const roles = (isHooked: boolean): unknown => {
    const { queue, template } = aSluice();
    const topic = queue.addTopic("orders");
    if (isHooked) topic.addWebhook("shop", URL);
    return template().findResources("AWS::IAM::Policy");
  };
  expect(roles(true)).toEqual(roles(false));
});

describe("a webhook that is signed with a secret of Secrets Manager", () => {
  const READ = "secretsmanager:GetSecretValue";
  const mayRead = (template: Template, role: string): boolean =>
    statementsOf(template, role).some(({ actions }) => actions.includes(READ));

  function aSigned(secretOf: (stack: Stack) => SigningSecret) {
    const { queue, stack, template } = aSluice();
    const secret = secretOf(stack);
    queue.addTopic("orders").addWebhook("shop", URL, { secret });
    return { stack, template: template() };
  }

  it("names it, and no template has its value", () => {
    const { template } = aSigned((stack) => new Secret(stack, "Shop"));
    template.hasResourceProperties("Custom::SluiceSubscription", {
      Settings: { "Fn::Join": ["", Match.arrayWith([{ Ref: Match.stringLikeRegexp("^Shop") }])] },
    });
    expect(JSON.stringify(template.toJSON())).not.toContain("{{resolve:secretsmanager");
  });

  it("lets the pump and the API read it, by its own policy", () => {
    const { template } = aSigned(
      (stack) => new Secret(stack, "Shop", { encryptionKey: new Key(stack, "Key") }),
    );
    const role = (name: string) => ({
      "Fn::GetAtt": [Match.stringLikeRegexp(`Functions${name}Role`), "Arn"],
    });
    template.hasResourceProperties("AWS::SecretsManager::ResourcePolicy", {
      ResourcePolicy: {
        Statement: [{ Action: READ, Principal: { AWS: [role("Pump"), role("Api")] }, Effect: "Allow" }],
      },
    });
    for (const name of ["FunctionsPump", "FunctionsApi"]) {
      expect(mayRead(template, name)).toBe(false);
      expect(statementsOf(template, name).some(({ actions }) => actions.includes("kms:Decrypt"))).toBe(true);
    }
    for (const name of ["Clock", "Dispatcher", "Provision"])
      expect(statementsOf(template, name).some(({ actions }) => actions.includes("kms:Decrypt"))).toBe(false);
  });

  it("lets their roles read one that was not made here", () => {
    const arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:shop-AbCdEf";
    const { template } = aSigned((stack) => Secret.fromSecretCompleteArn(stack, "Shop", arn));
    expect(
      ["FunctionsPump", "FunctionsApi", "FunctionsClock"].map((role) => mayRead(template, role)),
    ).toEqual([true, true, false]);
    const [found] = Object.values(template.findResources("Custom::SluiceSubscription"));
    const { target } = JSON.parse((found as { Properties: { Settings: string } }).Properties.Settings);
    expect(target).toMatchObject({ secretArn: arn });
    expect(SubscriptionBody.shape.target.safeParse(target).success).toBe(true);
  });

  it("takes one of another stack, whichever stack has the subscription", () => {
    const { queue, stack } = aSluice();
    const [first, second] = ["First", "Second"].map(
      (id) => new Stack(Stack.of(stack).node.root as never, id),
    );
    if (!first || !second) throw new Error("they were made");
    const topic = queue.addTopic("orders");
    topic.addWebhook("near", URL, { secret: new Secret(first, "Secret") });
    new Subscription(second, "Far", { topic, url: URL, secret: new Secret(second, "Secret") });
    expect(mayRead(Template.fromStack(stack), "FunctionsPump")).toBe(true);
    Template.fromStack(second).resourceCountIs("AWS::SecretsManager::ResourcePolicy", 1);
  });

  it("is a webhook: nothing else is signed", () => {
    const { queue, stack } = aSluice();
    const props = { topic: queue.addTopic("orders"), secret: new Secret(stack, "Shop") };
    expect(() => new Subscription(stack, "Pull", props)).toThrow("secret is for webhooks");
  });
});
