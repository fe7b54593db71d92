import { findSubscription } from "../../../lib/operations/lookup.js";
import { listDeadLetters } from "../../../lib/operations/manage/dead-letters.js";
import { redrive } from "../../../lib/operations/manage/redrive.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { type OperatorSettlement, settleMessage } from "../../../lib/operations/manage/settle-message.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import {
  ack,
  bodies,
  drained,
  publishEach,
  publishTogether,
  receive,
  settleAs,
  withAudit,
} from "../a-consumer.js";

const say = (engine: Engine, id: string | undefined, settlement: OperatorSettlement) =>
  settleMessage(engine, "orders", "audit", id ?? "", settlement);
const lettersOf = async (engine: Engine) =>
  (await listDeadLetters(engine, "orders", "audit", {}, { limit: 10 })).items;
const stateOf = async (engine: Engine) =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "audit"));
const ACK = { outcome: "ack" } as const;
const NOW = { outcome: "retry" } as const;
const REJECT = { outcome: "reject", error: "no such customer" } as const;

/** Leases in the cursor, and leases of their own. */
describe.each([
  ["in its cursor", "none"],
  ["by itself", "key"],
] as const)("a message of a lease that is kept %s", (_, ordering) => {
  const withLease = async () => {
    const audit = await withAudit({ topic: { partitions: 1, ordering } });
    const messages = ["a", "b", "c"].map((body) => aText(body, { key: "k" }));
    await publishTexts(audit.engine, "orders", ...messages);
    const handed = await receive(audit.engine, 3);
    expect(bodies(handed)).toEqual(["a", "b", "c"]);
    return { ...audit, handed, operator: audit.process() };
  };

  it("GIVEN an operator ends it WHEN its consumer acknowledges all THEN that one's receipt has expired", async () => {
    const { engine, operator, handed, clock } = await withLease();
    await say(operator, handed[1]?.id, ACK);
    expect(await ack(engine, handed)).toEqual(["ok", "receipt-expired", "ok"]);
    clock.advance(60_000);
    expect(await drained(engine)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ backlog: 0, inFlight: 0, retrying: 0, expired: 0 });
  });

  it("GIVEN its consumer was faster WHEN an operator settles it THEN it is told that it has ended", async () => {
    const { engine, operator, handed } = await withLease();
    expect(await ack(engine, [handed[1]])).toEqual(["ok"]);
    for (const word of [ACK, NOW, REJECT])
      await expect(say(operator, handed[1]?.id, word)).rejects.toMatchObject({ code: "message-not-open" });
    expect(await lettersOf(engine)).toEqual([]);
    expect(await ack(engine, [handed[0], handed[2]])).toEqual(["ok", "ok"]);
  });

  it("GIVEN an operator makes it a dead letter WHEN its consumer settles it THEN it stays one", async () => {
    const { engine, operator, handed, clock } = await withLease();
    await say(operator, handed[0]?.id, REJECT);
    expect(await ack(engine, handed)).toEqual(["receipt-expired", "ok", "ok"]);
    const reason = { id: handed[0]?.id, attempt: 1, isRejected: true, lastError: "no such customer" };
    expect(await lettersOf(engine)).toMatchObject([reason]);
    clock.advance(60_000);
    expect(await drained(engine)).toEqual([]);
  });

  it("GIVEN an operator sends it again WHEN its consumer has settled the rest THEN it comes again", async () => {
    const { engine, operator, handed } = await withLease();
    await say(operator, handed[1]?.id, { outcome: "retry", error: "look again" });
    expect(await ack(engine, handed)).toEqual(["ok", "receipt-expired", "ok"]);
    const again = await receive(engine, 10);
    expect(again).toMatchObject([{ body: "b", attempt: 2, lastError: "look again" }]);
    expect(await ack(engine, again)).toEqual(["ok"]);
  });

  it("GIVEN each of the lease is settled WHEN its consumer comes THEN all of it has expired", async () => {
    const { engine, operator, handed } = await withLease();
    for (const { id } of handed) await say(operator, id, ACK);
    expect(await ack(engine, handed)).toEqual(Array(3).fill("receipt-expired"));
    expect(await stateOf(engine)).toMatchObject({ inFlight: 0, retrying: 0 });
  });
});

describe.each(["none", "key"] as const)("a message that waits for a retry, ordering %s", (ordering) => {
  const withRetry = async () => {
    const audit = await withAudit({ topic: { partitions: 1, ordering } });
    await publishTexts(audit.engine, "orders", ...["a", "b"].map((body) => aText(body, { key: "k" })));
    const handed = await receive(audit.engine, 2);
    await settleAs(audit.engine, handed, { outcome: "retry", delaySeconds: 3_600, error: "no" });
    return { ...audit, handed };
  };

  it("WHEN an operator sends it again THEN it comes now, and with ordering what lies before it too", async () => {
    const { engine, handed } = await withRetry();
    expect(await receive(engine)).toEqual([]);
    await say(engine, handed[1]?.id, NOW);
    const again = await receive(engine);
    expect(bodies(again)).toEqual(ordering === "key" ? ["a", "b"] : ["b"]);
    expect(again.at(-1)).toMatchObject({ attempt: 2, lastError: "no" });
  });

  it("WHEN an operator sends it again after a delay THEN it comes then", async () => {
    const { engine, handed, clock } = await withRetry();
    await say(engine, handed[0]?.id, { outcome: "retry", delaySeconds: 60 });
    clock.advance(59_000);
    expect(await receive(engine)).toEqual([]);
    clock.advance(1_000);
    expect(bodies(await receive(engine))).toEqual(["a"]);
  });

  it("WHEN an operator ends it, and the other THEN nothing is left", async () => {
    const { engine, handed, clock } = await withRetry();
    await say(engine, handed[0]?.id, ACK);
    await say(engine, handed[1]?.id, REJECT);
    clock.advance(7_200_000);
    expect(await drained(engine)).toEqual([]);
    expect(await stateOf(engine)).toMatchObject({ retrying: 0, deadLetters: 1, expired: 0 });
  });
});

it("GIVEN a limit below its failures WHEN an operator sends a message again THEN it comes once more", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  await publishEach(engine, "a");
  const [message] = await receive(engine);
  await settleAs(engine, [message], { outcome: "retry", delaySeconds: 600 });
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const retry = { ...subscription.retry, maxAttempts: 1 };
  await engine.subscriptions.update({ ...subscription, retry, version: subscription.version + 1 });
  await say(engine, message?.id, NOW);
  expect(await receive(engine)).toMatchObject([{ body: "a", attempt: 2 }]);
});

describe.each(["none", "key"] as const)("a message that nobody has got yet, ordering %s", (ordering) => {
  const withBacklog = async () => {
    const audit = await withAudit({ topic: { partitions: 1, ordering } });
    const messages = ["a", "b", "c", "d"].map((body) => aText(body, { key: "k" }));
    const ids = await publishTexts(audit.engine, "orders", ...messages);
    return { ...audit, ids };
  };

  it("WHEN an operator ends it THEN the others come once, with their first attempt, in order", async () => {
    const { engine, process, ids } = await withBacklog();
    await say(process(), ids[2], ACK);
    const seen = [...(await receive(engine, 10))];
    await ack(engine, seen);
    seen.push(...(await receive(engine, 10)));
    expect(bodies(seen).sort()).toEqual(["a", "b", "d"]);
    if (ordering === "key") expect(bodies(seen)).toEqual(["a", "b", "d"]);
    expect(seen.every(({ attempt }) => attempt === 1)).toBe(true);
    await expect(say(engine, ids[2], ACK)).rejects.toMatchObject({ code: "message-not-open" });
  });

  it("WHEN an operator makes it a dead letter THEN it can be sent again from there", async () => {
    const { engine, ids } = await withBacklog();
    await say(engine, ids[1], REJECT);
    expect(await lettersOf(engine)).toMatchObject([{ id: ids[1], attempt: 0, isRejected: true }]);
    await expect(say(engine, ids[1], ACK)).rejects.toThrow("is a dead letter");
    expect((await drained(engine)).sort()).toEqual(["a", "c", "d"]);
    await redrive(engine, "orders", "audit", { kind: "ids", ids: [ids[1] ?? ""] });
    expect(await drained(engine)).toEqual(["b"]);
  });

  it("WHEN an operator settles it as a consumer takes it THEN one of them wins", async () => {
    const { engine, process, ids } = await withBacklog();
    const operator = process();
    const [taken] = await Promise.allSettled([receive(engine, 2), say(operator, ids[0], ACK)]);
    const handed = taken.status === "fulfilled" ? taken.value : [];
    const left = bodies(handed).map(String);
    await ack(engine, handed);
    left.push(...(await drained(engine)).map(String));
    expect(new Set(left).size).toBe(left.length);
    expect(left.sort().slice(-3)).toEqual(["b", "c", "d"]);
  });
});

it("GIVEN no ordering WHEN a waiting message is sent out of turn THEN it comes then, and the others now", async () => {
  const { engine, clock } = await withAudit({ topic: { partitions: 1 } });
  const ids = await publishTogether(engine, "a", "b", "c");
  await say(engine, ids[1], { outcome: "retry", delaySeconds: 60 });
  expect((await drained(engine)).sort()).toEqual(["a", "c"]);
  clock.advance(60_000);
  expect(await receive(engine)).toMatchObject([{ body: "b", attempt: 1 }]);
});

it("GIVEN ordering WHEN a waiting message is to be sent out of turn THEN that is refused", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1, ordering: "key" } });
  const [id] = await publishTexts(engine, "orders", aText("a", { key: "k" }));
  await expect(say(engine, id, NOW)).rejects.toMatchObject({ code: "message-out-of-reach" });
});

it("GIVEN a long backlog WHEN a message far in it is settled THEN it says so, and nothing has changed", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  const ids = await publishTogether(engine, ...Array.from({ length: 1_002 }, (_, at) => `m${at}`));
  await expect(say(engine, ids[1_001], ACK)).rejects.toMatchObject({ code: "message-out-of-reach" });
  expect(await stateOf(engine)).toMatchObject({ backlog: 1_002, retrying: 0 });
  await say(engine, ids[999], ACK);
  expect(await stateOf(engine)).toMatchObject({ backlog: 2, retrying: 999 });
});

it("GIVEN a filter, or an expiry WHEN a message that nobody gets is settled THEN it says so", async () => {
  const { engine, clock } = await withAudit({ subscription: { filter: '{"tag":["t"]}' } });
  const ids = await publishTexts(
    engine,
    "orders",
    aText("a", { tag: "u" }),
    aText("b", { tag: "t", expiresAtMs: START_MS + 1_000 }),
    aText("c", { tag: "t" }),
  );
  clock.advance(2_000);
  for (const id of ids.slice(0, 2))
    await expect(say(engine, id, ACK)).rejects.toMatchObject({ code: "message-not-open" });
  await say(engine, ids[2], ACK);
  expect(await stateOf(engine)).toMatchObject({ backlog: 0, retrying: 0, expired: 1 });
});

it("GIVEN no such message, or one of another topic WHEN it is settled THEN it is not found", async () => {
  const { engine, clock } = await withAudit();
  const [id] = await publishEach(engine, "a");
  for (const wrong of ["x", id?.replace(/\d+$/, "7"), id?.replace("orders", "others"), `${id}9`])
    await expect(say(engine, wrong, ACK)).rejects.toMatchObject({ code: "message-not-found" });
  clock.advance(4 * 86_400_000);
  await expect(say(engine, id, ACK)).rejects.toMatchObject({ code: "message-not-found" });
});

it("GIVEN a seek made its lease void WHEN it is settled THEN it is settled ahead of the new head", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  const ids = await publishTogether(engine, "a", "b");
  const handed = await receive(engine, 2);
  await seek(engine, "orders", "audit", "earliest");
  await say(engine, ids[0], ACK);
  expect(await ack(engine, handed)).toEqual(["receipt-expired", "receipt-expired"]);
  expect(await drained(engine)).toEqual(["b"]);
});

it("tells who reads the log what an operator said, without the error's words", async () => {
  const { engine, telemetry } = await withAudit();
  const [id] = await publishEach(engine, "a");
  await say(engine, id, REJECT);
  const fields = { topic: "orders", subscription: "audit", id, outcome: "reject" };
  expect(telemetry.events.filter(({ name }) => name === "message-settled-by-operator")).toMatchObject([
    { level: "info", fields },
  ]);
});
