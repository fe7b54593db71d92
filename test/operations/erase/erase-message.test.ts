import { tick } from "../../../lib/operations/clock/tick.js";
import { AGAIN_AFTER_MS, eraseMessage } from "../../../lib/operations/erase/erase-message.js";
import { findMessage } from "../../../lib/operations/manage/find-message.js";
import { traceMessage } from "../../../lib/operations/manage/trace-message.js";
import { aText, publishTexts } from "../a-deployment.js";
import { ack, bodies, drained, publishTogether, receive, retry, settleAs, withAudit } from "../a-consumer.js";
import { clockRuns, delay, withDelays } from "../delay/with-delayed.js";
import { placesOf } from "../../stored-texts.js";

const SECRET = "ada.lovelace@example.com";
const BY = "arn:aws:iam::123456789012:role/operator";

describe("GIVEN a message among its neighbours in a slot", () => {
  async function three(inlineLimitBytes = 10_240) {
    const audit = await withAudit({ topic: { partitions: 1 } });
    const engine = audit.process(undefined, { inlineLimitBytes });
    const [before = "", id = "", after = ""] = await publishTogether(engine, "before", SECRET, "after");
    return { ...audit, engine, before, id, after };
  }

  it.each([
    ["in the slot", 10_240],
    ["in an object", 0],
  ])(
    "WHEN it is erased THEN nothing of it is left %s, and its neighbours come as they were",
    async (_where, inline) => {
      const { engine, storage, id, before, after } = await three(inline);
      await eraseMessage(engine, id, BY);
      expect(placesOf(storage, SECRET)).toEqual([]);
      expect(storage.segments.size).toBe(inline === 0 ? 1 : 0);
      const handed = await receive(engine);
      expect(handed.map((one) => [one.id, one.body])).toEqual([
        [before, "before"],
        [after, "after"],
      ]);
      await ack(engine, handed);
      expect(await drained(engine)).toEqual([]);
    },
  );

  it("WHEN it is looked up THEN it says that it was erased, by whom and when; so does its trace", async () => {
    const { engine, id, clock } = await three();
    const atMs = clock.nowMs();
    expect(await eraseMessage(engine, id, BY)).toEqual({ id, atMs, by: BY, isCancelled: false });
    const found = { state: "erased", erasure: { atMs, by: BY }, publishedAtMs: atMs };
    expect(await findMessage(engine, id)).toMatchObject(found);
    expect(await traceMessage(engine, id, { limit: 10 })).toMatchObject({
      message: found,
      subscriptions: { items: [] },
    });
  });

  it("WHEN it is erased again, by somebody else THEN it tells who did it first", async () => {
    const { engine, id, clock } = await three();
    const first = await eraseMessage(engine, id, BY);
    clock.advance(5_000);
    expect(await eraseMessage(engine, id, "arn:somebody-else")).toEqual(first);
  });

  it("WHEN a consumer has it under a lease THEN it may still acknowledge it, or send it back in vain", async () => {
    const { engine, id } = await three();
    const handed = await receive(engine);
    await eraseMessage(engine, id, BY);
    expect(await retry(engine, [handed[1]])).toEqual(["ok"]);
    expect(await ack(engine, [handed[0], handed[2]])).toEqual(["ok", "ok"]);
    expect(await receive(engine)).toEqual([]);
  });

  it("WHEN another process has read it before THEN that hands out nothing of it a few seconds later", async () => {
    const { engine, process, clock, id } = await three();
    const other = process();
    await ack(other, await receive(other, 1));
    await eraseMessage(engine, id, BY);
    clock.advance(3_000);
    expect(bodies(await receive(other))).toEqual(["after"]);
  });

  it("WHEN it counts THEN it counts as expired, with no attempt and no dead letter", async () => {
    const { engine, id, telemetry, storage } = await three();
    await eraseMessage(engine, id, BY);
    await drained(engine);
    const expired = telemetry.events.filter(({ name }) => name === "messages-expired");
    expect(expired).toMatchObject([{ fields: { messages: 1 } }]);
    expect([...storage.progress.values()].map(({ letters }) => [...letters.values()])).toEqual([[]]);
  });

  it("WHEN both are erased at once THEN both are, and nothing else", async () => {
    const { process, storage, before, id, engine } = await three(0);
    const [one, other] = [process(undefined, { inlineLimitBytes: 0 }), process()];
    await Promise.all([eraseMessage(one, id, BY), eraseMessage(other, before, BY)]);
    expect(placesOf(storage, SECRET)).toEqual([]);
    expect(storage.segments.size).toBe(1);
    expect(await drained(engine)).toEqual(["after"]);
  });
});

it("GIVEN a slot that was read WHEN its object is replaced before it is opened THEN it is read again", async () => {
  const { process, engine, storage } = await withAudit({ topic: { partitions: 1 } });
  const publisher = process(undefined, { inlineLimitBytes: 0 });
  const [, id = ""] = await publishTogether(publisher, "before", SECRET);
  let erased: Promise<unknown> | undefined;
  const reader = process((ports) => ({
    segments: {
      ...ports.segments,
      get: async (key) => {
        await (erased ??= eraseMessage(engine, id, BY));
        return await ports.segments.get(key);
      },
    },
  }));
  expect(bodies(await receive(reader))).toEqual(["before"]);
  expect([...storage.progress.values()].map(({ setAside }) => [...setAside.values()])).toEqual([[]]);
});

describe("GIVEN a delayed message", () => {
  it("WHEN it is erased before it is due THEN it is never published, and nothing of it is left", async () => {
    const { engine, clock, clockProcess, storage } = await withDelays();
    const [id = ""] = await delay(engine, [SECRET.repeat(1_000), clock.nowMs() + 60_000]);
    expect(placesOf(storage, SECRET)).not.toEqual([]);
    expect(await eraseMessage(engine, id, BY)).toMatchObject({ id, isCancelled: true });
    expect(placesOf(storage, SECRET)).toEqual([]);
    expect(await eraseMessage(engine, id, BY)).toMatchObject({ id, isCancelled: true });
    clock.advance(60_000);
    await clockRuns(clockProcess);
    expect(await drained(engine)).toEqual([]);
  });

  it("WHEN it is erased once it is published THEN the object that it waited in goes, too", async () => {
    const { process, clock, clockProcess, storage } = await withDelays();
    const engine = process(undefined, { inlineLimitBytes: 0 });
    const [id = ""] = await delay(engine, [SECRET, clock.nowMs() + 1_000]);
    clock.advance(1_000);
    await clockRuns(clockProcess);
    await eraseMessage(engine, id, BY);
    expect(placesOf(storage, SECRET)).toEqual([]);
    expect(await findMessage(engine, id)).toMatchObject({ id, state: "erased", erasure: { by: BY } });
  });
});

describe("GIVEN a dead letter of a message that the log has no more", () => {
  it("WHEN it is erased THEN the dead letter goes; and to erase it again finds nothing", async () => {
    const { engine, clock, storage } = await withAudit({ topic: { retentionSeconds: 86_400 } });
    const [id = ""] = await publishTexts(engine, "orders", aText(SECRET));
    await settleAs(engine, await receive(engine), { outcome: "reject", error: `no ${SECRET}` });
    clock.advance(2 * 86_400_000);
    for (const slots of storage.logs.values()) slots.splice(0);
    await eraseMessage(engine, id, BY);
    expect(placesOf({ ...storage, records: undefined }, SECRET)).toEqual([]);
    await expect(eraseMessage(engine, id, BY)).rejects.toMatchObject({ code: "message-not-found" });
  });
});

it.each(["orders.nobody.0.7", "orders.000000000-0123456789abcdef", "nothing", "other.u.0.1"])(
  "GIVEN %s, which is no message's id WHEN it is erased THEN it is not found, and leaves no timer",
  async (id) => {
    const { engine, storage } = await withAudit();
    await expect(eraseMessage(engine, id, BY)).rejects.toMatchObject({
      code: expect.stringMatching(/(message|topic)-not-found/) as string,
    });
    expect([...storage.timers.values()]).toEqual([]);
  },
);

it("GIVEN a slot that cannot be read WHEN a message of it is to be erased THEN that is refused, with why", async () => {
  const { engine, storage } = await withAudit({ topic: { partitions: 1 } });
  const [id = ""] = await publishTogether(engine, SECRET, "beside");
  for (const slots of storage.logs.values())
    slots.splice(0, 1, { ...(slots[0] as (typeof slots)[number]), checksum: "of other bytes" });
  await expect(eraseMessage(engine, id, BY)).rejects.toMatchObject({
    code: "message-out-of-reach",
    message: expect.stringContaining("checksum-mismatch") as string,
  });
});

it("GIVEN a process that dies after the timer is set WHEN the clock comes THEN the message is erased", async () => {
  const { engine, process, clock, storage } = await withAudit({ topic: { partitions: 1 } });
  const [, id = ""] = await publishTogether(engine, "before", SECRET);
  const dying = process((ports) => ({
    log: { ...ports.log, replace: () => Promise.reject(new Error("the process died")) },
  }));
  await expect(eraseMessage(dying, id, BY)).rejects.toThrow("died");
  clock.advance(AGAIN_AFTER_MS);
  await tick(process(), { deadlineMs: clock.nowMs() + 60_000 });
  expect(placesOf(storage, SECRET)).toEqual([]);
  expect(await findMessage(engine, id)).toMatchObject({ state: "erased", erasure: { by: BY } });
});
