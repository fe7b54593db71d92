import { parseMessageId } from "../../../lib/domain/message-id.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { type RedriveWhich, redrive, wouldRedrive } from "../../../lib/operations/manage/redrive.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { aDeadLetter } from "../../contract/builders.js";
import { aText, publishTexts } from "../a-deployment.js";
import { allAgain } from "../redrive/all-again.js";
import { idsOf, withDead } from "../redrive/with-dead.js";
import { ack, bodies, publishEach, publishTogether, receive, settleAs } from "../a-consumer.js";

const ALL = { kind: "all" } as const;

/** All are sent again by a job, which is done at once. */
async function again(engine: Engine, which: RedriveWhich | typeof ALL, dryRun = false) {
  if (which.kind !== "all") return await redrive(engine, "orders", "audit", which, { dryRun });
  if (dryRun) return await wouldRedrive(engine, "orders", "audit", which);
  return await allAgain(engine);
}
const stateOf = async (engine: Engine) =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "audit"));

describe("sending dead letters again", () => {
  it("GIVEN some ids WHEN they are redriven THEN those alone are handed out, as for the first time", async () => {
    const { engine, ids } = await withDead(["a", "b", "c"]);
    expect(await again(engine, { kind: "ids", ids: ids.slice(1) })).toEqual({ moved: 2, refused: [] });
    const handed = await receive(engine);
    expect(bodies(handed)).toEqual(["b", "c"]);
    expect(handed.map(({ id, attempt }) => [id, attempt])).toEqual(ids.slice(1).map((id) => [id, 1]));
    expect(await ack(engine, handed)).toEqual(["ok", "ok"]);
    expect(await idsOf(engine)).toEqual(ids.slice(0, 1));
    expect(await stateOf(engine)).toMatchObject({ deadLetters: 1, retrying: 0, inFlight: 0 });
  });

  it("GIVEN another subscription WHEN one's dead letters are redriven THEN the other gets nothing", async () => {
    const { engine } = await withDead(["a"]);
    await putSubscription(engine, "orders", "other", { from: "latest" });
    expect(await again(engine, ALL)).toMatchObject({ moved: 1 });
    expect(bodies(await receive(engine))).toEqual(["a"]);
    const other = await subscriptionState(engine, await findSubscription(engine, "orders", "other"));
    expect(other).toMatchObject({ backlog: 0, retrying: 0 });
  });

  it("GIVEN more than one move takes WHEN all are redriven THEN all come, each once", async () => {
    const texts = Array.from({ length: 50 }, (_, at) => `${at}`);
    const { engine } = await withDead(texts, { topic: { partitions: 4 } });
    expect(await again(engine, ALL)).toEqual({ moved: 50, refused: [] });
    const seen: unknown[] = [];
    for (let handed = await receive(engine, 20); handed.length > 0; handed = await receive(engine, 20)) {
      seen.push(...bodies(handed));
      await ack(engine, handed);
    }
    expect(seen.sort()).toEqual(texts.sort());
    expect(await idsOf(engine)).toEqual([]);
  });

  it("GIVEN a message that fails once more WHEN it was redriven THEN it is a dead letter again", async () => {
    const { engine, ids } = await withDead(["a"]);
    await again(engine, ALL);
    await settleAs(engine, await receive(engine), { outcome: "retry", delaySeconds: 1 });
    expect(await idsOf(engine)).toEqual(ids);
  });

  it("GIVEN a dry run WHEN it is asked for THEN it tells what would be sent, and changes nothing", async () => {
    const { engine, ids } = await withDead(["a", "b"]);
    expect(await again(engine, ALL, true)).toMatchObject({
      ...{ moved: 2, refused: [], total: 2, examined: 2 },
      sample: ids.map((id) => ({ id })),
    });
    expect(await receive(engine)).toEqual([]);
    expect(await idsOf(engine)).toEqual(ids);
  });

  it("GIVEN ids that are none, or twice WHEN they are redriven THEN each is told, and the others go", async () => {
    const { engine, ids } = await withDead(["a"]);
    const [id = ""] = ids;
    const done = await again(engine, { kind: "ids", ids: ["none", id, id] });
    expect(done).toMatchObject({
      moved: 1,
      refused: [{ id: "none", error: { code: "dead-letter-not-found" } }],
    });
    expect(await again(engine, { kind: "ids", ids })).toMatchObject({ moved: 0, refused: [{ id }] });
    expect(bodies(await receive(engine))).toEqual(["a"]);
    expect(await receive(engine)).toEqual([]);
  });

  it("GIVEN two operators WHEN both redrive the same at once THEN each message is sent once", async () => {
    const { engine, process, ids } = await withDead(["a", "b", "c"]);
    const both = await Promise.all([again(engine, ALL), again(process(), { kind: "ids", ids })]);
    expect(both[0].moved + both[1].moved).toBe(3);
    expect(bodies(await receive(engine)).sort()).toEqual(["a", "b", "c"]);
    expect(await receive(engine)).toEqual([]);
  });

  it("GIVEN a topic that was deleted by name WHEN it is redriven THEN it says so", async () => {
    const { engine } = await withDead([]);
    await expect(allAgain(engine, "none")).rejects.toMatchObject({ code: "topic-not-found" });
    const none = allAgain(engine, "orders", "none");
    await expect(none).rejects.toMatchObject({ code: "subscription-not-found" });
  });
});

describe("a dead letter that cannot be sent again", () => {
  it("GIVEN its message has expired in the log WHEN it is redriven THEN it is refused, and stays", async () => {
    const { engine, clock, storage, ids } = await withDead(["a"], { topic: { retentionSeconds: 3_600 } });
    clock.advance(4_000_000);
    const refused = [{ id: ids[0], error: { code: "message-expired" } }];
    expect(await again(engine, ALL)).toMatchObject({ moved: 0, refused });
    storage.logs.clear();
    expect(await again(engine, ALL)).toMatchObject({ moved: 0, refused });
    expect(await idsOf(engine)).toEqual(ids);
  });

  it("GIVEN a seek that sends the message again WHEN it is redriven THEN it is refused: it comes anyway", async () => {
    const { engine, ids } = await withDead(["a"]);
    await seek(engine, "orders", "audit", "earliest");
    const refused = [{ id: ids[0], error: { code: "sent-again-by-seek" } }];
    expect(await again(engine, ALL)).toMatchObject({ moved: 0, refused });
    expect(bodies(await receive(engine))).toEqual(["a"]);
    expect(await again(engine, ALL)).toMatchObject({ moved: 0, refused });
    expect(await receive(engine)).toEqual([]);
  });

  it("GIVEN a seek past the message WHEN it is redriven THEN it is handed out", async () => {
    const { engine } = await withDead(["a"]);
    await publishEach(engine, "b");
    await seek(engine, "orders", "audit", "latest");
    expect(await again(engine, ALL)).toEqual({ moved: 1, refused: [] });
    expect(bodies(await receive(engine))).toEqual(["a"]);
  });
});

describe("sending ordered dead letters again", () => {
  const ordered = { topic: { ordering: "key" as const } };

  it("GIVEN messages that wait WHEN some are redriven THEN these come first, in their order", async () => {
    const { engine } = await withDead(["a", "b"], ordered);
    for (const text of ["c", "d"]) await publishTexts(engine, "orders", aText(text, { key: "k" }));
    expect(await again(engine, ALL)).toEqual({ moved: 2, refused: [] });
    const handed = await receive(engine, 1);
    expect(bodies(handed)).toEqual(["a"]);
    expect(await receive(engine)).toEqual([]);
    await ack(engine, handed);
    const next = await receive(engine, 2);
    expect(bodies(next)).toEqual(["b"]);
    await ack(engine, next);
    expect(bodies(await receive(engine))).toEqual(["c", "d"]);
  });

  it("GIVEN a message in a consumer's hands WHEN another is redriven THEN it comes after that one", async () => {
    const { engine, clock } = await withDead(["a"], ordered);
    await publishTexts(engine, "orders", aText("b", { key: "k" }));
    const held = await receive(engine);
    expect(bodies(held)).toEqual(["b"]);
    expect(await again(engine, ALL)).toEqual({ moved: 1, refused: [] });
    clock.advance(1_000);
    expect(await receive(engine)).toEqual([]);
    expect(await ack(engine, held)).toEqual(["ok"]);
    expect(bodies(await receive(engine))).toEqual(["a"]);
  });

  it("GIVEN a message that waits for a retry WHEN another is redriven THEN it comes before that one", async () => {
    const { engine, clock } = await withDead(["a"], ordered);
    await publishTexts(engine, "orders", aText("b", { key: "k" }));
    await settleAs(engine, await receive(engine), { outcome: "extend", ackDeadlineSeconds: 0 });
    expect(await again(engine, ALL)).toEqual({ moved: 1, refused: [] });
    clock.advance(1_000);
    const first = await receive(engine, 1);
    expect(bodies(first)).toEqual(["a"]);
    await ack(engine, first);
    expect(bodies(await receive(engine))).toEqual(["b"]);
  });
});

it("GIVEN a push subscription WHEN its dead letters are redriven THEN its pump is started", async () => {
  const { engine, starter } = await withDead([]);
  const arn = "arn:aws:lambda:eu-central-1:123456789012:function:audit";
  await putSubscription(engine, "orders", "pushed", { target: { type: "lambda", functionArn: arn } });
  const [id = ""] = await publishTogether(engine, "a");
  const { subscription } = await findSubscription(engine, "orders", "pushed");
  const { partition = 0, offset = 0 } = parseMessageId(id) ?? {};
  const letter = aDeadLetter({
    deadLetteredAtMs: 0,
    id,
    partition,
    offset,
    slotBase: offset,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  });
  await engine.progress.move(subscription, { deadLetters: [{ letter }] });
  const before = starter.startedPumps.length;
  expect(await allAgain(engine, "orders", "pushed")).toEqual({ moved: 1, refused: [] });
  expect(starter.startedPumps.slice(before)).toMatchObject([{ subscription: { name: "pushed" } }]);
});
