import { Duration, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import type { MetricDetail } from "../../lib/domain/metrics.js";
import { telemetryOptionsIn } from "../../lib/aws-engine.js";
import { METRIC_NAMES, metricOf } from "../../cdk/metrics.js";
import { Sluice } from "../../cdk/sluice.js";
import { aSluice, anApp } from "./a-sluice.js";
import { metricKey, publishedMetrics } from "./published-metrics.js";

const DETAILS: readonly MetricDetail[] = ["queue", "topic", "subscription"];

/** The variables of the stack's functions of one queue, as they would be set: references by their ids. */
function environmentsOf(stack: Stack, queue: Sluice): readonly Record<string, string>[] {
  const functions = Object.values(Template.fromStack(stack).findResources("AWS::Lambda::Function")) as {
    Properties: { Environment?: { Variables?: Readonly<Record<string, unknown>> } };
  }[];
  return functions
    .map(({ Properties }) => Properties.Environment?.Variables ?? {})
    .filter((variables) => variables["SLUICE_QUEUE"] === queue.queueName)
    .map((variables) =>
      Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [
          name,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      ),
    );
}

it.each(DETAILS)(
  "GIVEN metrics by %s WHEN functions run with their variables THEN they publish what the constructs name",
  (detail) => {
    // GIVEN
    const { stack, queue } = aSluice({ metrics: detail });
    const environments = environmentsOf(stack, queue);
    expect(environments).toHaveLength(7);
    // WHEN
    for (const environment of environments) {
      const emitted = publishedMetrics(telemetryOptionsIn(environment));
      // THEN
      for (const name of METRIC_NAMES) {
        const { namespace, metricName, dimensions = {} } = queue.metric(name);
        expect([...emitted]).toContain(metricKey(namespace, metricName, Object.entries(dimensions)));
      }
    }
  },
);

it("GIVEN two queues in a stack, and one of the same id in another WHEN they publish THEN none shares a metric", () => {
  const app = anApp();
  const [one, other] = [new Stack(app, "One"), new Stack(app, "Other")];
  const queues = [new Sluice(one, "Queue"), new Sluice(one, "Second"), new Sluice(other, "Queue")];
  const published = queues.map((queue) => {
    const [environment = {}] = environmentsOf(Stack.of(queue), queue);
    return [...publishedMetrics(telemetryOptionsIn(environment))];
  });
  const all = published.flat();
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBe(3 * METRIC_NAMES.length);
});

it("GIVEN a queue WHEN it is asked for a metric THEN with its statistic, and what is said of it", () => {
  const { queue } = aSluice();
  expect(queue.metric("outbox-oldest-seconds").statistic).toBe("Maximum");
  const asked = queue.metric("messages-expired", { period: Duration.hours(1), label: "expired" });
  expect([asked.statistic, asked.period.toHours(), asked.label]).toEqual(["Sum", 1, "expired"]);
  expect(() => queue.metric("messages-lost" as "messages-expired")).toThrow(
    /^Test\/Queue: metric is "messages-lost": use "slot-set-aside" or/,
  );
});

it("GIVEN metrics by queue WHEN one of a topic is asked for THEN synthesis says that it has no data", () => {
  const { queue } = aSluice();
  expect(() => metricOf(queue, "backlog", {}, { topic: "orders" })).toThrow(
    'Test/Queue: metrics is "queue", so that no metric of a topic has data: use metrics: "topic" ' +
      "(docs/cost.md has what that costs)",
  );
  const byTopic = aSluice({ metrics: "topic" }).queue;
  expect(() => metricOf(byTopic, "backlog", {}, { topic: "orders", subscription: "audit" })).toThrow(
    /^Test\/Queue: metrics is "topic", so that no metric of a subscription has data: use metrics: "subscription"/,
  );
});

it("GIVEN a metric that is not told apart WHEN a topic is asked for it THEN synthesis names those that are", () => {
  const { queue } = aSluice({ metrics: "topic" });
  expect(() => metricOf(queue, "record-damaged", {}, { topic: "orders" })).toThrow(
    /^Test\/Queue: metric "record-damaged" is not told apart by topic: use .*backlog/,
  );
});

it("GIVEN a word that is no detail WHEN metrics is set to it THEN synthesis refuses it", () => {
  expect(() => aSluice({ metrics: "all" as MetricDetail })).toThrow(
    'Test/Queue: metrics is "all": use "queue" or "topic" or "subscription"',
  );
});

it("GIVEN metrics by subscription WHEN topics and subscriptions give theirs THEN the functions publish them", () => {
  // GIVEN
  const { queue } = aSluice({ metrics: "subscription" });
  const orders = queue.addTopic("orders");
  const audit = orders.addPullSubscription("audit");
  const emitted = publishedMetrics({ queue: queue.queueName, detail: "subscription" });
  // WHEN
  const asked = [queue, orders, audit].flatMap((measured) => [
    measured.metricBacklog(),
    measured.metricAge(),
    measured.metricDeliveries(),
    measured.metricFailures(),
    measured.metricExpired(),
    measured.metricDeadLetters(),
  ]);
  const published = [queue.metricPublished(), orders.metricPublished()];
  // THEN
  const keys = [...asked, ...published].map(({ namespace, metricName, dimensions = {} }) =>
    metricKey(namespace, metricName, Object.entries(dimensions)),
  );
  expect(new Set(keys).size).toBe(20);
  for (const key of keys) expect([...emitted]).toContain(key);
  expect(audit.metricAge().dimensions).toEqual({
    ...{ queue: queue.queueName, topic: "orders", subscription: "audit" },
  });
  expect(audit.metricAge({ period: Duration.minutes(1) }).period.toSeconds()).toBe(60);
  expect(() => aSluice().queue.addTopic("orders").metricAge()).toThrow(
    /^Test\/Queue: metrics is "queue", so that no metric of a topic has data/,
  );
});
