"""The same as everything.ts: each kind of type that TypeScript and other languages write differently."""

from aws_cdk import App, Duration, RemovalPolicy, Size, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
import sluice_queue_cdk as sluice

app = App()
stack = Stack(app, "Everything")
role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
handler = lambda_.Function(
    stack,
    "Handler",
    runtime=lambda_.Runtime.NODEJS_22_X,
    handler="index.handler",
    code=lambda_.Code.from_inline("exports.handler = async () => undefined"),
    timeout=Duration.seconds(20),
)
queue = sluice.Sluice(
    stack,
    "Queue",
    endpoint=sluice.EndpointKind.REST,
    api=sluice.ApiOptions(
        callers={"shop": sluice.ApiCaller(requests_per_second=10, requests_per_day=5000)},
        account_log_role=False,
    ),
    functions=sluice.FunctionsOptions(
        api=sluice.FunctionOptions(memory=Size.mebibytes(512)),
        pump=sluice.FunctionOptions(reserved_concurrency=20),
    ),
    webhook_targets=sluice.WebhookTargets(allow=["hooks.example.com:8444"]),
    encryption_key=kms.Key(stack, "Key"),
    environment={"LEVEL": "high"},
    inline_limit=Size.kibibytes(20),
    metrics=sluice.MetricDetail.SUBSCRIPTION,
    removal_policy=RemovalPolicy.DESTROY,
    parameter_prefix="/sluice/everything",
)
queue.add_dashboard("Dashboard", dashboard_name="everything")
queue.add_log_queries()
queue.api_key("shop").grant_read(role)
queue.grant_publish_to_topics(role)
queue.grant_requests(role, [["GET", "/v1/topics"], ["POST", "/v1/publish"]])

orders = queue.add_topic(
    "orders",
    ordering=sluice.Ordering.BY_KEY,
    partitions=8,
    paused=sluice.Paused.PUBLISH,
    trace=sluice.TraceLevel.ATTEMPTS,
    schema={"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
)
orders.add_pull_subscription("first", from_=sluice.StartAt.latest(), on_dead_letter=sluice.OnDeadLetter.HOLD)
orders.add_pull_subscription("second", from_=sluice.StartAt.time("2026-01-31T12:00:00Z"))
orders.add_pull_subscription("third", from_=sluice.StartAt.id("orders.1"), removal_policy=RemovalPolicy.DESTROY)
orders.add_webhook(
    "shipping",
    "https://hooks.example.com:8444/",
    format=sluice.WebhookFormat.CLOUDEVENT,
    secret=secretsmanager.Secret(stack, "Secret"),
    retry=sluice.RetryProps(schedule=[Duration.seconds(1), Duration.minutes(1)]),
    timeout=Duration.seconds(10),
)
orders.add_schedule(
    "nightly",
    cron="30 2 * * MON-FRI",
    time_zone="Europe/Berlin",
    message=sluice.ScheduleMessage(
        body={"id": 1, "of": ["a", True]},
        key="k",
        attributes={"count": 2, "kind": "x", "isNew": True},
    ),
).grant_run(role)
own = sluice.Subscription(stack, "Own", topic=orders, function=handler, batch_max_size=Size.kibibytes(64))
own.grant_seek(role)
own.metric_backlog(label="waiting").create_alarm(stack, "Waits", threshold=5, evaluation_periods=2)
orders.grant_consume(role, "*")
sluice.Topic(stack, "Apart", queue=queue, topic_name="apart").grant_outbox(role)
sluice.InboxTable(stack, "Inbox").grant_inbox(role)

other = Stack(app, "Other")
worker = lambda_.Function(
    other,
    "Worker",
    runtime=lambda_.Runtime.NODEJS_22_X,
    handler="index.handler",
    code=lambda_.Code.from_inline("exports.handler = async () => undefined"),
)
shared = sluice.Sluice.from_parameters(other, "Queue", "/sluice/everything", metrics=sluice.MetricDetail.TOPIC)
theirs = sluice.Topic.from_name(other, "Orders", queue=shared, topic_name="orders")
theirs.subscribe("points", worker, max_concurrency=5, from_=sluice.StartAt.earliest())
theirs.grant_publish(worker)
shared.add_topic("returns").add_pull_subscription("audit").grant_consume(worker)
sluice.Subscription.from_name(other, "First", topic=theirs, subscription_name="first").grant_look(worker)

# Values come back as the types that the declarations name.
assert type(orders) is sluice.Topic and type(own.topic) is sluice.Topic, type(orders)
assert queue.metrics is sluice.MetricDetail.SUBSCRIPTION
assert orders.ordering == "key"
assert any(finding.id.startswith("AwsSolutions-") for finding in queue.acknowledged)
try:
    orders.add_schedule("nulls", cron="@daily", message=sluice.ScheduleMessage(body=[1, None], key="k"))
    raise AssertionError("null was left out of a list")
except RuntimeError as error:
    assert "message.body[1] is undefined" in str(error), error
orders.node.try_remove_child("nulls")
app.synth()
