import { MemoryTelemetry } from "../../../lib/adapters/memory/telemetry.js";
import { StorageUnavailable, SubscriptionNotFound, TopicNotFound } from "../../../lib/domain/errors.js";
import { note } from "../../../lib/domain/finding.js";
import { looked } from "../../../lib/operations/doctor/look.js";

const WHERE = { topic: "orders", subscription: "audit" };
const FOUND = note("paused", "it is paused", "resume it");

it("says where it is", async () => {
  const telemetry = new MemoryTelemetry();
  expect(await looked({ telemetry }, WHERE, () => Promise.resolve([FOUND]))).toEqual([
    { ...WHERE, ...FOUND },
  ]);
});

it.each([
  ["that is gone", new TopicNotFound("orders")],
  ["whose subscription is gone", new SubscriptionNotFound("orders", "audit")],
])("finds nothing in a topic %s meanwhile", async (_, error) => {
  const telemetry = new MemoryTelemetry();
  expect(await looked({ telemetry }, WHERE, () => Promise.reject(error))).toEqual([]);
});

it.each([
  [new StorageUnavailable("the test"), "storage"],
  [new TypeError("a secret of the code"), "an internal error"],
])("GIVEN a look that fails by %s THEN that is a finding, and is told", async (error, why) => {
  const telemetry = new MemoryTelemetry();
  const [finding] = await looked({ telemetry }, WHERE, () => Promise.reject(error));
  expect(finding).toMatchObject({ ...WHERE, level: "wrong", code: "not-looked-at" });
  expect(finding?.what).toContain(why);
  expect(finding?.what).not.toContain("secret");
  expect(telemetry.events).toMatchObject([{ name: "trouble", fields: WHERE }]);
});
