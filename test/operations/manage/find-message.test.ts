import { outboxMessageId } from "../../../lib/domain/outbox.js";
import { findMessage } from "../../../lib/operations/manage/find-message.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { relay } from "../../../lib/operations/relay/relay.js";
import { aText, publishTexts } from "../a-deployment.js";
import { publishTogether, receive, settleAs, withAudit } from "../a-consumer.js";
import { aService } from "../an-outbox.js";
import { clockRuns, delay, withDelays } from "../delay/with-delayed.js";

const DAY_MS = 86_400_000;

it("GIVEN a message in the log WHEN it is looked up THEN it is there, with its content and its end", async () => {
  const { engine, clock } = await withAudit();
  const nowMs = clock.nowMs();
  const content = { key: "k", tag: "t", businessKey: "7", attributes: { n: 1 }, expiresAtMs: nowMs + 5_000 };
  const [, id = ""] = await publishTexts(engine, "orders", aText("a"), aText("b", content));
  expect(await findMessage(engine, id)).toMatchObject({
    ...{ id, topic: "orders", state: "published", expiresAtMs: nowMs + 5_000 },
    message: { ...content, id, body: "b", publishedAtMs: nowMs },
  });
});

it("GIVEN a delayed message WHEN it is due THEN it is scheduled before, in the log since, under one id", async () => {
  const { engine, clock, clockProcess } = await withDelays();
  const dueMs = clock.nowMs() + 60_000;
  const [id = ""] = await delay(engine, ["a", dueMs, { key: "k" }]);
  expect(await findMessage(engine, id)).toMatchObject({
    ...{ id, state: "scheduled", entry: { dueMs }, content: { body: "a", key: "k" } },
  });
  clock.advance(60_000);
  await clockRuns(clockProcess);
  expect(await findMessage(engine, id)).toMatchObject({ id, state: "published", message: { id, body: "a" } });
});

it("GIVEN its address WHEN a message had an id before THEN it is found by that one alone", async () => {
  const { engine, clock, clockProcess } = await withDelays();
  const [id = ""] = await delay(engine, ["a", clock.nowMs() + 1_000]);
  clock.advance(1_000);
  await clockRuns(clockProcess);
  const found = await findMessage(engine, id);
  const { partition, offset } = found.state === "published" ? found.message : { partition: -1, offset: -1 };
  const topic = (await engine.topics.get("orders"))?.uid ?? "";
  await expect(findMessage(engine, `orders.${topic}.${partition}.${offset}`)).rejects.toMatchObject({
    code: "message-not-found",
  });
});

describe("a message of the outbox", () => {
  async function withService() {
    const audit = await withAudit();
    return { ...audit, write: aService(audit.storage, () => audit.clock.nowMs()) };
  }

  it("WHEN it waits THEN it is found, also before its topic is made; and in the log once it was moved", async () => {
    const { engine, write, clock } = await withService();
    const writtenAtMs = clock.nowMs();
    const early = write("later", "a");
    const content = { body: '"a"', contentType: "application/json" };
    expect(await findMessage(engine, outboxMessageId(early))).toEqual({
      ...{ id: outboxMessageId(early), topic: "later", state: "outbox", writtenAtMs, content },
    });
    const ref = write("orders", "b");
    await relay(engine, [ref], { untilMs: clock.nowMs() + 60_000 });
    expect(await findMessage(engine, outboxMessageId(ref))).toMatchObject({ state: "published" });
  });

  it("WHEN its topic refused it THEN it is found with the reason", async () => {
    const { engine, write, clock } = await withService();
    await putTopic(engine, "keyed", { ordering: "key" });
    const ref = write("keyed", "no key");
    await relay(engine, [ref], { untilMs: clock.nowMs() + 60_000 });
    expect(await findMessage(engine, outboxMessageId(ref))).toMatchObject({
      ...{ id: outboxMessageId(ref), state: "refused", refusedAtMs: clock.nowMs() },
      why: expect.stringContaining("key") as string,
      content: { body: '"no key"' },
    });
  });

  it("WHEN only a newer release can read it THEN it says so", async () => {
    const { process, write } = await withService();
    const ref = write("orders", "a");
    const engine = process((ports) => ({
      outbox: {
        ...ports.outbox,
        find: async (topic, name) => {
          const found = await ports.outbox.find(topic, name);
          return found && { ...found, content: undefined, isTooNew: true };
        },
      },
    }));
    expect(await findMessage(engine, outboxMessageId(ref))).toMatchObject({
      ...{ state: "outbox", unreadable: "written-by-a-newer-release" },
    });
  });
});

describe("a dead letter", () => {
  async function withLetter() {
    const audit = await withAudit({ topic: { retentionSeconds: 86_400 } });
    const [id = ""] = await publishTexts(audit.engine, "orders", aText("bad"));
    await settleAs(audit.engine, await receive(audit.engine), { outcome: "reject", error: "no such item" });
    return { ...audit, id };
  }

  it("WHEN the log has the message no more THEN it is found in the dead letters", async () => {
    const { engine, id, clock } = await withLetter();
    expect(await findMessage(engine, id)).toMatchObject({ state: "published" });
    clock.advance(3 * DAY_MS);
    expect(await findMessage(engine, id)).toMatchObject({
      ...{ id, state: "dead-letter", subscription: "audit", content: { body: "bad" } },
      entry: { lastError: "no such item" },
    });
  });

  it("WHEN it has expired itself THEN it is not found", async () => {
    const { engine, id, clock } = await withLetter();
    clock.advance(40 * DAY_MS);
    await expect(findMessage(engine, id)).rejects.toMatchObject({ code: "message-not-found" });
  });
});

it("GIVEN bytes that cannot be read WHEN their message is looked up THEN it says why, with what is known", async () => {
  const { engine, storage, process } = await withAudit();
  const [, id = ""] = await publishTogether(engine, "a", "b");
  for (const slots of storage.logs.values())
    for (const [at, slot] of slots.entries()) slots[at] = { ...slot, checksum: "damaged" };
  expect(await findMessage(process(), id)).toMatchObject({
    ...{ id, state: "published", message: { id, unreadable: "checksum-mismatch" } },
  });
});

it.each([
  ["nonsense", "message-not-found"],
  ["none.uid.0.1", "topic-not-found"],
  ["none.0mfg3k2x1-0123456789abcdefghij", "topic-not-found"],
  ["orders.another-life.0.1", "message-not-found"],
  ["orders.0mfg3k2x1-0123456789abcdefghij", "message-not-found"],
])("%s is refused as %s", async (id, code) => {
  const { engine } = await withAudit();
  await publishTogether(engine, "a");
  await expect(findMessage(engine, id)).rejects.toMatchObject({ code });
});
