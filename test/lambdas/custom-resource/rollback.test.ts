import { aSubscription, aTopic } from "./a-cloudformation.js";
import { HOW, LAMBDA, aStack, subscriptionIn, topicIn, uidsIn } from "./a-stack.js";

describe.each(HOW)("a change that is rolled back, each request served %s", (_, how) => {
  const fails = { ...how, failsAtEnd: true };

  it("GIVEN 16 partitions WHEN they are 32 and 16 again THEN 32 stay, and the same can be deployed again", async () => {
    const { made, stack } = aStack();
    const [before, after] = [aTopic("orders", { partitions: 16 }), aTopic("orders", { partitions: 32 })];
    await stack.deploy({ Orders: before }, how);
    expect((await stack.deploy({ Orders: after }, fails)).kind).toBe("rolled-back");
    expect((await topicIn(made))?.partitions).toBe(32);
    const retained = aTopic("orders", { partitions: 16, retentionSeconds: 7_200 });
    const later = await stack.deploy({ Orders: retained }, how);
    expect(later).toMatchObject({ kind: "done", said: [expect.stringContaining("partitions stay 32")] });
    expect(await topicIn(made)).toMatchObject({ partitions: 32, retentionSeconds: 7_200 });
  });

  it("GIVEN a topic that names no number WHEN 32 are rolled back THEN 32 stay", async () => {
    const { made, stack } = aStack();
    await stack.deploy({ Orders: aTopic("orders") }, how);
    expect((await stack.deploy({ Orders: aTopic("orders", { partitions: 32 }) }, fails)).kind).toBe(
      "rolled-back",
    );
    expect((await topicIn(made))?.partitions).toBe(32);
  });

  it("GIVEN a topic WHEN a schema is added, changed and each rolled back THEN it is what it was", async () => {
    const { made, stack } = aStack();
    const schema = (type: string) => JSON.stringify({ type });
    const template = (type?: string) => ({
      Orders: aTopic("orders", { retentionSeconds: 7_200, ...(type ? { schema: { type } } : {}) }),
    });
    await stack.deploy(template(), how);
    expect((await stack.deploy(template("object"), fails)).kind).toBe("rolled-back");
    expect(await topicIn(made)).not.toHaveProperty("schema");
    await stack.deploy(template("object"), how);
    expect((await stack.deploy(template("array"), fails)).kind).toBe("rolled-back");
    expect((await topicIn(made))?.schema).toBe(schema("object"));
    expect((await stack.deploy(template(), fails)).kind).toBe("rolled-back");
    expect((await topicIn(made))?.schema).toBe(schema("object"));
    expect((await stack.deploy(template(), how)).kind).toBe("done");
    expect(await topicIn(made)).not.toHaveProperty("schema");
  });

  it("GIVEN a schema of the construct WHEN another moves in and is rolled back THEN it is what it was", async () => {
    const { made, stack } = aStack();
    const schema = { type: "object" };
    await stack.deploy({ Orders: aTopic("orders") }, how);
    const moved = { Moved: aTopic("orders", { schema }) };
    expect((await stack.deploy(moved, fails)).kind).toBe("rolled-back");
    expect(await topicIn(made)).not.toHaveProperty("schema");
  });

  it("GIVEN a subscription WHEN it is renamed and back THEN its progress is there", async () => {
    const { made, stack } = aStack();
    const template = (name: string) => ({ Orders: aTopic("orders"), Audit: aSubscription("orders", name) });
    await stack.deploy(template("a"), how);
    const before = await uidsIn(made, "orders", ["a"]);
    made.clock.advance(86_400_000);
    expect((await stack.deploy(template("b"), fails)).kind).toBe("rolled-back");
    expect(await uidsIn(made, "orders", ["a"])).toEqual(before);
    expect(await subscriptionIn(made, "b")).toBeUndefined();
    expect((await stack.deploy(template("b"), how)).kind).toBe("done");
    expect(await uidsIn(made, "orders", ["a"])).toEqual([before[0], undefined]);
  });

  it.each(["in order", "backwards"] as const)(
    "GIVEN a topic WHEN it is renamed with its subscriptions, cleaned up %s THEN both ways all is where it belongs",
    async (cleansUp) => {
      const { made, stack } = aStack();
      const template = (name: string) => ({
        Orders: aTopic(name),
        Audit: aSubscription(name, "audit"),
        Cart: aSubscription(name, "cart"),
      });
      await stack.deploy(template("orders"), how);
      const before = await uidsIn(made, "orders", ["audit", "cart"]);
      await stack.deploy(template("purchases"), { ...fails, cleansUp });
      expect(await uidsIn(made, "orders", ["audit", "cart"])).toEqual(before);
      expect(await topicIn(made, "purchases")).toBeUndefined();
      made.clock.advance(600_000);
      expect((await stack.deploy(template("purchases"), { ...how, cleansUp })).kind).toBe("done");
      expect(await topicIn(made)).toBeUndefined();
      expect((await uidsIn(made, "purchases", ["audit", "cart"])).every(Boolean)).toBe(true);
    },
  );

  it.each([
    ["from pull to a function", {}, { target: LAMBDA }],
    ["from a function to pull", { target: LAMBDA }, {}],
  ])(
    "GIVEN a subscription WHEN its target changes %s THEN that is refused, and nothing is lost",
    async (__, a, b) => {
      const { made, stack } = aStack();
      const template = (settings: object) => ({
        Orders: aTopic("orders"),
        Audit: aSubscription("orders", "audit", { target: { type: "pull" }, ...settings }),
      });
      await stack.deploy(template(a), how);
      const before = await uidsIn(made, "orders", ["audit"]);
      const { kind, said } = await stack.deploy(template(b), how);
      expect([kind, said]).toEqual([
        "rolled-back",
        [expect.stringContaining("target.type: cannot be changed")],
      ]);
      expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
      expect((await stack.deploy(template({ ...a, ackDeadlineSeconds: 60 }), how)).kind).toBe("done");
    },
  );

  it("GIVEN several changes at once WHEN one is refused THEN all are what they were", async () => {
    const { made, stack } = aStack();
    const template = (retentionSeconds: number, ordering: string) => ({
      Orders: aTopic("orders", { retentionSeconds }),
      Fixed: aTopic("fixed", { ordering }),
    });
    await stack.deploy(template(7_200, "none"), how);
    expect((await stack.deploy(template(3_600, "key"), how)).kind).toBe("rolled-back");
    expect(await topicIn(made)).toMatchObject({ retentionSeconds: 7_200 });
  });

  it("GIVEN constructs that swap their names WHEN it is rolled back, and done THEN both live on", async () => {
    const { made, stack } = aStack();
    const template = (x: string, y: string) => ({ X: aTopic(x), Y: aTopic(y) });
    await stack.deploy(template("a", "b"), how);
    const before = [await uidsIn(made, "a"), await uidsIn(made, "b")];
    await stack.deploy(template("b", "a"), fails);
    expect([await uidsIn(made, "a"), await uidsIn(made, "b")]).toEqual(before);
    await stack.deploy(template("b", "a"), how);
    expect([await uidsIn(made, "a"), await uidsIn(made, "b")]).toEqual(before);
    await stack.delete(how);
    expect([await uidsIn(made, "a"), await uidsIn(made, "b")]).toEqual([[undefined], [undefined]]);
  });
});

it("GIVEN fewer partitions than ever declared WHEN they are deployed THEN that is refused", async () => {
  const { stack } = aStack();
  await stack.deploy({ Orders: aTopic("orders", { partitions: 32 }) });
  const { kind, said } = await stack.deploy({ Orders: aTopic("orders", { partitions: 8 }) });
  expect([kind, said]).toEqual(["rolled-back", [expect.stringContaining("can only be increased")]]);
});

it("GIVEN a creation whose answer never arrived WHEN it is deleted THEN what was made is gone", async () => {
  const { made, stack } = aStack();
  await stack.deploy({ Orders: aTopic("orders") });
  stack.has("Orders", "Messaging-Orders-1ABCDEFGHIJK", aTopic("orders"));
  await stack.delete();
  expect(await topicIn(made)).toBeUndefined();
});
