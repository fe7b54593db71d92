import { deleteTopic, putTopic } from "../../../lib/operations/manage/topics.js";
import { AStack, aSubscription, aTopic } from "./a-cloudformation.js";
import { HOW, OTHER_STACK, OTHER_APP, aStack, subscriptionIn, topicIn, uidsIn } from "./a-stack.js";

describe.each(HOW)("what a construct owns, each request served %s", (_, how) => {
  const fails = { ...how, failsAtEnd: true };

  it.each(["topic", "subscription"])(
    "GIVEN a %s of another app WHEN it is declared THEN that is refused",
    async (kind) => {
      // GIVEN
      const { made, stack } = aStack();
      await stack.deploy({ Orders: aTopic("orders"), Audit: aSubscription("orders", "audit") }, how);
      const before = await uidsIn(made, "orders", ["audit"]);
      const other = new AStack(made, OTHER_STACK);
      // WHEN
      const second =
        kind === "topic" ? aTopic("orders", {}, OTHER_APP) : aSubscription("orders", "audit", {}, OTHER_APP);
      const { said } = await other.deploy({ Second: second }, how);
      await other.delete(how);
      // THEN
      expect(said).toEqual([
        expect.stringContaining("belongs to Messaging/Queue/orders of stack arn:aws:cloudformation"),
      ]);
      expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
    },
  );

  it("GIVEN a topic that was made over the API WHEN it is declared THEN it has to be adopted", async () => {
    const { made, stack } = aStack();
    await putTopic(made.engine, "orders", { retentionSeconds: 7_200 });
    const [before] = await uidsIn(made);
    const { said } = await stack.deploy({ Orders: aTopic("orders") }, how);
    expect(said).toEqual([expect.stringContaining("set adopt: true")]);
    const adopting = aTopic("orders", { partitions: 32 }, { App: "app-1", Adopt: "true" });
    // Rolled back, it is what it was, and nobody's.
    await stack.deploy({ Orders: adopting }, fails);
    expect(await topicIn(made)).toMatchObject({ uid: before, retentionSeconds: 7_200 });
    expect((await topicIn(made))?.ownership).toBeUndefined();
    // Deployed, and changed once more, it is the construct's: that deletes it.
    expect((await stack.deploy({ Orders: adopting }, how)).kind).toBe("done");
    await stack.deploy({ Orders: aTopic("orders", { retentionSeconds: 3_600 }) }, how);
    expect(await uidsIn(made)).toEqual([before]);
    await stack.deploy({}, how);
    expect(await topicIn(made)).toBeUndefined();
  });

  it("GIVEN a construct WHEN it moves to another id THEN what it has stays, and the new one owns it", async () => {
    const { made, stack } = aStack();
    const template = (id: string) => ({
      [`${id}Topic`]: aTopic("orders", { retentionSeconds: 7_200 }),
      [`${id}Audit`]: aSubscription("orders", "audit"),
    });
    await stack.deploy(template("Old"), how);
    const before = await uidsIn(made, "orders", ["audit"]);
    expect((await stack.deploy(template("New"), how)).kind).toBe("done");
    expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
    await stack.deploy({}, how);
    expect(await topicIn(made)).toBeUndefined();
  });

  it("GIVEN a move to another id WHEN it is rolled back THEN the old one has it again, with its settings", async () => {
    const { made, stack } = aStack();
    await stack.deploy(
      {
        Old: aTopic("orders", { retentionSeconds: 7_200 }),
        Audit: aSubscription("orders", "audit", { ackDeadlineSeconds: 60, filter: { tag: ["a"] } }),
      },
      how,
    );
    const before = await uidsIn(made, "orders", ["audit"]);
    const moved = {
      New: aTopic("orders", { retentionSeconds: 3_600 }),
      NewAudit: aSubscription("orders", "audit", { ackDeadlineSeconds: 90, filter: { tag: ["b"] } }),
    };
    expect((await stack.deploy(moved, fails)).kind).toBe("rolled-back");
    expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
    expect(await topicIn(made)).toMatchObject({
      retentionSeconds: 7_200,
      ownership: { owner: { logicalId: "Old" } },
    });
    expect(await subscriptionIn(made, "audit")).toMatchObject({
      ackDeadlineSeconds: 60,
      filter: '{"tag":["a"]}',
      ownership: { owner: { logicalId: "Audit" } },
    });
    await stack.deploy({}, how);
    expect(await topicIn(made)).toBeUndefined();
  });

  it("GIVEN a construct WHEN it moves to another stack THEN the old stack deletes nothing", async () => {
    const { made, stack } = aStack();
    const other = new AStack(made, OTHER_STACK);
    await stack.deploy({ Orders: aTopic("orders") }, how);
    const [before] = await uidsIn(made);
    // A first try is rolled back.
    await other.deploy({ Orders: aTopic("orders") }, fails);
    expect((await topicIn(made))?.ownership?.owner.stackId).toBe(stack.stackId);
    const { kind, said } = await other.deploy({ Orders: aTopic("orders") }, how);
    expect(kind).toBe("done");
    if (!how.twice)
      expect(said).toEqual([expect.stringContaining("was taken over from Messaging/Queue/orders")]);
    await stack.deploy({}, how);
    expect(await uidsIn(made)).toEqual([before]);
    await other.deploy({}, how);
    expect(await topicIn(made)).toBeUndefined();
  });

  it("GIVEN a topic in two stacks WHEN the second goes first THEN the first has it again", async () => {
    const { made, stack } = aStack();
    const other = new AStack(made, OTHER_STACK);
    await stack.deploy({ Orders: aTopic("orders") }, how);
    await other.deploy({ Orders: aTopic("orders") }, how);
    await other.deploy({ Orders: aTopic("orders", { retentionSeconds: 7_200 }) }, how);
    await other.delete(how);
    expect((await topicIn(made))?.ownership?.owner.stackId).toBe(stack.stackId);
    await stack.delete(how);
    expect(await topicIn(made)).toBeUndefined();
  });

  it("GIVEN a subscription that was kept WHEN its construct is back, and rolled back THEN it goes on", async () => {
    const { made, stack } = aStack();
    const [topic, audit] = [aTopic("orders"), aSubscription("orders", "audit")];
    await stack.deploy({ Topic: topic, Audit: audit }, how);
    const before = await uidsIn(made, "orders", ["audit"]);
    await stack.deploy({ Topic: topic }, { ...how, retains: true });
    await stack.deploy({ Topic: topic, Audit: audit }, { ...fails, retains: true });
    expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
    expect((await stack.deploy({ Topic: topic, Audit: audit }, how)).kind).toBe("done");
    expect(await uidsIn(made, "orders", ["audit"])).toEqual(before);
  });

  it("GIVEN a topic that was made again over the API WHEN its construct goes THEN it stays", async () => {
    const { made, stack } = aStack();
    await stack.deploy({ Orders: aTopic("orders") }, how);
    await deleteTopic(made.engine, "orders");
    made.clock.advance(600_000);
    await putTopic(made.engine, "orders", {});
    const [before] = await uidsIn(made);
    const changed = await stack.deploy({ Orders: aTopic("orders", { retentionSeconds: 7_200 }) }, how);
    expect(changed).toMatchObject({
      kind: "done",
      said: [expect.stringContaining("stays when its construct")],
    });
    await stack.delete(how);
    expect(await uidsIn(made)).toEqual([before]);
  });
});
