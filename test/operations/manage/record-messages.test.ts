import { parseMessageId } from "../../../lib/domain/message-id.js";
import type { MessageQuery } from "../../../lib/domain/message-query.js";
import type { MessageState } from "../../../lib/domain/open-message.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { recordMessages } from "../../../lib/operations/manage/record-messages.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import type { Engine } from "../../../lib/operations/engine.js";
import { dueId } from "../../../lib/domain/progress/records.js";
import { aLease, aSpan } from "../../contract/builders.js";
import { settleMessage } from "../../../lib/operations/manage/settle-message.js";
import { START_MS, aText, publishTexts } from "../a-deployment.js";
import { withHeld } from "../with-held.js";
import {
  ack,
  publishEach,
  publishTogether,
  receive,
  settleAs,
  settleEach,
  withAudit,
} from "../a-consumer.js";

const listed = async (
  engine: Engine,
  state: Exclude<MessageState, "waiting">,
  limit = 100,
  cursor?: string,
) =>
  await recordMessages(engine, await findSubscription(engine, "orders", "audit"), state, {
    limit,
    ...(cursor === undefined ? {} : { cursor }),
  });

async function all(engine: Engine, state: Exclude<MessageState, "waiting">, limit: number) {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let pages = 1; pages <= 100; pages++) {
    const page = await listed(engine, state, limit, cursor);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
    if (cursor === undefined) return { ids, pages };
  }
  throw new Error("the pages do not end");
}

const AFTER_30_S = { waitsFor: "consumer", untilMs: START_MS + 30_000 };

it("GIVEN messages in every state WHEN they are listed THEN each is in one list, with what it waits for", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  const [a, b, c, d] = await publishTexts(
    engine,
    "orders",
    aText("a", { key: "k", tag: "t" }),
    ...["b", "c", "d"].map((body) => aText(body)),
  );
  const [first, second, third] = await receive(engine, 3);
  await settleEach(engine, [[second, { outcome: "retry", delaySeconds: 60, error: "no customer" }]]);
  await ack(engine, [third]);
  const common = { publishedAtMs: START_MS, firstReceivedAtMs: START_MS, attempt: 1 };
  expect((await listed(engine, "leased")).items).toEqual([
    { ...common, id: a, state: "leased", key: "k", tag: "t", ...AFTER_30_S },
  ]);
  const failures = [{ kind: "failed", atMs: START_MS, attempt: 1, error: "no customer" }];
  const retrying = { id: b, state: "retrying", lastError: "no customer", failures };
  expect((await listed(engine, "retrying")).items).toEqual([
    { ...common, ...retrying, waitsFor: "retry", untilMs: START_MS + 60_000 },
  ]);
  // The lease becomes a retry: the message that was sent back in it stays where it was.
  await ack(engine, [first]);
  expect((await listed(engine, "retrying")).items).toMatchObject([retrying]);
  expect((await listed(engine, "leased")).items).toEqual([]);
  expect([c, d].every(Boolean)).toBe(true);
});

it("GIVEN leases in cursors and beside them WHEN they are paged THEN each message comes once", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  const ids = await publishTogether(engine, ..."abcdefghijklmnopqrstuvwxyz");
  for (let receives = 0; receives < 8; receives++) await receive(engine, 3);
  const cursors = await engine.progress.cursors(
    (await findSubscription(engine, "orders", "audit")).subscription,
    { consistent: true },
  );
  expect(cursors.get(0)?.inner?.length).toBeGreaterThan(1);
  for (const limit of [1, 2, 5, 100])
    expect((await all(engine, "leased", limit)).ids.sort()).toEqual(ids.slice(0, 24).sort());
});

it("GIVEN many records of another state WHEN a page is asked for THEN it ends after so many, to go on", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  const { subscription } = await findSubscription(engine, "orders", "audit");
  await publishEach(engine, "a");
  const [message] = await receive(engine, 1);
  const [cursor] = (await engine.progress.cursors(subscription)).values();
  const lease = cursor?.inner?.[0];
  if (!lease || !message) throw new Error("nothing was leased");
  for (let at = 0; at < 1_050; at++) {
    const id = `${String(START_MS + at).padStart(16, "0")}-r${at}`;
    const { isInner: _, ...record } = lease;
    await engine.progress.move(subscription, { put: [{ ...record, id, kind: "retry", version: 1 }] });
  }
  const page = await listed(engine, "leased");
  expect(page).toMatchObject({ items: [] });
  expect(page.nextCursor).toBeDefined();
  expect(await all(engine, "leased", 100)).toEqual({ ids: [message.id], pages: 2 });
});

it("GIVEN ordering WHEN a record waits behind another one THEN it waits for order", async () => {
  const { engine, clock } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  await publishTexts(engine, "orders", aText("a", { key: "k" }), aText("b", { key: "k" }));
  const handed = await receive(engine, 2);
  await settleAs(engine, handed, { outcome: "retry", delaySeconds: 1 });
  clock.advance(2_000);
  expect((await listed(engine, "retrying")).items.map(({ waitsFor }) => waitsFor)).toEqual(["turn", "order"]);
  await changeSubscription(engine, "orders", "audit", { paused: true });
  expect((await listed(engine, "retrying")).items.map(({ waitsFor }) => waitsFor)).toEqual([
    "pause",
    "pause",
  ]);
});

it("GIVEN a seek, or messages that have expired WHEN they are listed THEN they are not there", async () => {
  const { engine, clock } = await withAudit();
  await publishTexts(engine, "orders", aText("a", { expiresAtMs: START_MS + 5_000 }), aText("b"));
  await receive(engine, 2);
  clock.advance(10_000);
  expect((await listed(engine, "leased")).items).toHaveLength(1);
  await seek(engine, "orders", "audit", "latest");
  expect((await listed(engine, "leased")).items).toEqual([]);
});

it("GIVEN consumers with names WHEN leased messages are listed THEN each says who has it", async () => {
  const { engine, clock } = await withAudit({ topic: { partitions: 1 } });
  await publishEach(engine, "a", "b");
  const [one, other] = [{ name: "worker-1", principal: "arn:aws:iam::1:role/w" }, { name: "worker-2" }];
  // They ask at the same time, and so share a move of the head.
  await Promise.all([receive(engine, 1, { consumer: one }), receive(engine, 1, { consumer: other })]);
  const consumers = async () => (await listed(engine, "leased")).items.map(({ consumer }) => consumer);
  expect(new Set(await consumers())).toEqual(new Set([one, other]));
  clock.advance(30_000);
  expect(await receive(engine, 2, { consumer: { address: "192.0.2.7" } })).toHaveLength(2);
  expect(await consumers()).toEqual([{ address: "192.0.2.7" }, { address: "192.0.2.7" }]);
  clock.advance(30_000);
  await receive(engine, 2);
  expect(await consumers()).toEqual([undefined, undefined]);
});

it.each([
  [20, { name: "push", lane: 0 }],
  [2_000, { name: "push" }],
])(
  "GIVEN a function, %i at once WHEN its messages are listed THEN its pump has them",
  async (most, consumer) => {
    const target = { type: "lambda", functionArn: "arn:aws:lambda:eu-central-1:1:function:f" } as const;
    const { engine } = await withAudit({ subscription: { target, maxConcurrency: most } });
    const [id] = await publishTexts(engine, "orders", aText("a"));
    const { subscription } = await findSubscription(engine, "orders", "audit");
    const { partition, offset } = parseMessageId(id ?? "") as NonNullable<ReturnType<typeof parseMessageId>>;
    const spans = [aSpan(offset, offset + 1)];
    await engine.progress.move(subscription, {
      put: [aLease({ partition, spans }), aLease({ partition, spans, consumer: { lane: 1 } })],
    });
    const items = (await listed(engine, "leased")).items.map((item) => item.consumer);
    expect(items).toEqual(expect.arrayContaining([consumer, { name: "push", lane: 1 }]));
  },
);

it("GIVEN a query WHEN failed messages are paged THEN all that match come once, and no other", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  const texts = Array.from({ length: 60 }, (_, at) => aText("x", { key: `k${at % 7}`, tag: `t${at % 2}` }));
  const ids = await publishTexts(engine, "orders", ...texts);
  const received = await receive(engine, 60);
  await settleEach(
    engine,
    received.map((message, at) => [
      message,
      { outcome: "retry", delaySeconds: 60, error: at % 3 === 0 ? "no customer" : "timed out" },
    ]),
  );
  const asked = async (query: MessageQuery) => {
    const reader = await findSubscription(engine, "orders", "audit");
    const found: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 100; pages++) {
      const page = { limit: 4, ...(cursor === undefined ? {} : { cursor }) };
      const { items, nextCursor } = await recordMessages(engine, reader, "retrying", page, query);
      expect(items.length).toBeLessThanOrEqual(4);
      found.push(...items.map(({ id }) => id));
      cursor = nextCursor;
      if (cursor === undefined) return found.sort();
    }
    throw new Error("the pages do not end");
  };
  const where = (has: (at: number) => boolean) => ids.filter((_, at) => has(at)).sort();
  expect(await asked({})).toEqual([...ids].sort());
  expect(await asked({ key: "k3" })).toEqual(where((at) => at % 7 === 3));
  expect(await asked({ tag: "t1", error: "customer" })).toEqual(where((at) => at % 2 === 1 && at % 3 === 0));
  expect(await asked({ minAttempts: 2 })).toEqual([]);
  expect(await asked({ minAttempts: 1, key: "k0", tag: "t0" })).toEqual(where((at) => at % 14 === 0));
});

it("GIVEN a key that holds WHEN held messages are asked for by their past THEN the dead letter's counts", async () => {
  const { engine, a1 } = await withHeld();
  const reader = await findSubscription(engine, "orders", "audit");
  const asked = async (query: MessageQuery) =>
    (await recordMessages(engine, reader, "held", { limit: 10 }, query)).items.map(({ id }) => id);
  expect(await asked({ error: "no such customer" })).toEqual([a1]);
  expect(await asked({ minAttempts: 1 })).toEqual([a1]);
  expect(await asked({ minAttempts: 2 })).toEqual([]);
});

it("GIVEN the failed one of a key was ended WHEN the key waits on THEN only its next one is not parked", async () => {
  const { engine } = await withAudit({ topic: { ordering: "key", partitions: 1 } });
  const [first = "", second, third] = await publishTexts(
    engine,
    "orders",
    ...["a", "b", "c", "z"].map((body) => aText(body, { key: body === "z" ? "free" : "k" })),
  );
  const [handed] = await receive(engine, 1);
  await settleAs(engine, [handed], { outcome: "retry", delaySeconds: 60 });
  // The head passes the others: they join it in the record of their key.
  await ack(engine, await receive(engine, 10));
  await settleMessage(engine, "orders", "audit", first, { outcome: "ack" });
  const idsIn = async (state: "retrying" | "parked") =>
    (await listed(engine, state)).items.map(({ id }) => id);
  expect([await idsIn("retrying"), await idsIn("parked")]).toEqual([[second], [third]]);
});

it("GIVEN a page that ended within a record WHEN another comes before that THEN none is listed again", async () => {
  const { engine } = await withAudit({ topic: { partitions: 1 } });
  const ids = await publishTogether(engine, "a", "b", "c", "d");
  const offset = parseMessageId(ids[0] ?? "")?.offset ?? 0;
  const { subscription } = await findSubscription(engine, "orders", "audit");
  const leaseOf = (dueMs: number, from: number, to: number) =>
    aLease({ id: dueId(dueMs, "n"), dueMs, spans: [aSpan(from, to)] });
  await engine.progress.move(subscription, { put: [leaseOf(START_MS + 60_000, offset + 1, offset + 4)] });
  const first = await listed(engine, "leased", 2);
  await engine.progress.move(subscription, { put: [leaseOf(START_MS + 30_000, offset, offset + 1)] });
  const second = await listed(engine, "leased", 2, first.nextCursor);
  expect([first, second].map(({ items }) => items.map(({ id }) => id))).toEqual([
    ids.slice(1, 3),
    ids.slice(3),
  ]);
});
