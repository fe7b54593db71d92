import { Throttled } from "../../../lib/domain/errors.js";
import { cursorBehind } from "../../../lib/domain/page.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { deleteSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { changeTopic } from "../../../lib/operations/manage/topics.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { traceMessage } from "../../../lib/operations/manage/trace-message.js";
import { purgeGarbage } from "../../../lib/operations/clock/purge-garbage.js";
import { aPush, allDone, failing, retryAfter } from "../a-push.js";
import { ack, publishTogether, receive, retry, settleAs, withTimedAudit } from "../a-consumer.js";
import { portsAround } from "../ports-around.js";

const TRACED = { trace: "attempts" } as const;
const HOUR_MS = 3_600_000;

async function journalOf(engine: Engine, id: string) {
  const { subscriptions } = await traceMessage(engine, id, { limit: 10 });
  return subscriptions.items.map(({ journal }) => journal);
}

it("GIVEN a pulled message WHEN it fails, and then works THEN both attempts are traced", async () => {
  const { engine, clock } = await withTimedAudit({ topic: TRACED });
  const [id = ""] = await publishTogether(engine, "a", "b");
  const startMs = clock.nowMs();
  const handed = await receive(engine);
  await clock.advance(250);
  await settleAs(engine, handed, { outcome: "retry", delaySeconds: 60, error: "busy" });
  await clock.advance(60_000);
  const again = await receive(engine);
  await clock.advance(40);
  await ack(engine, again);
  const first = {
    attempt: 1,
    startedAtMs: startMs,
    endedAtMs: startMs + 250,
    outcome: "failed",
    error: "busy",
  };
  const secondMs = startMs + 60_250;
  const second = { attempt: 2, startedAtMs: secondMs, endedAtMs: secondMs + 40, outcome: "done" };
  expect(await journalOf(engine, id)).toEqual([{ attempts: [first, second] }]);
});

it("GIVEN a receipt that counts no more WHEN it is settled THEN no attempt is told", async () => {
  const { engine, clock } = await withTimedAudit({ topic: TRACED });
  const [id = ""] = await publishTogether(engine, "a");
  const lost = await receive(engine);
  await clock.advance(HOUR_MS);
  const handed = await receive(engine);
  await ack(engine, lost);
  await ack(engine, handed);
  expect(await journalOf(engine, id)).toMatchObject([{ attempts: [{ attempt: 2, outcome: "done" }] }]);
});

it("GIVEN a pushed message WHEN it fails, and then works THEN its trace has both attempts", async () => {
  const push = await aPush(retryAfter(5), TRACED);
  const { engine, clock } = push;
  let calls = 0;
  push.answerWith(async (messages) => {
    await clock.sleep(120);
    return ++calls === 1 ? failing(messages) : allDone;
  });
  const [id = ""] = await publishTogether(engine, "a", "b");
  const pumping = push.pump();
  await clock.advance(30_000);
  await pumping;
  const again = push.pump();
  await clock.advance(30_000);
  await again;
  expect(await journalOf(engine, id)).toMatchObject([
    {
      attempts: [
        { attempt: 1, outcome: "failed", error: "partial batch failure" },
        { attempt: 2, outcome: "done" },
      ],
    },
  ]);
  const [journal] = await journalOf(engine, id);
  for (const { startedAtMs, endedAtMs } of journal?.attempts ?? []) expect(endedAtMs - startedAtMs).toBe(120);
});

it("GIVEN a topic that is not traced WHEN a message is traced THEN no journal is read, nor told of", async () => {
  const reads: string[] = [];
  const { process, engine } = await withTimedAudit();
  const [id = ""] = await publishTogether(engine, "a");
  const watching = process(({ journal }: Ports) => ({
    journal: { ...journal, read: (...args) => (reads.push("read"), journal.read(...args)) },
  }));
  expect(await journalOf(watching, id)).toEqual([undefined]);
  expect(reads).toEqual([]);
});

it("GIVEN a topic that is traced from now on WHEN a process knew it THEN it tells within 5 s", async () => {
  const { engine, process, clock } = await withTimedAudit();
  const [first = "", second = ""] = await publishTogether(engine, "a", "b");
  const other = process();
  await ack(other, await receive(other, 1));
  await changeTopic(engine, "orders", TRACED);
  await clock.advance(5_000);
  await ack(other, await receive(other));
  expect(await journalOf(engine, first)).toEqual([{ attempts: [] }]);
  expect(await journalOf(engine, second)).toMatchObject([{ attempts: [{ outcome: "done" }] }]);
});

it("GIVEN a message that was sought back WHEN it is done again THEN both lives of it are told", async () => {
  const { engine, clock } = await withTimedAudit({ topic: TRACED });
  const [id = ""] = await publishTogether(engine, "a");
  await ack(engine, await receive(engine));
  await clock.advance(1_000);
  await seek(engine, "orders", "audit", "earliest");
  const again = await receive(engine);
  expect(again).toHaveLength(1);
  expect(await retry(engine, again, 5)).toEqual(["ok"]);
  expect(await journalOf(engine, id)).toMatchObject([
    { attempts: [{ outcome: "done" }, { attempt: 1, outcome: "failed" }] },
  ]);
});

it("GIVEN more entries than are read in time WHEN a message is traced THEN it says so", async () => {
  const { process, engine, clock } = await withTimedAudit({ topic: TRACED });
  const [id = ""] = await publishTogether(engine, "a");
  await retry(engine, await receive(engine));
  const slow = process(({ journal }: Ports) => ({
    journal: {
      ...journal,
      read: async (...args) => {
        const page = await journal.read(...args);
        await clock.advance(20_000);
        return { ...page, nextCursor: cursorBehind("more") };
      },
    },
  }));
  expect(await journalOf(slow, id)).toMatchObject([{ isPart: true }]);
});

it("GIVEN a subscription with a journal WHEN it is deleted THEN its journal is purged", async () => {
  const { engine, clock, storage } = await withTimedAudit({ topic: TRACED });
  await publishTogether(engine, "a");
  await ack(engine, await receive(engine));
  expect(storage.journals.size).toBe(1);
  await deleteSubscription(engine, "orders", "audit");
  await clock.advance(2 * HOUR_MS);
  await purgeGarbage(engine, clock.nowMs() + HOUR_MS);
  expect([...storage.journals.values()].every(({ size }) => size === 0)).toBe(true);
});

describe("what cannot be read now", () => {
  /** A traced message that two subscriptions have acknowledged; then calls of that kind are throttled. */
  async function withThrottled(call: string, of?: string) {
    const audit = await withTimedAudit({ topic: TRACED });
    await putSubscription(audit.engine, "orders", "billing", { from: "earliest" });
    const [id = ""] = await publishTogether(audit.engine, "a");
    await ack(audit.engine, await receive(audit.engine));
    const engine = audit.process((ports) =>
      portsAround(ports, async ({ name, args }, carryOut) => {
        const [about] = args as readonly [{ readonly name?: string; readonly shard?: number } | undefined];
        const isMeant = of === undefined ? about?.shard !== 0 : about?.name === of;
        if (name === call && isMeant) throw new Throttled("the test", 1_000);
        return await carryOut();
      }),
    );
    return { engine, telemetry: audit.telemetry, trace: () => traceMessage(engine, id, { limit: 10 }) };
  }

  it("GIVEN a journal of which a shard is throttled THEN the rest is told, and which part was not read", async () => {
    const { trace, telemetry } = await withThrottled("journal.read");
    const [audit, billing] = (await trace()).subscriptions.items;
    expect(audit).toMatchObject({ subscription: "audit", kind: "ended", journal: { isPart: true } });
    expect(audit?.notRead).toEqual([
      { part: "deliveries", why: expect.stringContaining("the test") as string },
    ]);
    expect(billing).toMatchObject({ kind: "open", notRead: [{ part: "deliveries" }] });
    expect(telemetry.events.filter(({ name }) => name === "trouble").length).toBeGreaterThan(0);
  });

  it("GIVEN a subscription that is throttled THEN it is unknown, and the others are told", async () => {
    const { trace } = await withThrottled("progress.cursor", "audit");
    const [audit, billing] = (await trace()).subscriptions.items;
    expect(audit).toMatchObject({
      kind: "unknown",
      notRead: [{ part: "state" }],
      journal: { attempts: [{}] },
    });
    expect(billing).toMatchObject({ subscription: "billing", kind: "open" });
    expect(billing?.notRead).toBeUndefined();
  });

  it("GIVEN a bug THEN it is none of the store's troubles", async () => {
    const { engine } = await withTimedAudit({ topic: TRACED });
    const [id = ""] = await publishTogether(engine, "a");
    const broken = {
      ...engine,
      journal: { ...engine.journal, read: () => Promise.reject(new TypeError("bug")) },
    };
    await expect(traceMessage(broken, id, { limit: 10 })).rejects.toThrow(TypeError);
  });
});
