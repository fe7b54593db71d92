import { Duration } from "aws-cdk-lib";
import { SubscriptionBody } from "../../lib/http/contracts/subscription.js";
import { Subscription, type WebhookSubscriptionProps } from "../../cdk/subscription.js";
import { aFunction, aSluice } from "./a-sluice.js";

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
    },
    ackDeadlineSeconds: 60,
    maxConcurrency: 5,
    batch: { maxMessages: 20, maxBytes: 262_144 },
  });
  expect(SubscriptionBody.safeParse(settings).success).toBe(true);
});

it("leaves the rest to the API, and sends messages one by one", () => {
  expect(settingsOf()).toEqual({
    target: { type: "https", url: URL },
    ackDeadlineSeconds: 30,
    batch: { maxMessages: 1, maxBytes: 262_144 },
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
