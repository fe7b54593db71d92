import { MemorySubscriber } from "../lib/adapters/memory/subscriber.js";
import { HTTPS_DEFAULTS } from "../lib/domain/subscription.js";
import { subscribers } from "../lib/subscribers.js";
import { READER, aHanded, aReader } from "./adapters/lambda/a-handed.js";

const HOOK = aReader({}, { target: { type: "https", url: "https://example.com/", ...HTTPS_DEFAULTS } });

it("opens what webhooks need with the first delivery to one, once", async () => {
  // GIVEN
  let opened = 0;
  const calls: string[] = [];
  const lambda = new MemorySubscriber();
  lambda.handlers.set("logistics", async () => {
    calls.push("lambda");
    return { kind: "answered", failedIds: new Set() };
  });
  const both = subscribers(lambda, async () => {
    opened++;
    return {
      deliver: async () => {
        calls.push("https");
        return { kind: "answered", failedIds: new Set() };
      },
    };
  });
  // WHEN
  await both.deliver(READER, [aHanded()]);
  const before = opened;
  await Promise.all([both.deliver(HOOK, [aHanded()]), both.deliver(HOOK, [aHanded()])]);
  // THEN
  expect([before, opened, calls]).toEqual([0, 1, ["lambda", "https", "https"]]);
});

it("counts sizes by the target", () => {
  const lambda = new MemorySubscriber();
  lambda.limit = 100;
  const both = subscribers(lambda, () => Promise.reject(new Error("it is not needed")));
  expect([READER, HOOK].map(({ subscription }) => both.limitBytes(subscription.target))).toEqual([
    100,
    Infinity,
  ]);
  expect(both.sizeBytes(HOOK, aHanded())).toBeGreaterThan(both.sizeBytes(READER, aHanded()));
});
