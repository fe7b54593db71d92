import { StorageUnavailable } from "../../../lib/domain/errors.js";
import type { Handed } from "../../../lib/domain/handed.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import {
  type SettledAndReceived,
  settleAndReceiveWaiting,
} from "../../../lib/operations/consume/settle-and-receive.js";
import type { Settlement } from "../../../lib/operations/consume/settle.js";
import type { Engine, Ports } from "../../../lib/operations/engine.js";
import { seek } from "../../../lib/operations/manage/seek.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { ack, bodies, drained, publishTogether, receive, withTimedAudit } from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { driven, portsAround } from "../ports-around.js";

const names = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, at) => `m${from + at}`);

const acks = (handed: readonly Handed[]): readonly Settlement[] =>
  handed.map(({ receipt }) => ({ receipt, outcome: "ack" }));

const told = ({ results }: SettledAndReceived): readonly string[] =>
  results.map((result) => (result.kind === "ok" ? "ok" : result.error.code));

/** A process that has received `m0` and `m1` and knows that there is more, and the writes that it makes. */
async function aBacklog(topic: Partial<TopicSettings> = { partitions: 1 }) {
  const audit = await withTimedAudit({ topic });
  const { clock, engine } = audit;
  await publishTogether(engine, ...names(0, 20));
  const writes: string[] = [];
  let fails = "";
  const around = (ports: Ports): Partial<Ports> =>
    portsAround(ports, async ({ name }, carryOut) => {
      if (name === fails) throw new StorageUnavailable("it");
      if (/^progress\.(advance|finish|move|acknowledge)/.test(name)) writes.push(name);
      return await carryOut();
    });
  const consumer = audit.process(around);
  const held = await receive(consumer, 2);
  writes.length = 0;
  const next = async (
    words: readonly Settlement[],
    { of = consumer, ...request }: { of?: Engine; maxMessages?: number; waitSeconds?: number } = {},
  ): Promise<SettledAndReceived> =>
    await driven(
      clock,
      settleAndReceiveWaiting(of, "orders", "audit", words, { maxMessages: 2, waitSeconds: 0, ...request }),
    );
  return { ...audit, consumer, held, writes, next, failing: (name: string) => void (fails = name) };
}

describe("GIVEN a backlog, and a consumer with messages of it", () => {
  it("WHEN it acknowledges them and asks for more THEN that is one write, and they never come again", async () => {
    const { held, next, writes, consumer, clock } = await aBacklog();
    const answer = await next(acks(held));
    expect(told(answer)).toEqual(["ok", "ok"]);
    expect(bodies(answer.handed)).toEqual(names(2, 4));
    expect(writes).toEqual(["progress.advance"]);
    expect(told(await next(acks(held)))).toEqual(["receipt-expired", "receipt-expired"]);
    await ack(consumer, answer.handed);
    await clock.advance(60_000);
    expect((await drained(consumer)).sort()).toEqual([...names(4, 20)].sort());
  });

  it("WHEN several do so at once THEN that is one write for all of them", async () => {
    const { held, next, writes, consumer } = await aBacklog();
    const other = await receive(consumer, 2);
    writes.length = 0;
    const [one, two] = await Promise.all([next(acks(held)), next(acks(other))]);
    expect([...told(one), ...told(two)]).toEqual(["ok", "ok", "ok", "ok"]);
    expect(bodies([...one.handed, ...two.handed])).toEqual(names(4, 8));
    expect(writes).toEqual(["progress.advance"]);
  });

  it("WHEN one of several has lost its lease THEN it alone is told, and all get more", async () => {
    const { held, next, consumer } = await aBacklog();
    const other = await receive(consumer, 2);
    await ack(consumer, held);
    const [one, two] = await Promise.all([next(acks(held)), next(acks(other))]);
    expect(told(one)).toEqual(["receipt-expired", "receipt-expired"]);
    expect(told(two)).toEqual(["ok", "ok"]);
    expect(bodies([...one.handed, ...two.handed]).sort()).toEqual(names(4, 8));
  });

  it("WHEN another process moves the head first THEN they are acknowledged all the same", async () => {
    const { held, next, engine, writes } = await aBacklog();
    expect(bodies(await receive(engine, 2))).toEqual(names(2, 4));
    const answer = await next(acks(held));
    expect(told(answer)).toEqual(["ok", "ok"]);
    expect(bodies(answer.handed)).toEqual(names(4, 6));
    expect(writes.filter((name) => name === "progress.finish")).toHaveLength(1);
  });

  it("WHEN only some of a lease are acknowledged, or sent back THEN each is settled in its way", async () => {
    const { held, next, consumer } = await aBacklog();
    const [first, second] = held;
    const answer = await next([
      { receipt: first?.receipt ?? "", outcome: "ack" },
      { receipt: second?.receipt ?? "", outcome: "extend", ackDeadlineSeconds: 0 },
    ]);
    expect(told(answer)).toEqual(["ok", "ok"]);
    await ack(consumer, answer.handed);
    const rest = [...bodies(answer.handed), ...(await drained(consumer))];
    expect(rest.sort()).toEqual([...names(1, 20)].sort());
  });

  it("WHEN the head cannot be moved THEN they are acknowledged by themselves, and nothing comes", async () => {
    const { held, next, failing, consumer } = await aBacklog();
    failing("progress.advance");
    const answer = await next(acks(held));
    expect(told(answer)).toEqual(["ok", "ok"]);
    expect(answer.handed).toEqual([]);
    failing("");
    expect((await drained(consumer)).sort()).toEqual([...names(2, 20)].sort());
  });

  it("WHEN the subscription was moved meanwhile THEN they count for nothing, and what comes is new", async () => {
    const { held, next, engine, clock } = await aBacklog();
    await seek(engine, "orders", "audit", "earliest");
    await clock.advance(60_000);
    const answer = await next(acks(held));
    expect(told(answer)).toEqual(["receipt-expired", "receipt-expired"]);
    expect(bodies(answer.handed)).toEqual(names(0, 2));
  });

  it("WHEN the subscription is paused THEN they are acknowledged, and nothing comes", async () => {
    const { held, next, engine, clock } = await aBacklog();
    await changeSubscription(engine, "orders", "audit", { paused: true });
    await clock.advance(60_000);
    const answer = await next(acks(held));
    expect(answer).toMatchObject({ handed: [] });
    expect(told(answer)).toEqual(["ok", "ok"]);
  });

  it("WHEN a receipt is given twice THEN the problem names the field of this request", async () => {
    const { held, next } = await aBacklog();
    const [receipt = ""] = held.map((one) => one.receipt);
    const answer = await next([
      { receipt, outcome: "ack" },
      { receipt, outcome: "reject" },
    ]);
    expect(answer.results).toMatchObject([
      { kind: "failed", error: { errors: [{ path: "settle[0].receipt" }] } },
      { kind: "failed", error: { errors: [{ path: "settle[1].receipt" }] } },
    ]);
  });
});

describe("GIVEN a consumer that has all there is", () => {
  it("WHEN it acknowledges and waits THEN it gets what comes later", async () => {
    const { held, next, consumer, engine, clock, writes } = await aBacklog();
    const rest = await receive(consumer, 100);
    await ack(consumer, rest);
    writes.length = 0;
    const waiting = next(acks(held), { waitSeconds: 20 });
    await publishTogether(engine, "late");
    const answer = await waiting;
    expect(told(answer)).toEqual(["ok", "ok"]);
    expect(bodies(answer.handed)).toEqual(["late"]);
    expect(writes[0]).toBe("progress.finish");
    expect(clock.nowMs()).toBeGreaterThan(0);
  });

  it("WHEN a settlement fails THEN it is told at once, without waiting", async () => {
    const { held, next, consumer, clock } = await aBacklog();
    await ack(consumer, held);
    await ack(consumer, await receive(consumer, 100));
    const startMs = clock.nowMs();
    const answer = await next(acks(held), { waitSeconds: 20 });
    expect(told(answer)).toEqual(["receipt-expired", "receipt-expired"]);
    expect(clock.nowMs() - startMs).toBeLessThan(1_000);
  });
});

it("GIVEN ordering WHEN a key's message is acknowledged THEN the next of the key comes along", async () => {
  const { engine } = await withTimedAudit({ topic: { ordering: "key", partitions: 1 } });
  for (const body of names(0, 3)) await publishTexts(engine, "orders", aText(body, { key: "k" }));
  const request = { maxMessages: 1, waitSeconds: 0 };
  const seen: unknown[] = [];
  let words: readonly Settlement[] = [];
  for (let round = 0; round < 4; round++) {
    const { results, handed } = await settleAndReceiveWaiting(engine, "orders", "audit", words, request);
    expect(results.every(({ kind }) => kind === "ok")).toBe(true);
    seen.push(...bodies(handed));
    words = acks(handed);
  }
  expect(seen).toEqual(names(0, 3));
});
