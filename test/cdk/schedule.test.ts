import { App, Duration, Lazy, Stack, TimeZone } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Schedule, type ScheduleOptions, Sluice, Topic, type TopicOptions } from "../../cdk/index.js";
import { Ordering } from "../../cdk/topic-options.js";
import { AStack } from "../lambdas/custom-resource/a-cloudformation.js";
import { scheduleIn } from "../lambdas/custom-resource/a-stack.js";
import { anEngine } from "../lambdas/an-engine.js";
import { aFunction, aSluice, statementsOf } from "./a-sluice.js";
import { ATTRIBUTES, deployed } from "./deployed.js";

const DAILY: ScheduleOptions = { cron: "30 2 * * *", message: { body: { report: 1 } } };
/** JavaScript knows no types. */
const any = <T>(value: unknown): T => value as T;

function aSchedule(options: Partial<ScheduleOptions> = {}, topic: TopicOptions = {}) {
  const made = aSluice();
  const schedule = made.queue.addTopic("orders", topic).addSchedule("nightly", { ...DAILY, ...options });
  return { ...made, schedule };
}

const propertiesIn = (template: Template) =>
  Object.values(template.findResources("Custom::SluiceSchedule")).map(
    (resource) => (resource as { Properties: Record<string, string> }).Properties,
  );
const settingsIn = (template: Template): unknown =>
  JSON.parse(propertiesIn(template)[0]?.["Settings"] ?? "") as unknown;

it("GIVEN a schedule WHEN it is synthesized THEN the deployment makes it after its topic, as it is told", () => {
  const { template } = aSchedule({
    timeZone: TimeZone.EUROPE_BERLIN.timezoneName,
    message: {
      ...{ body: { report: 1 }, key: "k", tag: "t", attributes: { region: "eu", amount: 12.5 } },
      ...{ businessKey: "b", expiresIn: Duration.hours(1) },
    },
    paused: true,
    description: "of the night",
    adopt: true,
  });
  template().hasResource("Custom::SluiceSchedule", {
    Properties: {
      ServiceToken: { "Fn::GetAtt": [Match.stringLikeRegexp("FunctionsProvision"), "Arn"] },
      Topic: "orders",
      Schedule: "nightly",
      Path: "Test/Queue/orders/nightly",
      Adopt: "true",
    },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp("^Queueorders")]),
    DeletionPolicy: "Delete",
  });
  expect(settingsIn(template())).toEqual({
    ...{ cron: "30 2 * * *", timeZone: "Europe/Berlin", paused: true, description: "of the night" },
    message: {
      ...{ body: { report: 1 }, key: "k", tag: "t", attributes: { region: "eu", amount: 12.5 } },
      ...{ businessKey: "b", expiresInSeconds: 3_600 },
    },
  });
});

it("GIVEN what is left out WHEN it is synthesized THEN it is not named, so operators may set it", () => {
  expect(settingsIn(aSchedule().template())).toEqual({ ...DAILY });
});

it.each<[string, Partial<ScheduleOptions>, TopicOptions?]>([
  ["cron must have five fields", { cron: "* * * * * *" }],
  ['cron "0 0 30 2 *" never comes', { cron: "0 0 30 2 *" }],
  ["cron is 5: use text", any({ cron: 5 })],
  ['timeZone "Mars/Olympus" is not a time zone', { timeZone: "Mars/Olympus" }],
  ['"a/b" is not a schedule name', { scheduleName: "a/b" }],
  ["message is missing", any({ message: undefined })],
  ["message.body is required", { message: {} }],
  ["message.bodyBase64 cannot be combined", { message: { body: 1, bodyBase64: "AA==" } }],
  ["message.bodyBase64 must be base64", { message: { bodyBase64: "AA=" } }],
  ["message.contentType goes with bodyBase64", { message: { body: 1, contentType: "text/plain" } }],
  ["message.tag must be one word", { message: { body: 1, tag: "two words" } }],
  ["message.attributes.a b a name must be", { message: { body: 1, attributes: { "a b": 1 } } }],
  ["message has 33003 bytes: at most 32768", { message: { body: "x".repeat(32_985) } }],
  ["message.expiresIn in seconds is 0", { message: { body: 1, expiresIn: Duration.seconds(0) } }],
  ["message.key is required", {}, { ordering: Ordering.BY_KEY }],
  ["message.body.of[0] is undefined", { message: { body: { of: [undefined] } } }, {}],
  ["message.body.order is required", {}, { schema: { required: ["order"] } }],
  ["message.body must be JSON", { message: { bodyBase64: "AA==" } }, { schema: { type: "object" } }],
  ["description has 1001 characters", { description: "x".repeat(1_001) }],
  ['paused is "yes": use true or false', any({ paused: "yes" })],
])(
  "GIVEN what the API would refuse WHEN it is synthesized THEN it is refused with its path: %s",
  (text, ...given) => {
    expect(() => aSchedule(...given)).toThrow(`Test/Queue/orders/nightly: ${text}`);
  },
);

it("GIVEN what only the deployment knows WHEN it is synthesized THEN that is left to it", () => {
  const late = Lazy.string({ produce: () => "late" });
  const { template } = aSchedule({ message: { body: { report: late } }, timeZone: late, cron: late });
  expect(settingsIn(template())).toMatchObject({ cron: "late", message: { body: { report: "late" } } });
  expect(() => aSchedule({ timeZone: late, cron: "x" })).toThrow("cron must have five fields");
});

it("GIVEN a schedule WHEN another construct has its name, or its id, THEN that fails", () => {
  const { queue, stack, schedule } = aSchedule();
  const { topic } = schedule;
  expect(() => topic.addSchedule("other", { ...DAILY, scheduleName: "nightly" })).toThrow(
    "schedule nightly of topic orders is already made by Test/Queue/orders/nightly",
  );
  expect(() => topic.addSchedule("nightly", DAILY)).toThrow("give the name as scheduleName");
  // A subscription of that name, or a schedule of another topic, is no matter.
  topic.addPullSubscription("Sub", { subscriptionName: "nightly" });
  queue.addTopic("returns").addSchedule("nightly", DAILY);
  const apart = new Schedule(new Stack(stack.node.root, "Other"), "weekly", { ...DAILY, topic });
  expect(apart.scheduleName).toBe("weekly");
});

it("GIVEN grants WHEN they are synthesized THEN they allow exactly these requests", () => {
  const { stack, schedule, template } = aSchedule();
  const fn = aFunction(stack);
  const allowed = () =>
    statementsOf(template(), "HandlerServiceRole").flatMap(({ resources }) =>
      resources.map((resource) => /\/\$default\/([^"]+)/.exec(JSON.stringify(resource))?.[1]),
    );
  schedule.grantRun(fn);
  schedule.topic.grantManageSchedules(fn);
  const path = "/v1/topics/orders/schedules";
  expect([...allowed()].sort()).toEqual(
    [`GET${path}/nightly`, `POST${path}/nightly/run`, `GET${path}`, `*${path}/*`].sort(),
  );
});

it("GIVEN a queue of another app WHEN its topic gets a schedule THEN this app makes it, and deletes it", async () => {
  const made = anEngine();
  await new AStack(made).deploy(deployed(aSchedule().template()).customResources);
  const stack = new Stack(new App(), "Shop");
  const queue = Sluice.fromAttributes(stack, "Queue", ATTRIBUTES);
  const orders = Topic.fromName(stack, "Orders", { queue, topicName: "orders" });
  orders.addSchedule("hourly", { ...DAILY, cron: "@hourly" });
  const shop = new AStack(made, "arn:aws:cloudformation:eu-central-1:111122223333:stack/Shop/1");
  expect((await shop.deploy(deployed(Template.fromStack(stack)).customResources)).kind).toBe("done");
  expect(await scheduleIn(made, "hourly")).toMatchObject({ cron: "@hourly" });
  await shop.delete();
  expect(await scheduleIn(made, "hourly")).toBeUndefined();
  expect(await scheduleIn(made, "nightly")).toBeDefined();
});
