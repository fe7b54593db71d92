import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { AccountPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { type ISluice, Sluice, type SluiceProps, Subscription, Topic } from "../../cdk/index.js";
import { AStack } from "../lambdas/custom-resource/a-cloudformation.js";
import { subscriptionIn, topicIn } from "../lambdas/custom-resource/a-stack.js";
import { anEngine } from "../lambdas/an-engine.js";
import { aFunction, aSluice, statementsOf } from "./a-sluice.js";
import { ATTRIBUTES, deployed } from "./deployed.js";

const PREFIX = "/sluice/shared";
/** The team that has the queue. */
function platform(props: SluiceProps = {}) {
  const { queue, template } = aSluice({ parameterPrefix: PREFIX, ...props });
  queue.addTopic("orders");
  return deployed(template());
}

/** Another team, with an app of its own. */
function shop(use: (queue: ISluice, stack: Stack) => void, stackName = "Shop") {
  const stack = new Stack(new App(), "Stack", { stackName });
  use(Sluice.fromParameters(stack, "Queue", PREFIX), stack);
  return Template.fromStack(stack);
}

/** Subscribes to what the platform has, and makes a topic for itself. */
const shopping = (queue: ISluice, stack: Stack): void => {
  const orders = Topic.fromName(stack, "Orders", { queue, topicName: "orders" });
  orders.subscribe("logistics", aFunction(stack), { maxConcurrency: 5 });
  queue.addTopic("returns").addPullSubscription("audit");
};

const arnOf = (stackName: string): string =>
  `arn:aws:cloudformation:eu-central-1:111122223333:stack/${stackName}/1`;

/** Both apps, served by one provisioning function. */
async function bothDeployed(use = shopping) {
  const made = anEngine();
  const home = platform();
  const theirs = new AStack(made, arnOf("Platform"));
  await theirs.deploy(home.customResources);
  const deploy = (stackName: string, as = use) =>
    new AStack(made, arnOf(stackName)).deploy(deployed(shop(as, stackName), home.parameters).customResources);
  return { made, home, theirs, deploy };
}

describe("what a queue tells other apps", () => {
  it("GIVEN a prefix WHEN the queue is made THEN its parameters have what its outputs say", () => {
    const { parameters, outputs } = platform();
    expect(Object.keys(parameters).sort()).toEqual(
      ["api-id", "api-role-arn", "api-stage", "api-url", "outbox-table-name", "provision-function-arn"]
        .concat("pump-role-arn", "queue-name")
        .map((name) => `${PREFIX}/${name}`),
    );
    const output = (name: string) =>
      Object.entries(outputs).find(([id]) => id.startsWith(`Queue${name}`))?.[1];
    expect([
      parameters[`${PREFIX}/queue-name`],
      parameters[`${PREFIX}/api-url`],
      parameters[`${PREFIX}/provision-function-arn`],
      parameters[`${PREFIX}/pump-role-arn`],
      parameters[`${PREFIX}/api-role-arn`],
      parameters[`${PREFIX}/outbox-table-name`],
    ]).toEqual(
      ["QueueName", "ApiUrl", "ProvisionFunctionArn", "PumpRoleArn", "ApiRoleArn", "OutboxTable"].map(
        (name) => {
          expect(output(name)).toBeDefined();
          return output(name);
        },
      ),
    );
    expect(parameters[`${PREFIX}/api-stage`]).toBe("$default");
    expect(platform({ endpoint: "rest" }).parameters[`${PREFIX}/api-stage`]).toBe("prod");
  });

  it("GIVEN no prefix WHEN the queue is made THEN there are no parameters", () => {
    aSluice().template().resourceCountIs("AWS::SSM::Parameter", 0);
  });

  it.each(["sluice", "/", "/a//b", "/aws/x", "/SSM", "/a b", "", 5])(
    "GIVEN %j as a prefix WHEN it is synthesized THEN that is refused",
    (prefix) => {
      expect(() => aSluice({ parameterPrefix: prefix as string })).toThrow("Test/Queue: parameterPrefix is");
      const stack = new Stack(new App(), "Shop");
      expect(() => Sluice.fromParameters(stack, "Queue", prefix as string)).toThrow(
        "the prefix of parameters",
      );
    },
  );
});

describe("an app that imports a queue", () => {
  it("GIVEN its template WHEN it is deployed THEN the queue's function is asked, and its pump may invoke", () => {
    const home = platform();
    const template = shop(shopping);
    const { customResources, valueOf } = deployed(template, home.parameters);
    expect(
      Object.values(customResources).map(({ Topic: topic, Subscription: name }) => [topic, name]),
    ).toEqual([
      ["returns", undefined],
      ["returns", "audit"],
      ["orders", "logistics"],
    ]);
    for (const { ServiceToken } of Object.values(customResources))
      expect(ServiceToken).toBe(home.parameters[`${PREFIX}/provision-function-arn`]);
    const [permission] = Object.values(template.findResources("AWS::Lambda::Permission"));
    expect(valueOf(permission?.["Properties"])).toMatchObject({
      Action: "lambda:InvokeFunction",
      Principal: home.parameters[`${PREFIX}/pump-role-arn`],
    });
    // Nothing of the queue is made again.
    for (const type of ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::ApiGatewayV2::Api"])
      template.resourceCountIs(type, 0);
    template.resourceCountIs("AWS::Lambda::Function", 1);
  });

  it("GIVEN both apps WHEN they are deployed THEN each has what is its own", async () => {
    const { made, home, theirs, deploy } = await bothDeployed();
    expect((await deploy("Shop")).kind).toBe("done");
    expect(await subscriptionIn(made, "logistics")).toMatchObject({
      maxConcurrency: 5,
      ownership: { owner: { stackId: arnOf("Shop"), path: "Stack/Orders/logistics" } },
    });
    expect((await topicIn(made, "returns"))?.ownership?.owner.stackId).toBe(arnOf("Shop"));
    expect((await topicIn(made, "orders"))?.ownership?.owner.stackId).toBe(arnOf("Platform"));
    // The platform's next deployment changes nothing of the shop's.
    const [first] = Object.keys(home.customResources);
    const changed = { ...home.customResources[first ?? ""], Settings: '{"retentionSeconds":7200}' };
    expect((await theirs.deploy({ [first ?? ""]: changed })).kind).toBe("done");
    expect(await subscriptionIn(made, "logistics")).toBeDefined();
  });

  it("GIVEN a deployed app WHEN its stack goes THEN the topic of the platform stays", async () => {
    const made = anEngine();
    const home = platform();
    await new AStack(made, arnOf("Platform")).deploy(home.customResources);
    const stack = new AStack(made, arnOf("Shop"));
    expect((await stack.deploy(deployed(shop(shopping), home.parameters).customResources)).kind).toBe("done");
    await stack.delete();
    expect(await subscriptionIn(made, "logistics")).toBeUndefined();
    expect([await topicIn(made, "returns"), (await topicIn(made, "orders"))?.name]).toEqual([
      undefined,
      "orders",
    ]);
  });

  it("GIVEN the platform's topic WHEN the app declares it THEN that is refused, and rolled back", async () => {
    const { made, deploy } = await bothDeployed((queue) => {
      queue.addTopic("returns");
      queue.addTopic("orders");
    });
    const { kind, said } = await deploy("Shop");
    expect([kind, said]).toEqual(["rolled-back", [expect.stringContaining("belongs to Test/Queue/orders")]]);
    expect(await topicIn(made, "returns")).toBeUndefined();
    expect((await topicIn(made, "orders"))?.ownership?.owner.stackId).toBe(arnOf("Platform"));
  });

  it("GIVEN two apps with the same paths WHEN both declare one name THEN the second is refused", async () => {
    const { made, deploy } = await bothDeployed((queue) => queue.addTopic("returns"));
    expect((await deploy("Shop")).kind).toBe("done");
    const { kind, said } = await deploy("Warehouse");
    expect([kind, said]).toEqual(["rolled-back", [expect.stringContaining("already exists and belongs to")]]);
    expect((await topicIn(made, "returns"))?.ownership?.owner.stackId).toBe(arnOf("Shop"));
  });

  it("GIVEN a topic that is not there WHEN the app subscribes to it THEN the deployment says so", async () => {
    const { deploy } = await bothDeployed((queue, stack) => {
      Topic.fromName(stack, "Gone", { queue, topicName: "gone" }).addPullSubscription("audit");
    });
    const { kind, said } = await deploy("Shop");
    expect([kind, said]).toEqual(["rolled-back", [expect.stringContaining("topic-not-found")]]);
  });
});

describe("grants on what is imported", () => {
  const pathsIn = (template: Template, roleIdPart = "HandlerServiceRole") => {
    const { valueOf } = deployed(template, platform().parameters);
    return statementsOf(template, roleIdPart).flatMap(({ resources }) => resources.map(valueOf));
  };

  it("GIVEN a topic and a subscription WHEN they are granted THEN on the queue's own API, on them alone", () => {
    const api = platform().parameters[`${PREFIX}/api-id`];
    const template = shop((queue, stack) => {
      const topic = Topic.fromName(stack, "Orders", { queue, topicName: "orders" });
      const subscription = Subscription.fromName(stack, "Audit", { topic, subscriptionName: "audit" });
      const fn = aFunction(stack);
      topic.grantRead(fn);
      subscription.grantConsume(fn);
      queue.grantPublishToTopics(fn);
    });
    const arn = `arn:aws:execute-api:eu-central-1:111122223333:${api}/$default`;
    // Who reads and who consumes may each fetch the bodies of the topic's messages.
    expect([...new Set(pathsIn(template).map(String))].sort()).toEqual([
      `${arn}/GET/v1/messages/orders.*/body`,
      `${arn}/GET/v1/topics/orders/messages`,
      `${arn}/POST/v1/publish`,
      `${arn}/POST/v1/topics/orders/subscriptions/audit/receive`,
      `${arn}/POST/v1/topics/orders/subscriptions/audit/settle`,
    ]);
  });

  it("GIVEN a queue with a key of its own WHEN the outbox is granted THEN the table and the key are", () => {
    const stack = new Stack(new App(), "Shop");
    const key = "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012";
    const queue = Sluice.fromAttributes(stack, "Queue", {
      ...ATTRIBUTES,
      encryptionKey: Key.fromKeyArn(stack, "Key", key),
    });
    const orders = Topic.fromName(stack, "Orders", { queue, topicName: "orders" });
    orders.grantOutbox(aFunction(stack));
    const { valueOf } = deployed(Template.fromStack(stack));
    const statements = statementsOf(Template.fromStack(stack), "HandlerServiceRole");
    expect(statements.map(({ actions, resources }) => [actions[0], valueOf(resources)])).toEqual([
      ["kms:Decrypt", [key]],
      ["dynamodb:PutItem", ["arn:aws:dynamodb:eu-central-1:111122223333:table/Queue-Outbox"]],
    ]);
    expect(orders.outboxTableName).toBe("Queue-Outbox");
  });

  it("GIVEN the stage of a REST API WHEN its queue is imported THEN grants name it", () => {
    const stack = new Stack(new App(), "Shop");
    const queue = Sluice.fromAttributes(stack, "Queue", { ...ATTRIBUTES, endpoint: "rest" });
    queue.grantManage(aFunction(stack));
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).toContain("abc/prod/*/v1/*");
  });

  it("GIVEN a principal of another account WHEN it is granted THEN that fails, and says where it can be", () => {
    const env = { account: "111122223333", region: "eu-central-1" };
    const stack = new Stack(new App(), "Shop", { env });
    const queue = Sluice.fromAttributes(stack, "Queue", ATTRIBUTES);
    const text = "grant it in the app that makes the queue";
    expect(() => queue.grantManage(new AccountPrincipal("444455556666"))).toThrow(text);
    const theirs = Role.fromRoleArn(stack, "Theirs", "arn:aws:iam::444455556666:role/shop");
    expect(() => queue.grantManage(theirs)).toThrow("a principal of account 444455556666 cannot");
  });
});
