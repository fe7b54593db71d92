import { type App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { AccountPrincipal, ArnPrincipal, type IGrantable, Role } from "aws-cdk-lib/aws-iam";
import { Sluice } from "../../cdk/sluice.js";
import type { SluiceProps } from "../../cdk/sluice-props.js";
import { Subscription } from "../../cdk/subscription.js";
import type { Topic } from "../../cdk/topic.js";
import { aFunction, aSluice, anApp, functionAt, statementsOf } from "./a-sluice.js";

const pathsOf = (template: Template) =>
  statementsOf(template, "HandlerServiceRole").flatMap(({ actions, resources }) =>
    resources.map((resource) => {
      expect(actions).toEqual(["execute-api:Invoke"]);
      const [, path] = /\/(?:\$default|prod)\/([^"]+)/.exec(JSON.stringify(resource)) ?? [];
      return path;
    }),
  );

/** What a function may ask for, given a topic "orders" with the subscriptions "audit" and "cart". */
function allowed(grant: (topic: Topic, grantee: IGrantable, queue: Sluice) => void): readonly unknown[] {
  const { stack, queue, template } = aSluice();
  const topic = queue.addTopic("orders");
  topic.addPullSubscription("audit");
  grant(topic, aFunction(stack), queue);
  topic.addPullSubscription("cart");
  queue.addTopic("returns").addPullSubscription("audit");
  return [...new Set(pathsOf(template()))].sort();
}

const TOPIC = "/v1/topics/orders";
const AUDIT = `${TOPIC}/subscriptions/audit`;
const CART = `${TOPIC}/subscriptions/cart`;
const onBoth = (...requests: readonly string[]) =>
  [...new Set(requests.flatMap((request) => [AUDIT, CART].map((path) => request.replace("~", path))))].sort();
const onAudit = (...requests: readonly string[]) =>
  requests.map((request) => request.replace("~", AUDIT)).sort();

const BODIES = "GET/v1/messages/orders.*/body";
const CONSUME = [BODIES, "POST~/receive", "POST~/settle"];
const LETTERS = ["DELETE", "GET"].map((method) => `${method}~/dead-letters/*`);
const SEEK = [
  "POST~/seek",
  "POST~/replay",
  "GET~/replay/jobs",
  "GET~/replay/jobs/*",
  "DELETE~/replay/jobs/*",
];
const DEAD_LETTERS = [
  ...LETTERS,
  BODIES,
  "GET~/dead-letters",
  "POST~/dead-letters/purge",
  "POST~/dead-letters/redrive",
];
const MESSAGES = ["GET~/messages", "POST~/messages/*/settle"];
const LOOK = ["GET~", "GET~/set-aside"];
const TOPIC_LOOK = [`GET${TOPIC}`, `GET${TOPIC}/schedules`, `GET${TOPIC}/subscriptions`];

it.each<[string, (topic: Topic, grantee: IGrantable, queue: Sluice) => void, readonly string[]]>([
  [
    "publish",
    (topic, to) => topic.grantPublish(to),
    [`POST${TOPIC}/messages`, `POST${TOPIC}/messages/raw`, `POST${TOPIC}/uploads`],
  ],
  ["read", (topic, to) => topic.grantRead(to), [BODIES, `GET${TOPIC}/messages`]],
  ["erase", (topic, to) => topic.grantErase(to), ["POST/v1/messages/orders.*/erase"]],
  ["look up", (topic, to) => topic.grantLookUp(to), ["GET/v1/messages/orders.*"]],
  [
    "schedule",
    (topic, to) => topic.grantSchedule(to),
    ["DELETE/v1/messages/orders.*", `GET${TOPIC}/scheduled`],
  ],
  [
    "manage schedules",
    (topic, to) => topic.grantManageSchedules(to),
    [`*${TOPIC}/schedules/*`, `GET${TOPIC}/schedules`],
  ],
  ["read the outbox", (topic, to) => topic.grantReadOutbox(to), [`GET${TOPIC}/outbox`]],
  ["consume one", (topic, to) => topic.grantConsume(to, "audit"), onAudit(...CONSUME)],
  ["consume all", (topic, to) => topic.grantConsume(to, "*"), onBoth(...CONSUME)],
  ["seek one", (topic, to) => topic.grantSeek(to, "audit"), onAudit(...SEEK)],
  ["seek all", (topic, to) => topic.grantSeek(to, "*"), onBoth(...SEEK)],
  ["dead letters of one", (topic, to) => topic.grantDeadLetters(to, "audit"), onAudit(...DEAD_LETTERS)],
  ["dead letters of all", (topic, to) => topic.grantDeadLetters(to, "*"), onBoth(...DEAD_LETTERS)],
  ["messages of one", (topic, to) => topic.grantMessages(to, "audit"), onAudit(...MESSAGES)],
  ["messages of all", (topic, to) => topic.grantMessages(to, "*"), onBoth(...MESSAGES)],
  ["look at one", (topic, to) => topic.grantLook(to, "audit"), [...TOPIC_LOOK, ...onAudit(...LOOK)].sort()],
  ["look at all", (topic, to) => topic.grantLook(to, "*"), [...TOPIC_LOOK, ...onBoth(...LOOK)].sort()],
  ["ask what is wrong with a topic", (topic, to) => topic.grantDoctor(to), [`GET${TOPIC}/doctor`]],
  ["ask what is wrong", (_, to, queue) => queue.grantDoctor(to), ["GET/v1/doctor"]],
  ["configure", (topic, to) => topic.grantConfigure(to), [`PATCH${TOPIC}`]],
  ["publish to several topics", (_, to, queue) => queue.grantPublishToTopics(to), ["POST/v1/publish"]],
  [
    "manage a topic",
    (topic, to) => topic.grantManage(to),
    ["*/v1/messages/orders.*", `*${TOPIC}`, `*${TOPIC}/*`],
  ],
  ["manage the queue", (_, to, queue) => queue.grantManage(to), ["*/v1/*"]],
])("GIVEN a grant to %s WHEN it is synthesized THEN it allows exactly that", (_, grant, expected) => {
  expect(allowed(grant)).toEqual(expected);
});

it("GIVEN a subscription WHEN it grants THEN that is on itself alone", () => {
  const { stack, queue, template } = aSluice();
  const audit = queue.addTopic("orders").addPullSubscription("audit");
  const role = aFunction(stack);
  audit.grantConsume(role);
  audit.grantSeek(role);
  audit.grantDeadLetters(role);
  audit.grantMessages(role);
  audit.grantLook(role);
  audit.grantConfigure(role);
  const all = [
    ...CONSUME,
    ...SEEK,
    ...DEAD_LETTERS.filter((one) => one !== BODIES),
    ...MESSAGES,
    ...LOOK,
    "PATCH~",
    "POST~/wake",
  ];
  expect([...new Set(pathsOf(template()))].sort()).toEqual(onAudit(...all));
});

describe("whom a consumer of all subscriptions may not ask for", () => {
  /** As IAM matches: `*` stands for any characters, slashes included. */
  const matches = (pattern: string, request: string): boolean =>
    new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`).test(request);
  const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

  it.each([
    `POST${AUDIT}/messages/orders~x/settle`,
    `POST${AUDIT}/seek`,
    `POST${TOPIC}/subscriptions/other/receive`,
    "POST/v1/topics/returns/subscriptions/audit/receive",
  ])("GIVEN consume of all WHEN it asks for %s THEN no statement matches", (request) => {
    const patterns = allowed((topic, to) => topic.grantConsume(to, "*")).map(String);
    expect(patterns.some((pattern) => matches(pattern, request))).toBe(false);
    expect(patterns.some((pattern) => matches(pattern, `POST${AUDIT}/settle`))).toBe(true);
  });
});

it("GIVEN a subscription in a stack of its own WHEN all were granted before THEN it is among them", () => {
  const { stack, queue, template } = aSluice();
  const topic = queue.addTopic("orders");
  topic.grantConsume(aFunction(stack), "*");
  new Subscription(new Stack(stack.node.root, "App"), "audit", { topic });
  expect([...pathsOf(template())].sort()).toEqual(onAudit(...CONSUME));
});

it("GIVEN no subscription WHEN all are granted THEN synthesis fails, since that allows nothing", () => {
  const { stack, queue } = aSluice();
  queue.addTopic("orders").grantConsume(aFunction(stack), "*");
  expect(() => (stack.node.root as App).synth()).toThrow('a grant on "*" allows nothing');
});

it.each([undefined, "", "a/b", "**"])("GIVEN JavaScript WHEN a grant names %j THEN it fails", (name) => {
  const { stack, queue } = aSluice();
  const topic = queue.addTopic("orders");
  expect(() => topic.grantConsume(aFunction(stack), name as string)).toThrow("is not a subscription name");
});

it.each([
  [[], "name at least one request"],
  [[["FETCH", "/v1/topics"]], 'is "FETCH": use "GET"'],
  [[["GET", "v1/topics"]], "begins with /v1/"],
] as const)("GIVEN requests %j WHEN they are granted THEN it says what is wrong", (requests, text) => {
  const { stack, queue } = aSluice();
  expect(() => queue.grantRequests(aFunction(stack), requests)).toThrow(text);
});

it("names the stage of a REST endpoint", () => {
  const { stack, queue, template } = aSluice({ endpoint: "rest" });
  queue.addTopic("orders").grantPublish(aFunction(stack));
  expect(JSON.stringify(template().findResources("AWS::IAM::Policy"))).toContain(
    "/prod/POST/v1/topics/orders/messages",
  );
});

describe("across accounts", () => {
  const [HOME, OTHER] = ["111122223333", "444455556666"];
  const env = { account: HOME, region: "eu-central-1" };

  function aQueueAt(props: SluiceProps) {
    const stack = new Stack(anApp(), "Test", { env });
    const topic = new Sluice(stack, "Queue", props).addTopic("orders");
    return { stack, topic, template: () => Template.fromStack(stack) };
  }
  const theirRole = (stack: Stack) => Role.fromRoleArn(stack, "Theirs", `arn:aws:iam::${OTHER}:role/shop`);

  it("GIVEN an HTTP API WHEN a principal of another account is granted THEN that fails", () => {
    const { stack, topic } = aQueueAt({});
    const text = `account ${OTHER} cannot call an HTTP API of another account: use endpoint: "rest"`;
    expect(() => topic.grantPublish(theirRole(stack))).toThrow(text);
    expect(() => topic.grantPublish(new AccountPrincipal(OTHER))).toThrow(text);
  });

  it("GIVEN an HTTP API WHEN a principal has no policy of this app THEN that fails", () => {
    const { topic } = aQueueAt({});
    const arn = new ArnPrincipal(`arn:aws:iam::${HOME}:role/shop`);
    expect(() => topic.grantPublish(arn)).toThrow("has no policy that this app could add to");
  });

  it.each([{}, { endpoint: "rest" }] as const)(
    "GIVEN an outbox WHEN such a principal is granted THEN that fails",
    (props) => {
      const { stack, topic } = aQueueAt(props);
      const text = `account ${OTHER} cannot write to a table of another account`;
      expect(() => topic.grantOutbox(theirRole(stack))).toThrow(text);
      const arn = new ArnPrincipal(`arn:aws:iam::${HOME}:role/shop`);
      expect(() => topic.grantOutbox(arn)).toThrow("has no policy that this app could add to");
    },
  );

  it("GIVEN a REST API WHEN a principal of another account is granted THEN its policy allows that", () => {
    const { stack, topic, template } = aQueueAt({ endpoint: "rest" });
    topic.grantPublish(theirRole(stack));
    template().hasResourceProperties("AWS::ApiGateway::RestApi", {
      Policy: {
        Statement: [
          {
            Effect: "Allow",
            Action: "execute-api:Invoke",
            Principal: { AWS: `arn:aws:iam::${OTHER}:role/shop` },
            Resource: [
              "execute-api:/prod/POST/v1/topics/orders/messages",
              "execute-api:/prod/POST/v1/topics/orders/messages/raw",
              "execute-api:/prod/POST/v1/topics/orders/uploads",
            ],
          },
        ],
      },
    });
  });

  it("GIVEN a REST API WHEN its policy changes THEN the stage is deployed again", () => {
    const deploymentOf = (grants: boolean) => {
      const { stack, topic, template } = aQueueAt({ endpoint: "rest" });
      if (grants) topic.grantPublish(theirRole(stack));
      return Object.keys(template().findResources("AWS::ApiGateway::Deployment"));
    };
    expect(deploymentOf(true)).not.toEqual(deploymentOf(false));
  });

  it("GIVEN a REST API WHEN a role of the app is granted THEN its policy is enough", () => {
    const { stack, topic, template } = aQueueAt({ endpoint: "rest" });
    topic.grantPublish(aFunction(stack));
    template().hasResourceProperties("AWS::ApiGateway::RestApi", { Policy: Match.absent() });
  });

  it.each([
    ["account", `arn:aws:lambda:eu-central-1:${OTHER}:function:ship`, `is in account ${OTHER}`],
    ["region", `arn:aws:lambda:us-east-1:${HOME}:function:ship`, "is in region us-east-1"],
  ])("GIVEN a function of another %s WHEN it subscribes THEN that fails", (_, arn, text) => {
    const { stack, topic } = aQueueAt({});
    expect(() => topic.subscribe("ship", functionAt(stack, arn))).toThrow(
      `Test/Queue/orders/ship: the function ${text}`,
    );
  });

  it("GIVEN a stack of another region WHEN it has a subscription THEN that fails", () => {
    const { stack, topic } = aQueueAt({});
    const other = new Stack(stack.node.root, "Other", { env: { ...env, region: "us-east-1" } });
    expect(() => new Subscription(other, "audit", { topic })).toThrow(
      "the subscription's stack is in region us-east-1",
    );
  });
});

it("lets whoever may use the outbox put messages to one topic there, by the keys that begin with it", () => {
  const { stack, queue, template } = aSluice();
  const topic = queue.addTopic("orders");
  topic.grantOutbox(aFunction(stack));
  template().hasResourceProperties("AWS::IAM::Policy", {
    PolicyName: Match.stringLikeRegexp("Handler"),
    PolicyDocument: {
      Statement: [
        {
          Effect: "Allow",
          Action: "dynamodb:PutItem",
          Resource: { "Fn::GetAtt": [Match.stringLikeRegexp("StorageOutbox"), "Arn"] },
          Condition: {
            "ForAllValues:StringEquals": {
              "dynamodb:LeadingKeys": Array.from({ length: 16 }, (_, shard) => `orders#${shard}`),
            },
            Null: { "dynamodb:LeadingKeys": "false" },
          },
        },
      ],
    },
  });
  expect(stack.resolve(topic.outboxTableName)).toEqual({
    Ref: expect.stringContaining("StorageOutbox") as unknown,
  });
});
