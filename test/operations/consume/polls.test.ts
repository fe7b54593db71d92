import {
  changeSubscription,
  deleteSubscription,
  putSubscription,
} from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import type { Handed } from "../../../lib/domain/handed.js";
import { receiveWaiting } from "../../../lib/operations/consume/receive.js";
import { sweep } from "../../../lib/operations/clock/sweep.js";
import { ack, bodies, publishEach, receive, withTimedAudit } from "../a-consumer.js";
import { START_MS } from "../a-deployment.js";
import { driven, portsAround } from "../ports-around.js";

type Audit = Awaited<ReturnType<typeof withTimedAudit>>;

const poll = (audit: Audit, signal?: AbortSignal): Promise<readonly Handed[]> =>
  receiveWaiting(audit.process(), "orders", "audit", { maxMessages: 10, waitSeconds: 20 }, signal);

const PAUSES: [string, (audit: Audit, isPaused: boolean) => Promise<unknown>][] = [
  ["subscription", ({ engine }, paused) => changeSubscription(engine, "orders", "audit", { paused })],
  ["topic", ({ engine }, isPaused) => putTopic(engine, "orders", { paused: isPaused ? "delivery" : "none" })],
];

describe.each(PAUSES)("GIVEN a pause of the %s", (_, pause) => {
  it("WHEN a poll is open THEN it hands out nothing later than 5 s after", async () => {
    const audit = await withTimedAudit();
    const polling = poll(audit);
    await audit.clock.advance(3_000);
    await pause(audit, true);
    await audit.clock.advance(5_000);
    await publishEach(audit.process(), "held");
    expect(await driven(audit.clock, polling)).toEqual([]);
  });

  it("WHEN it ends while a poll is open THEN that hands out within 5 s", async () => {
    const audit = await withTimedAudit();
    await publishEach(audit.engine, "held");
    await pause(audit, true);
    await audit.clock.advance(6_000);
    const polling = poll(audit).then((handed) => [bodies(handed), audit.clock.nowMs()] as const);
    await audit.clock.advance(7_000);
    await pause(audit, false);
    const endedAtMs = audit.clock.nowMs();
    const [handed, atMs] = await driven(audit.clock, polling);
    expect(handed).toEqual(["held"]);
    expect(atMs - endedAtMs).toBeLessThanOrEqual(5_000);
  });
});

describe("GIVEN a poll that waits, in the process of a publisher", () => {
  const asleep = async () => {
    const audit = await withTimedAudit();
    const { engine, clock } = audit;
    const polling = receiveWaiting(engine, "orders", "audit", { maxMessages: 10, waitSeconds: 20 }).then(
      (handed) => [bodies(handed), clock.nowMs()] as const,
    );
    await clock.advance(10_000);
    return { ...audit, polling };
  };

  it("WHEN that publishes THEN it answers at once", async () => {
    const { engine, clock, polling } = await asleep();
    const publishedAtMs = clock.nowMs();
    await publishEach(engine, "news");
    expect(await driven(clock, polling)).toEqual([["news"], publishedAtMs]);
  });

  it("WHEN that publishes THEN nothing is read to answer, not even the log", async () => {
    // GIVEN
    const audit = await withTimedAudit();
    const calls: string[] = [];
    const engine = audit.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        calls.push(name);
        return await carryOut();
      }),
    );
    await publishEach(engine, "warm");
    await ack(engine, await receive(engine));
    const polling = receiveWaiting(engine, "orders", "audit", { maxMessages: 10, waitSeconds: 20 });
    await audit.clock.advance(20);
    calls.splice(0);
    // WHEN
    await publishEach(engine, "news");
    // THEN
    expect(bodies(await driven(audit.clock, polling))).toEqual(["news"]);
    expect(calls).toEqual(["log.append", "progress.advance"]);
  });

  it("GIVEN another process publishes as well THEN the polls miss nothing of either", async () => {
    // GIVEN
    const audit = await withTimedAudit({ topic: { partitions: 1 } });
    const { engine } = audit;
    const other = audit.process();
    const got: string[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const polling = receiveWaiting(engine, "orders", "audit", { maxMessages: 10, waitSeconds: 1 });
      await audit.clock.advance(7);
      // WHEN
      for (const [index, publisher] of (turn % 2 === 0 ? [other, engine] : [engine, other]).entries())
        await driven(audit.clock, publishEach(publisher, `${turn}-${index}`));
      const handed = await driven(audit.clock, polling);
      await driven(audit.clock, ack(engine, handed));
      got.push(...bodies(handed).map(String));
    }
    for (let left = await receive(engine); left.length > 0; left = await receive(engine))
      got.push(...bodies(left).map(String));
    // THEN
    expect(got.sort()).toEqual(Array.from({ length: 6 }, (_, turn) => [`${turn}-0`, `${turn}-1`]).flat());
  });

  it("WHEN that publishes to a quiet topic THEN it answers at once, though the mark is not seen yet", async () => {
    const audit = await withTimedAudit();
    const { clock } = audit;
    let isStale = false;
    const engine = audit.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) =>
        name === "marks.get" && isStale ? undefined : await carryOut(),
      ),
    );
    await publishEach(engine, "old");
    await ack(engine, await receive(engine));
    for (let minute = 0; minute < 12; minute++) {
      await clock.advance(60_000);
      await driven(clock, sweep(engine, { deadlineMs: clock.nowMs() + 60_000 }));
    }
    const polling = receiveWaiting(engine, "orders", "audit", { maxMessages: 10, waitSeconds: 20 }).then(
      (handed) => [bodies(handed), clock.nowMs()] as const,
    );
    await clock.advance(10_500);
    isStale = true;
    const publishedAtMs = clock.nowMs();
    await publishEach(engine, "news");
    expect(await driven(clock, polling)).toEqual([["news"], publishedAtMs]);
  });

  it("WHEN that publishes while the poll looks THEN it does not sleep over it", async () => {
    const audit = await withTimedAudit();
    const { clock } = audit;
    let publishes: (() => Promise<unknown>) | undefined;
    const engine = audit.process((ports) =>
      portsAround(ports, async ({ name }, carryOut) => {
        const answer = await carryOut();
        const publish = name === "log.anchors" && clock.nowMs() >= START_MS + 10_000 ? publishes : undefined;
        if (!publish) return answer;
        publishes = undefined;
        await publish();
        return answer;
      }),
    );
    publishes = () => publishEach(engine, "news");
    const polling = receiveWaiting(engine, "orders", "audit", { maxMessages: 10, waitSeconds: 20 }).then(
      (handed) => bodies(handed),
    );
    await clock.advance(9_999);
    let answered: readonly unknown[] = [];
    void polling.then((handed) => (answered = handed));
    while (publishes) await clock.advance(1);
    expect(answered).toEqual(["news"]);
  });
});

describe("GIVEN an open poll", () => {
  it("WHEN its subscription is deleted THEN it ends, and says so", async () => {
    const audit = await withTimedAudit();
    const polling = poll(audit);
    polling.catch(() => undefined);
    await audit.clock.advance(1_000);
    await deleteSubscription(audit.engine, "orders", "audit");
    await expect(driven(audit.clock, polling, 5_000)).rejects.toMatchObject({
      code: "subscription-not-found",
    });
  });

  it("WHEN its subscription is deleted and made again THEN it has none of the new one's messages", async () => {
    const audit = await withTimedAudit();
    const polling = poll(audit);
    polling.catch(() => undefined);
    await audit.clock.advance(1_000);
    await deleteSubscription(audit.engine, "orders", "audit");
    await putSubscription(audit.engine, "orders", "audit", { from: "earliest" });
    await audit.clock.advance(5_000);
    await publishEach(audit.process(), "new life");
    await expect(driven(audit.clock, polling, 5_000)).rejects.toMatchObject({
      code: "subscription-not-found",
    });
    expect(bodies(await driven(audit.clock, poll(audit)))).toEqual(["new life"]);
  });

  it("WHEN whoever asked has left THEN nothing is taken for them", async () => {
    const audit = await withTimedAudit();
    const left = new AbortController();
    const polling = poll(audit, left.signal);
    await audit.clock.advance(1_500);
    await publishEach(audit.process(), "a");
    left.abort();
    expect(await driven(audit.clock, polling)).toEqual([]);
    expect([...audit.storage.progress.values()].flatMap((progress) => progress.records())).toEqual([]);
  });

  it("WHEN whoever asks has left before THEN nothing is taken for them", async () => {
    const audit = await withTimedAudit();
    await publishEach(audit.engine, "a");
    const polling = poll(audit, AbortSignal.abort());
    expect(await driven(audit.clock, polling)).toEqual([]);
    expect(bodies(await driven(audit.clock, poll(audit)))).toEqual(["a"]);
  });
});
