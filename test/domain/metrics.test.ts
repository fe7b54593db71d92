import {
  METRICS,
  METRICS_BY_NAME,
  METRIC_DETAILS,
  type MeasuredEvent,
  dimensionSetsOf,
  dimensionsOf,
} from "../../lib/domain/metrics.js";

const measured = (event: string): MeasuredEvent => {
  const found = METRICS.get(event);
  if (!found) throw new Error(`${event} is not measured`);
  return found;
};

it("GIVEN an event that tells of several messages WHEN it is counted THEN the messages count", () => {
  const counting = [...METRICS].filter(([event, { metrics }]) =>
    metrics.some(({ metric, field }) => metric === event && field === "messages"),
  );
  expect(counting.map(([event]) => event)).toEqual([
    "messages-expired",
    "messages-missed",
    "messages-replayed",
    "delayed-messages-published",
    "messages-deduplicated",
    "schema-violated",
    "journal-failed",
    "uploads-taken",
    "uploads-refused",
  ]);
});

it("GIVEN what is stranded in the outbox WHEN it is measured THEN its age is, in seconds", () => {
  expect(measured("outbox-stranded").metrics).toEqual([
    { metric: "outbox-oldest-seconds", unit: "Seconds", field: "oldestSeconds", statistic: "Maximum" },
  ]);
});

it("GIVEN an event that happens once each time WHEN it is measured THEN it counts as one", () => {
  expect(measured("message-dead-lettered").metrics).toEqual([
    { metric: "message-dead-lettered", unit: "Count", field: undefined, statistic: "Sum" },
  ]);
});

it("GIVEN an event that is logged only WHEN its metric is looked for THEN there is none", () => {
  expect(METRICS.get("request")).toBeUndefined();
});

it("GIVEN two events with the same metric WHEN they are measured THEN it has the same unit and statistic", () => {
  for (const { metrics } of METRICS.values())
    for (const each of metrics) expect(METRICS_BY_NAME.get(each.metric)).toEqual(each);
});

it.each([
  ["queue", ["queue"]],
  ["topic", ["queue", "topic"]],
  ["subscription", ["queue", "topic", "subscription"]],
] as const)("GIVEN a metric of a %s THEN its dimensions are %j", (detail, names) => {
  expect(dimensionsOf(detail)).toEqual(names);
});

describe("GIVEN an event that names a topic and a subscription", () => {
  const fields = { topic: "orders", subscription: "audit" };

  it.each([
    ["queue", 1],
    ["topic", 2],
    ["subscription", 3],
  ] as const)("WHEN a deployment asks for %s THEN it is measured by %i sets", (detail, sets) => {
    expect(dimensionSetsOf(measured("delivery-failed"), fields, detail)).toEqual(
      METRIC_DETAILS.slice(0, sets).map(dimensionsOf),
    );
  });

  it("WHEN it is told by topic only THEN no set has the subscription, whatever is asked for", () => {
    expect(dimensionSetsOf(measured("outbox-stranded"), fields, "subscription")).toEqual([
      ["queue"],
      ["queue", "topic"],
    ]);
  });

  it("WHEN its queue's metric comes from another event THEN it is not counted there twice", () => {
    expect(dimensionSetsOf(measured("topic-rang"), fields, "queue")).toEqual([]);
    expect(dimensionSetsOf(measured("topic-rang"), fields, "subscription")).toEqual([["queue", "topic"]]);
    expect(dimensionSetsOf(measured("subscription-backlog"), fields, "topic")).toEqual([]);
    expect(dimensionSetsOf(measured("subscription-backlog"), fields, "subscription")).toEqual([
      ["queue", "topic", "subscription"],
    ]);
  });
});

it("GIVEN an event that does not say of which topic it is WHEN it is measured THEN by the queue alone", () => {
  expect(dimensionSetsOf(measured("delivery-failed"), { topic: undefined }, "subscription")).toEqual([
    ["queue"],
  ]);
  expect(dimensionSetsOf(measured("sweep-failed"), { topic: "orders" }, "subscription")).toEqual([
    ["queue"],
    ["queue", "topic"],
  ]);
});
