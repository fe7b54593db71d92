import type { CloudFormationCustomResourceEvent } from "aws-lambda";
import type { Outcome } from "../../../lambdas/custom-resource/answer.js";
import { provision } from "../../../lambdas/custom-resource/provision.js";
import { Conflict } from "../../../lib/domain/errors.js";
import { createApp } from "../../../lib/http/app.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { type Made, anEngine } from "../an-engine.js";
import { allFits } from "./a-request.js";

const ORDERS = "/v1/topics/orders";
const AUDIT = `${ORDERS}/subscriptions/audit`;

type Properties = Readonly<Record<string, string>>;
const topicNamed = (Topic: string, settings: object = {}): Properties => ({
  Topic,
  Settings: JSON.stringify(settings),
});
const subscriptionNamed = (Subscription: string, settings: object = {}): Properties => ({
  ...topicNamed("orders", settings),
  Subscription,
});

const common = {
  ServiceToken: "arn",
  ResponseURL: "http://nowhere",
  StackId: "stack",
  RequestId: "request-1",
  LogicalResourceId: "Resource",
  ResourceType: "Custom::SluiceTopic",
};
const create = (properties: Properties): CloudFormationCustomResourceEvent => ({
  ...common,
  RequestType: "Create",
  ResourceProperties: { ServiceToken: "arn", ...properties },
});
const update = (
  PhysicalResourceId: string,
  properties: Properties,
  old: Properties = {},
): CloudFormationCustomResourceEvent => ({
  ...common,
  RequestType: "Update",
  PhysicalResourceId,
  ResourceProperties: { ServiceToken: "arn", ...properties },
  OldResourceProperties: { ServiceToken: "arn", ...old },
});
const remove = (PhysicalResourceId: string): CloudFormationCustomResourceEvent => ({
  ...common,
  RequestType: "Delete",
  PhysicalResourceId,
  ResourceProperties: { ServiceToken: "arn" },
});

const run = (made: Made, event: CloudFormationCustomResourceEvent): Promise<Outcome> =>
  provision(
    made.engine,
    (owning) => createApp(made.engine, owning),
    event,
    made.clock.nowMs() + 340_000,
    allFits,
  );

const namesOf = async ({ engine }: Made): Promise<readonly string[]> =>
  (await engine.topics.list({ limit: 10 })).items.map(({ name }) => name);

describe("a topic", () => {
  it("is made with its settings, and named by its API path", async () => {
    const made = anEngine();
    const settings = { ordering: "key", partitions: 4, retentionSeconds: 7_200 };
    expect(await run(made, create(topicNamed("orders", settings)))).toEqual({
      kind: "done",
      physicalId: ORDERS,
    });
    expect(await made.engine.topics.get("orders")).toMatchObject(settings);
  });

  it("is made once by a request that comes twice", async () => {
    const made = anEngine();
    await run(made, create(topicNamed("orders")));
    const uid = (await made.engine.topics.get("orders"))?.uid;
    expect(await run(made, create(topicNamed("orders")))).toEqual({ kind: "done", physicalId: ORDERS });
    expect((await made.engine.topics.get("orders"))?.uid).toBe(uid);
  });

  it("is changed in place, settings that are no longer given back to their defaults", async () => {
    const made = anEngine();
    const old = topicNamed("orders", { retentionSeconds: 7_200, description: "old" });
    await run(made, create(old));
    const outcome = await run(made, update(ORDERS, topicNamed("orders", { description: "new" }), old));
    expect(outcome).toEqual({ kind: "done", physicalId: ORDERS });
    const changed = { description: "new", retentionSeconds: 259_200 };
    expect(await made.engine.topics.get("orders")).toMatchObject(changed);
  });

  it("is replaced by another name: the new one first, then CloudFormation has the old one deleted", async () => {
    const made = anEngine();
    await run(made, create(topicNamed("orders")));
    const outcome = await run(made, update(ORDERS, topicNamed("purchases")));
    expect(outcome).toEqual({ kind: "done", physicalId: "/v1/topics/purchases" });
    expect(await namesOf(made)).toEqual(["orders", "purchases"]);
    expect(await run(made, remove(ORDERS))).toMatchObject({ kind: "done" });
    expect(await namesOf(made)).toEqual(["purchases"]);
  });

  it("says which setting cannot be changed, and stays what it was", async () => {
    const made = anEngine();
    await run(made, create(topicNamed("orders")));
    expect(await run(made, update(ORDERS, topicNamed("orders", { ordering: "key" })))).toEqual({
      kind: "failed",
      physicalId: ORDERS,
      reason: 'setting-fixed: ordering: cannot be changed after creation: it is "none"',
    });
  });

  it("is kept, with a reason, while it has subscriptions", async () => {
    const made = anEngine();
    await run(made, create(topicNamed("orders")));
    await run(made, create(subscriptionNamed("audit")));
    expect(await run(made, remove(ORDERS))).toMatchObject({
      kind: "failed",
      physicalId: ORDERS,
      reason: expect.stringContaining("topic-has-subscriptions") as string,
    });
  });

  it("that is gone already is deleted", async () => {
    expect(await run(anEngine(), remove(ORDERS))).toEqual({ kind: "done", physicalId: ORDERS });
  });

  it("is made again as soon as its name is free again", async () => {
    const made = anEngine();
    await run(made, create(topicNamed("orders")));
    await run(made, remove(ORDERS));
    expect(await run(made, create(topicNamed("orders")))).toMatchObject({ kind: "done" });
  });
});

describe("what could not be made", () => {
  it.each([
    ["a name that is none", topicNamed("or ders"), 'invalid-request: path: must not contain " "'],
    ["a name that leads elsewhere", topicNamed("a/subscriptions/b"), "invalid-request: path"],
    ["a setting out of range", topicNamed("orders", { partitions: 999 }), "invalid-request: partitions"],
    [
      "an unknown setting",
      topicNamed("orders", { colour: "red" }),
      "invalid-request: colour: is not a known field",
    ],
    [
      "settings that are no JSON",
      { Topic: "orders", Settings: "{" },
      "invalid-request: the body is not valid JSON",
    ],
    ["a subscription of no topic", subscriptionNamed("audit"), "topic-not-found"],
  ] as const)("says why for %s", async (_, properties, reason) => {
    const outcome = await run(anEngine(), create(properties));
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining(reason) as string });
  });

  it("deletes nothing of anybody's when it is rolled back", async () => {
    // GIVEN
    const made = anEngine();
    await putTopic(made.engine, "orders", {});
    // WHEN
    const outcome = await run(made, create(topicNamed("orders", { ordering: "key" })));
    const rolledBack = await run(made, remove(outcome.physicalId));
    // THEN
    expect([outcome.kind, rolledBack.kind]).toEqual(["failed", "done"]);
    expect(await namesOf(made)).toEqual(["orders"]);
  });

  it("is tried again while the store says later, and there is time", async () => {
    let left = 3;
    const made = anEngine(({ topics }) => ({
      topics: {
        ...topics,
        create: async (topic) => {
          if (left-- > 0) throw new Conflict("making a topic");
          return await topics.create(topic);
        },
      },
    }));
    expect(await run(made, create(topicNamed("orders")))).toMatchObject({ kind: "done" });
    left = 1_000;
    const outcome = await run(made, create(topicNamed("others")));
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("conflict") as string });
  });
});

describe("a subscription", () => {
  const settings = { ackDeadlineSeconds: 60, from: "earliest" };

  async function aTopic(): Promise<Made> {
    const made = anEngine();
    await run(made, create(topicNamed("orders")));
    return made;
  }

  const stored = async ({ engine }: Made, name: string) => {
    const topic = await engine.topics.get("orders");
    return topic && (await engine.subscriptions.get(topic, name));
  };

  it("is made, changed and deleted", async () => {
    const made = await aTopic();
    expect(await run(made, create(subscriptionNamed("audit", settings)))).toEqual({
      kind: "done",
      physicalId: AUDIT,
    });
    expect(await stored(made, "audit")).toMatchObject({ ackDeadlineSeconds: 60, target: { type: "pull" } });
    await run(made, update(AUDIT, subscriptionNamed("audit", { ...settings, ackDeadlineSeconds: 90 })));
    expect(await stored(made, "audit")).toMatchObject({ ackDeadlineSeconds: 90 });
    expect(await run(made, remove(AUDIT))).toMatchObject({ kind: "done" });
    expect(await run(made, remove(AUDIT))).toMatchObject({ kind: "done" });
    expect(await stored(made, "audit")).toBeUndefined();
  });

  it("is made once by a request that comes twice", async () => {
    const made = await aTopic();
    await run(made, create(subscriptionNamed("audit")));
    const uid = (await stored(made, "audit"))?.uid;
    made.clock.advance(180_000);
    expect(await run(made, create(subscriptionNamed("audit")))).toMatchObject({ kind: "done" });
    expect((await stored(made, "audit"))?.uid).toBe(uid);
  });

  it("somebody else's is left alone with its progress, by a new construct or a new name of an old one", async () => {
    // GIVEN
    const made = await aTopic();
    await putSubscription(made.engine, "orders", "audit", { ackDeadlineSeconds: 10 });
    made.clock.advance(3_600_000);
    await run(made, create(subscriptionNamed("cart")));
    // WHEN
    const created = await run(made, create(subscriptionNamed("audit")));
    const renamed = await run(made, update(`${ORDERS}/subscriptions/cart`, subscriptionNamed("audit")));
    await run(made, remove(created.physicalId));
    // THEN
    const reason = expect.stringContaining("already exists") as string;
    expect(created).toEqual({ kind: "failed", physicalId: "none/request-1", reason });
    expect(renamed).toEqual({ kind: "failed", physicalId: `${ORDERS}/subscriptions/cart`, reason });
    expect(await stored(made, "audit")).toMatchObject({ ackDeadlineSeconds: 10 });
  });

  it("of which it is not known whether it is there is not made", async () => {
    let isDown = false;
    const made = anEngine(({ topics }) => ({
      topics: {
        ...topics,
        get: async (name) => {
          if (isDown) throw new Conflict("reading a topic");
          return await topics.get(name);
        },
      },
    }));
    await run(made, create(topicNamed("orders")));
    isDown = true;
    const outcome = await run(made, create(subscriptionNamed("audit")));
    expect(outcome).toMatchObject({ kind: "failed", physicalId: "none/request-1" });
  });

  it("GIVEN a store that fails for a while WHEN one is deleted THEN that is tried again", async () => {
    let failures = 0;
    const made = anEngine(({ topics }) => ({
      topics: {
        ...topics,
        get: async (name) => {
          if (failures-- > 0) throw new Conflict("reading a topic");
          return await topics.get(name);
        },
      },
    }));
    await run(made, create(topicNamed("orders")));
    await run(made, create(subscriptionNamed("audit")));
    failures = 3;
    expect(await run(made, remove(AUDIT))).toMatchObject({ kind: "done" });
    expect(await stored(made, "audit")).toBeUndefined();
  });

  it("GIVEN one that is there WHEN its settings are not JSON THEN that is refused", async () => {
    const made = await aTopic();
    await run(made, create(subscriptionNamed("audit")));
    const wrong = { ...subscriptionNamed("audit"), Settings: "{" };
    expect(await run(made, update(AUDIT, wrong, subscriptionNamed("audit")))).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("not valid JSON") as string,
    });
  });

  it("whose topic went first is deleted", async () => {
    expect(await run(anEngine(), remove(AUDIT))).toEqual({ kind: "done", physicalId: AUDIT });
  });
});
