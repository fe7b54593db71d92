import { METRICS } from "../../lib/domain/metrics.js";

it("GIVEN an event that tells of several messages WHEN it is measured THEN the messages count", () => {
  const counting = [...METRICS].filter(([, { field }]) => field === "messages").map(([event]) => event);
  expect(counting).toEqual([
    "messages-expired",
    "messages-missed",
    "delayed-messages-published",
    "messages-deduplicated",
  ]);
});

it("GIVEN what is stranded in the outbox WHEN it is measured THEN its age is, in seconds", () => {
  expect(METRICS.get("outbox-stranded")).toEqual({
    metric: "outbox-oldest-seconds",
    unit: "Seconds",
    field: "oldestSeconds",
  });
});

it("GIVEN an event that happens once each time WHEN it is measured THEN it counts as one", () => {
  expect(METRICS.get("message-dead-lettered")).toEqual({
    metric: "message-dead-lettered",
    unit: "Count",
    field: undefined,
  });
});

it("GIVEN an event that is logged only WHEN its metric is looked for THEN there is none", () => {
  expect(METRICS.get("request")).toBeUndefined();
});
