import type { Ownership } from "../../../lib/domain/ownership.js";
import { getSchedule, changeSchedule, putSchedule } from "../../../lib/operations/manage/schedules.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import type { Made } from "../an-engine.js";
import { AStack, aSchedule, aSubscription, aTopic } from "./a-cloudformation.js";
import { HOW, OTHER_APP, OTHER_STACK, aStack, scheduleIn, topicIn } from "./a-stack.js";

const ownerOf = (found: { readonly ownership?: Ownership } | undefined) => found?.ownership?.owner.logicalId;
const bodyIn = async (made: Made, name: string) =>
  (await getSchedule(made.engine, "orders", name)).message.body;

describe.each(HOW)("a construct's schedule, each request served %s", (_, how) => {
  const fails = { ...how, failsAtEnd: true };

  it("GIVEN a schedule WHEN it is deployed, changed and removed THEN it is made, changed and gone", async () => {
    const { made, stack } = aStack();
    const template = (settings: object) => ({
      Orders: aTopic("orders"),
      Nightly: aSchedule("orders", "nightly", settings),
    });
    expect(await stack.deploy(template({ timeZone: "Europe/Berlin", paused: true }), how)).toMatchObject({
      kind: "done",
    });
    expect(stack.physicalIds["Nightly"]).toBe("/v1/topics/orders/schedules/nightly");
    expect(await scheduleIn(made, "nightly")).toMatchObject({ timeZone: "Europe/Berlin", paused: true });
    const changed = await stack.deploy(template({ cron: "30 2 * * *" }), how);
    expect(changed).toEqual({ kind: "done", said: [] });
    // What is named no more has its default.
    expect(await scheduleIn(made, "nightly")).toMatchObject({
      ...{ cron: "30 2 * * *", timeZone: "UTC", paused: false },
      ownership: { owner: { logicalId: "Nightly", app: "app-1" } },
    });
    await stack.deploy({ Orders: aTopic("orders") }, how);
    expect(await scheduleIn(made, "nightly")).toBeUndefined();
    expect(await topicIn(made)).toBeDefined();
    expect(await made.engine.timers.due(Infinity, 10)).toEqual([]);
  });

  it("GIVEN a change WHEN it is rolled back THEN all is as it was, also a message that fits no more", async () => {
    const { made, stack } = aStack();
    const template = (body: unknown, schema?: object) => ({
      Nightly: aSchedule("orders", "nightly", { message: { body, tag: "t" } }),
      Orders: aTopic("orders", schema ? { schema } : {}),
    });
    const { Orders, Nightly } = template({ report: 1 });
    await stack.deploy({ Orders: Orders as object as Record<string, string>, Nightly }, how);
    const after = template({ order: 7 }, { type: "object", required: ["order"] });
    // Updated back in this order, the message of before comes while the schema still refuses it.
    expect((await stack.deploy(after, fails)).kind).toBe("rolled-back");
    expect(await bodyIn(made, "nightly")).toBe('{"report":1}');
    expect(await topicIn(made)).not.toHaveProperty("schema");
  });

  it("GIVEN a new schedule WHEN its deployment is rolled back THEN it is gone", async () => {
    const { made, stack } = aStack();
    await stack.deploy({ Orders: aTopic("orders") }, how);
    const more = { Orders: aTopic("orders"), Nightly: aSchedule("orders", "nightly") };
    expect((await stack.deploy(more, fails)).kind).toBe("rolled-back");
    expect(await scheduleIn(made, "nightly")).toBeUndefined();
  });

  it("GIVEN another name WHEN it is deployed, or rolled back, THEN one of the two is there", async () => {
    const { made, stack } = aStack();
    const template = (name: string) => ({ Orders: aTopic("orders"), Nightly: aSchedule("orders", name) });
    await stack.deploy(template("a"), how);
    const uid = (await scheduleIn(made, "a"))?.uid;
    expect((await stack.deploy(template("b"), fails)).kind).toBe("rolled-back");
    expect((await scheduleIn(made, "a"))?.uid).toBe(uid);
    expect(await scheduleIn(made, "b")).toBeUndefined();
    expect((await stack.deploy(template("b"), how)).kind).toBe("done");
    expect(await scheduleIn(made, "a")).toBeUndefined();
    expect(ownerOf(await scheduleIn(made, "b"))).toBe("Nightly");
  });

  it("GIVEN a construct that moves WHEN that is rolled back THEN the old one has it, with its message", async () => {
    const { made, stack } = aStack();
    const bytes = { bodyBase64: "AP8B", contentType: "application/x-thing" };
    await stack.deploy(
      { Orders: aTopic("orders"), Old: aSchedule("orders", "nightly", { message: bytes, paused: true }) },
      how,
    );
    const uid = (await scheduleIn(made, "nightly"))?.uid;
    const moved = { Orders: aTopic("orders"), New: aSchedule("orders", "nightly", { cron: "@hourly" }) };
    expect((await stack.deploy(moved, fails)).kind).toBe("rolled-back");
    const back = await getSchedule(made.engine, "orders", "nightly");
    expect(ownerOf(back.schedule)).toBe("Old");
    expect(back.schedule).toMatchObject({ uid, cron: "@daily", paused: true });
    expect([...(back.message.body as Uint8Array)]).toEqual([0, 255, 1]);
    expect((await stack.deploy(moved, how)).kind).toBe("done");
    expect(await scheduleIn(made, "nightly")).toMatchObject({ uid, cron: "@hourly" });
    await stack.deploy({ Orders: aTopic("orders") }, how);
    expect(await scheduleIn(made, "nightly")).toBeUndefined();
  });

  it("GIVEN a schedule of another app, or made over the API, WHEN it is declared THEN that is refused", async () => {
    const { made, stack } = aStack();
    await stack.deploy({ Orders: aTopic("orders"), Nightly: aSchedule("orders", "nightly") }, how);
    const message = { body: "{}", contentType: "application/json" };
    await putSchedule(made.engine, "orders", "by-hand", { cron: "@daily", message });
    const other = new AStack(made, OTHER_STACK);
    const theirs = await other.deploy({ Theirs: aSchedule("orders", "nightly", {}, OTHER_APP) }, how);
    expect(theirs.said).toEqual([expect.stringContaining("belongs to Messaging/Queue/orders of stack")]);
    const byHand = await other.deploy({ Theirs: aSchedule("orders", "by-hand", {}, OTHER_APP) }, how);
    expect(byHand.said).toEqual([expect.stringContaining("set adopt: true")]);
    await other.delete(how);
    expect(ownerOf(await scheduleIn(made, "nightly"))).toBe("Nightly");
    expect(await scheduleIn(made, "by-hand")).toBeDefined();
    // Adopted, it is the construct's: that deletes it.
    const adopts = { Theirs: aSchedule("orders", "by-hand", {}, { ...OTHER_APP, Adopt: "true" }) };
    expect((await other.deploy(adopts, how)).kind).toBe("done");
    await other.deploy(
      { Theirs: aSchedule("orders", "by-hand", { paused: true }, { ...OTHER_APP, Adopt: "true" }) },
      how,
    );
    await other.delete(how);
    expect(await scheduleIn(made, "by-hand")).toBeUndefined();
  });

  it.each(["in order", "backwards"] as const)(
    "GIVEN a topic with a schedule WHEN it is renamed, and cleaned up %s, THEN nothing of the old one is left",
    async (cleansUp) => {
      const { made, stack } = aStack();
      const template = (name: string) => ({
        Orders: aTopic(name),
        Audit: aSubscription(name, "audit"),
        Nightly: aSchedule(name, "nightly"),
      });
      await stack.deploy(template("orders"), how);
      await stack.deploy(template("purchases"), { ...fails, cleansUp });
      expect(await scheduleIn(made, "nightly")).toBeDefined();
      expect((await stack.deploy(template("purchases"), { ...how, cleansUp })).kind).toBe("done");
      expect(await topicIn(made, "orders")).toBeUndefined();
      expect(await scheduleIn(made, "nightly", "purchases")).toBeDefined();
      await stack.delete(how);
      expect(await topicIn(made, "purchases")).toBeUndefined();
    },
  );
});

it("GIVEN a schedule that an operator paused WHEN it is deployed THEN that stays, and the rest is told", async () => {
  const { made, stack } = aStack();
  const template = (description: string, message: object) => ({
    Orders: aTopic("orders"),
    Nightly: aSchedule("orders", "nightly", { description, message }),
  });
  const text = { bodyBase64: "aGVsbG8=", contentType: "text/plain" };
  await stack.deploy(template("one", text));
  await changeSchedule(made.engine, "orders", "nightly", { paused: true, cron: "@hourly" });
  const { said } = await stack.deploy(template("two", text));
  expect(said).toEqual([
    'cron was changed over the API to "@hourly", and is "@daily" again, as the construct says',
  ]);
  expect(await scheduleIn(made, "nightly")).toMatchObject({ paused: true, cron: "@daily" });
  const message = { body: "a secret", contentType: "text/plain" };
  await changeSchedule(made.engine, "orders", "nightly", { message });
  const again = await stack.deploy(template("three", text));
  expect(again.said).toEqual(["message was changed over the API, and is again as the construct says"]);
  expect(Buffer.from((await bodyIn(made, "nightly")) as Uint8Array).toString()).toBe("hello");
});

it.each([
  [{ cron: "* * * * * *" }, "cron: must have five fields"],
  [{ message: { body: 1, delaySeconds: 5 } }, "message.delaySeconds"],
  [{ message: { body: { report: 1 } } }, "message.body.order: is required"],
])("GIVEN %j WHEN it is deployed THEN that fails with the place", async (settings, text) => {
  const { made, stack } = aStack();
  await stack.deploy({ Orders: aTopic("orders") });
  await changeTopic(made.engine, "orders", { schema: '{"required":["order"]}' });
  const template = { Orders: aTopic("orders"), Nightly: aSchedule("orders", "nightly", settings) };
  const { kind, said } = await stack.deploy(template);
  expect(kind).toBe("rolled-back");
  expect(said).toEqual([expect.stringContaining(text)]);
  expect(await scheduleIn(made, "nightly")).toBeUndefined();
});
