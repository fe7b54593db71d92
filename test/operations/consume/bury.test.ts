import { SUBSCRIPTION_DEFAULTS } from "../../../lib/domain/subscription.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { listDeadLetters, readDeadLetter } from "../../../lib/operations/manage/dead-letters.js";
import { redrive } from "../../../lib/operations/manage/redrive.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import type { Engine } from "../../../lib/operations/engine.js";
import type { Slot } from "../../../lib/domain/slot.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { aText, publishTexts } from "../a-deployment.js";
import { ack, bodies, publishEach, publishTogether, receive, settleAs, withAudit } from "../a-consumer.js";

const DAY_MS = 86_400_000;
const at = (maxAttempts: number) => ({ retry: { ...SUBSCRIPTION_DEFAULTS.retry, maxAttempts } });

const fail = (engine: Engine, messages: readonly Handed[]) =>
  settleAs(engine, messages, { outcome: "retry", delaySeconds: 1, error: "no such customer" });

const letters = async (engine: Engine) =>
  (await listDeadLetters(engine, "orders", "audit", {}, { limit: 100 })).items;

const stateOf = async (engine: Engine) =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "audit"));

/** Lets everything that can be received fail, so many times. */
async function failAll({ engine, clock }: Awaited<ReturnType<typeof withAudit>>, times: number) {
  for (let time = 1; time <= times; time++) {
    await fail(engine, await receive(engine, 100));
    clock.advance(1_000);
  }
}

describe("a message that failed as often as it may", () => {
  it("GIVEN two attempts WHEN both fail THEN it is a dead letter with its copy, and never comes again", async () => {
    // GIVEN
    const audit = await withAudit({ subscription: at(2) });
    const { engine, clock, telemetry } = audit;
    const [id = ""] = await publishTexts(engine, "orders", aText("a", { key: "k", tag: "t" }));
    await failAll(audit, 1);
    expect(await letters(engine)).toEqual([]);
    // WHEN
    const [again] = await receive(engine);
    expect(again).toMatchObject({ attempt: 2, lastError: "no such customer" });
    await fail(engine, [again as Handed]);
    // THEN
    expect(await letters(engine)).toMatchObject([
      { id, key: "k", tag: "t", attempt: 2, lastError: "no such customer", deadLetteredAtMs: clock.nowMs() },
    ]);
    expect(await readDeadLetter(engine, "orders", "audit", id)).toMatchObject({
      message: { body: "a", contentType: "text/plain", key: "k", tag: "t" },
    });
    clock.advance(3_600_000);
    expect(await receive(engine)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ backlog: 0, retrying: 0, inFlight: 0, deadLetters: 1 });
    const told = telemetry.events.filter(({ name }) => name === "message-dead-lettered");
    expect(told).toMatchObject([{ level: "warn", fields: { subscription: "audit", id, attempt: 2 } }]);
  });

  it("GIVEN failures of several kinds WHEN it is read THEN each is told, when it was and by what", async () => {
    // GIVEN one with two neighbours that are never answered, then alone, then sent back, then rejected
    const audit = await withAudit({ subscription: { ...at(9), ackDeadlineSeconds: 10 } });
    const { engine, clock } = audit;
    const [id = ""] = await publishTexts(engine, "orders", aText("a"), aText("b"), aText("c"));
    const beganMs = clock.nowMs();
    await receive(engine, 3);
    clock.advance(10_000);
    const again = await receive(engine, 3);
    await ack(engine, again.slice(1));
    clock.advance(10_000);
    await fail(engine, await receive(engine));
    clock.advance(1_000);
    // WHEN
    await settleAs(engine, await receive(engine), { outcome: "reject", error: "no items" });
    // THEN
    expect((await readDeadLetter(engine, "orders", "audit", id)).failures).toEqual([
      { kind: "expired", atMs: beganMs + 10_000, attempt: 1, among: 3 },
      { kind: "expired", atMs: beganMs + 20_000, attempt: 2 },
      { kind: "failed", atMs: beganMs + 20_000, attempt: 3, error: "no such customer" },
      { kind: "rejected", atMs: beganMs + 21_000, attempt: 4, error: "no items" },
    ]);
  });

  it("GIVEN one that was sent again WHEN it dies again THEN it says when it was dead, and why", async () => {
    const audit = await withAudit({ subscription: at(2) });
    const { engine, clock } = audit;
    const [id = ""] = await publishTexts(engine, "orders", aText("a"));
    await failAll(audit, 2);
    const diedMs = clock.nowMs() - 1_000;
    await redrive(engine, "orders", "audit", { kind: "ids", ids: [id] });
    await failAll(audit, 2);
    const { failures = [] } = await readDeadLetter(engine, "orders", "audit", id);
    expect(failures.map(({ kind, attempt }) => `${kind} ${attempt}`)).toEqual([
      "dead-lettered 2",
      "failed 1",
      "failed 2",
    ]);
    expect(failures[0]).toMatchObject({ atMs: diedMs, error: "no such customer" });
  });

  it("GIVEN others in its lease WHEN it fails for good THEN their receipts are as good as before", async () => {
    const audit = await withAudit({ subscription: at(1), topic: { partitions: 1 } });
    const { engine, clock } = audit;
    const [, second] = await publishTogether(engine, "a", "b", "c");
    const handed = await receive(engine);
    await fail(engine, handed.slice(1, 2));
    expect((await letters(engine)).map(({ id }) => id)).toEqual([second]);
    expect(await ack(engine, [handed[0], handed[2]])).toEqual(["ok", "ok"]);
    clock.advance(31_000);
    expect(await receive(engine)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ inFlight: 0, retrying: 0, deadLetters: 1 });
  });

  it("GIVEN a consumer that never answers WHEN its lease has run out for the last time THEN it is dead", async () => {
    const { engine, clock } = await withAudit({ subscription: at(2) });
    await publishEach(engine, "a");
    for (let time = 1; time <= 2; time++) {
      expect(await receive(engine)).toHaveLength(1);
      clock.advance(31_000);
    }
    expect(await receive(engine)).toEqual([]);
    expect(await letters(engine)).toMatchObject([{ attempt: 2 }]);
  });

  it("GIVEN sixteen failures by default WHEN the limit is lowered THEN it dies when it is next due", async () => {
    // GIVEN
    const audit = await withAudit();
    const { engine } = audit;
    await publishEach(engine, "a");
    await failAll(audit, 3);
    expect(await letters(engine)).toEqual([]);
    // WHEN
    await changeSubscription(engine, "orders", "audit", { retry: { maxAttempts: 2 } });
    // THEN
    expect(await receive(engine)).toEqual([]);
    expect(await letters(engine)).toMatchObject([{ attempt: 3 }]);
  });

  it("GIVEN more than one move takes WHEN all fail THEN all are dead, and what is new is handed out", async () => {
    const audit = await withAudit({ subscription: at(1), topic: { partitions: 1 } });
    const { engine } = audit;
    const ids = await publishTogether(engine, ...Array.from({ length: 50 }, (_, at) => `${at}`));
    await failAll(audit, 1);
    await publishEach(engine, "new");
    expect(bodies(await receive(engine, 5))).toEqual(["new"]);
    expect(await receive(engine)).toEqual([]);
    expect(new Set((await letters(engine)).map(({ id }) => id))).toEqual(new Set(ids));
    expect(await stateOf(engine)).toMatchObject({ deadLetters: 50 });
  });

  it("GIVEN ordering WHEN a message dies THEN the next of its partition go on, in order", async () => {
    const audit = await withAudit({
      topic: { ordering: "key", partitions: 1 },
      subscription: at(2),
    });
    const { engine, clock } = audit;
    for (const body of ["a", "b", "c"]) await publishTexts(engine, "orders", aText(body, { key: "k" }));
    for (let time = 1; time <= 2; time++) {
      const handed = await receive(engine, 1);
      expect(bodies(handed)).toEqual(["a"]);
      await fail(engine, handed);
      clock.advance(1_000);
    }
    expect(bodies(await receive(engine, 2))).toEqual(["b", "c"]);
    expect(await letters(engine)).toHaveLength(1);
  });
});

describe("the copy of a dead letter", () => {
  it("GIVEN a log that has expired WHEN the dead letter is read THEN it is there, until its own time", async () => {
    // GIVEN
    const audit = await withAudit({
      topic: { retentionSeconds: 3_600 },
      subscription: { ...at(1), deadLetter: { retentionSeconds: 3 * 86_400 } },
    });
    const { engine, clock, storage } = audit;
    const [id = ""] = await publishEach(engine, "a");
    await failAll(audit, 1);
    // WHEN
    clock.advance(2 * DAY_MS);
    storage.logs.clear();
    // THEN
    expect(await readDeadLetter(engine, "orders", "audit", id)).toMatchObject({ message: { body: "a" } });
    clock.advance(2 * DAY_MS);
    const gone = readDeadLetter(engine, "orders", "audit", id);
    await expect(gone).rejects.toMatchObject({ code: "dead-letter-not-found" });
    expect(await letters(engine)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ deadLetters: 0 });
  });

  it("GIVEN a large message WHEN it dies THEN its copy is an object of its class, stored before the move", async () => {
    // GIVEN a store that fails every move
    const audit = await withAudit({ subscription: at(1) });
    const { engine, storage, clock } = audit;
    const large = Array.from({ length: 40_000 }, (_, at) => String(at * 7_919)).join(" ");
    const [id = ""] = await publishEach(engine, large);
    const before = new Set(storage.segments.keys());
    const handed = await receive(engine);
    let isDown = true;
    const failing = audit.process(({ progress }) => ({
      progress: {
        ...progress,
        move: async (subscription, move) => {
          if (isDown && move.deadLetters) throw new StorageUnavailable("moving messages");
          return await progress.move(subscription, move);
        },
      },
    }));
    // WHEN
    expect(await fail(failing, handed)).toEqual(["ok"]);
    // THEN the copy is there already, and the message where it was
    const copies = [...storage.segments.keys()].filter((key) => !before.has(key));
    expect(copies).toEqual([expect.stringMatching(/^segments\/21d\/orders\//)]);
    expect(await letters(engine)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ retrying: 1 });
    // WHEN the store is back
    isDown = false;
    clock.advance(1_000);
    expect(await receive(failing)).toEqual([]);
    // THEN
    expect(await readDeadLetter(engine, "orders", "audit", id)).toMatchObject({ message: { body: large } });
  });

  it("GIVEN an object that is lost WHEN the dead letter is read THEN it says so beside what is known", async () => {
    const audit = await withAudit({ subscription: at(1) });
    const { engine, storage } = audit;
    const large = Array.from({ length: 40_000 }, (_, at) => String(at * 7_919)).join(" ");
    const [id = ""] = await publishEach(engine, large);
    await failAll(audit, 1);
    storage.segments.clear();
    const read = await readDeadLetter(engine, "orders", "audit", id);
    expect(read).toMatchObject({ id, attempt: 1, unreadable: "segment-missing" });
  });
});

describe("a message that dies again after a seek", () => {
  it("takes the place of its earlier dead letter, which the seek left alone", async () => {
    const audit = await withAudit({ subscription: at(1) });
    const { engine, clock } = audit;
    await publishEach(engine, "a");
    await failAll(audit, 1);
    const [before] = await letters(engine);
    await seek(engine, "orders", "audit", "earliest");
    expect(await letters(engine)).toEqual([before]);
    clock.advance(5_000);
    await failAll(audit, 1);
    const after = await letters(engine);
    expect(after).toMatchObject([{ id: before?.id, epoch: 1 }]);
    expect(after[0]?.nonce).not.toBe(before?.nonce);
    expect(await stateOf(engine)).toMatchObject({ deadLetters: 1 });
  });
});

describe("messages that have no attempt left, and cannot be copied", () => {
  /** Two slots of one message each, failed three times under a limit that is lowered then. */
  async function overTheLimit() {
    const audit = await withAudit({ topic: { retentionSeconds: 3_600, partitions: 1 } });
    await publishEach(audit.engine, "a", "b");
    await failAll(audit, 3);
    await changeSubscription(audit.engine, "orders", "audit", { retry: { maxAttempts: 2 } });
    return audit;
  }

  it("GIVEN one whose slot is damaged WHEN it is due THEN it is set aside, and the other one dies", async () => {
    const { storage, process } = await overTheLimit();
    const [log] = [...storage.logs.values()] as [Slot[]];
    log[0] = { ...(log[0] as Slot), checksum: "damaged" };
    const other = process();
    expect(await receive(other)).toEqual([]);
    expect(await stateOf(other)).toMatchObject({ setAside: 1, deadLetters: 1, expired: 0, retrying: 0 });
  });

  it("GIVEN they have expired WHEN they are due THEN they are counted as expired, and no dead letters", async () => {
    const { engine, clock } = await overTheLimit();
    clock.advance(4_000_000);
    expect(await receive(engine)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ deadLetters: 0, expired: 2, retrying: 0 });
  });
});
