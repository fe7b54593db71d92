import { App, Duration, RemovalPolicy, Size, Stack } from "aws-cdk-lib";
import { AccountRootPrincipal, Role } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Code, Function, Runtime } from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { InboxTable, Ordering, Sluice, Subscription, Topic, TraceLevel } from "../../cdk/index.js";

/** The same as everything.py: each kind of type that TypeScript and other languages write differently. */
const app = new App();
const stack = new Stack(app, "Everything");
const role = new Role(stack, "Role", { assumedBy: new AccountRootPrincipal() });
const handler = new Function(stack, "Handler", {
  runtime: Runtime.NODEJS_22_X,
  handler: "index.handler",
  code: Code.fromInline("exports.handler = async () => undefined"),
  timeout: Duration.seconds(20),
});
const queue = new Sluice(stack, "Queue", {
  endpoint: "rest",
  api: { callers: { shop: { requestsPerSecond: 10, requestsPerDay: 5000 } }, accountLogRole: false },
  functions: { api: { memory: Size.mebibytes(512) }, pump: { reservedConcurrency: 20 } },
  webhookTargets: { allow: ["hooks.example.com:8444"] },
  encryptionKey: new Key(stack, "Key"),
  environment: { LEVEL: "high" },
  inlineLimit: Size.kibibytes(20),
  metrics: "subscription",
  removalPolicy: RemovalPolicy.DESTROY,
  parameterPrefix: "/sluice/everything",
});
queue.addDashboard("Dashboard", { dashboardName: "everything" });
queue.addLogQueries();
queue.apiKey("shop").grantRead(role);
queue.grantPublishToTopics(role);
queue.grantRequests(role, [
  ["GET", "/v1/topics"],
  ["POST", "/v1/publish"],
]);

const orders = queue.addTopic("orders", {
  ordering: Ordering.BY_KEY,
  partitions: 8,
  paused: "publish",
  trace: TraceLevel.ATTEMPTS,
  schema: { type: "object", required: ["id"], properties: { id: { type: "integer" } } },
});
orders.addPullSubscription("first", { from: "latest", onDeadLetter: "hold" });
orders.addPullSubscription("second", { from: { time: "2026-01-31T12:00:00Z" } });
orders.addPullSubscription("third", { from: { id: "orders.1" }, removalPolicy: RemovalPolicy.DESTROY });
orders.addWebhook("shipping", "https://hooks.example.com:8444/", {
  format: "cloudevent",
  secret: new Secret(stack, "Secret"),
  retry: { schedule: [Duration.seconds(1), Duration.minutes(1)] },
  timeout: Duration.seconds(10),
});
orders
  .addSchedule("nightly", {
    cron: "30 2 * * MON-FRI",
    timeZone: "Europe/Berlin",
    message: {
      body: { id: 1, of: ["a", true] },
      key: "k",
      attributes: { count: 2, kind: "x", isNew: true },
    },
  })
  .grantRun(role);
const own = new Subscription(stack, "Own", {
  topic: orders,
  function: handler,
  batchMaxSize: Size.kibibytes(64),
});
own.grantSeek(role);
own.metricBacklog({ label: "waiting" }).createAlarm(stack, "Waits", { threshold: 5, evaluationPeriods: 2 });
orders.grantConsume(role, "*");
new Topic(stack, "Apart", { queue, topicName: "apart" }).grantOutbox(role);
new InboxTable(stack, "Inbox").grantInbox(role);

const other = new Stack(app, "Other");
const worker = new Function(other, "Worker", {
  runtime: Runtime.NODEJS_22_X,
  handler: "index.handler",
  code: Code.fromInline("exports.handler = async () => undefined"),
});
const shared = Sluice.fromParameters(other, "Queue", "/sluice/everything", { metrics: "topic" });
const theirs = Topic.fromName(other, "Orders", { queue: shared, topicName: "orders" });
theirs.subscribe("points", worker, { maxConcurrency: 5, from: "earliest" });
theirs.grantPublish(worker);
shared.addTopic("returns").addPullSubscription("audit").grantConsume(worker);
Subscription.fromName(other, "First", { topic: theirs, subscriptionName: "first" }).grantLook(worker);
app.synth();
