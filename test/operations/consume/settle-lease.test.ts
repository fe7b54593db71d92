import {
  type Outcome,
  ack,
  bodies,
  publishTogether,
  receive,
  retry,
  settleAs,
  settleEach,
  withAudit,
} from "../a-consumer.js";
import { aText, publishTexts } from "../a-deployment.js";
import { recording } from "../ports-around.js";

const ACK: Outcome = { outcome: "ack" };
const RETRY: Outcome = { outcome: "retry", delaySeconds: 5 };
const extend = (ackDeadlineSeconds: number): Outcome => ({ outcome: "extend", ackDeadlineSeconds });
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

async function handedOut(count: number, ordering: "none" | "key" = "none") {
  const deployment = await withAudit({ topic: { ordering, partitions: 1 } });
  const texts = names(count).map((body) => aText(body, ordering === "key" ? { key: body } : {}));
  await publishTexts(deployment.engine, "orders", ...texts);
  return { ...deployment, handed: await receive(deployment.engine, count) };
}

/** What comes again by then, with the seconds after which it does. */
async function again(
  { engine, clock }: Awaited<ReturnType<typeof handedOut>>,
  seconds: number,
): Promise<[number, unknown[]][]> {
  const seen: [number, unknown[]][] = [];
  for (let second = 0; second <= seconds; second++) {
    const messages = await receive(engine);
    if (messages.length > 0) seen.push([second, bodies(messages)]);
    await ack(engine, messages);
    clock.advance(1_000);
  }
  return seen;
}

/** Of a lease of several keys that ran out each comes by itself. */
const apart = (ordering: "none" | "key", second: number, texts: string[]): [number, string[]][] =>
  ordering === "none" ? [[second, texts]] : texts.map((text, index) => [second + index, [text]]);

describe.each(["none", "key"] as const)("with ordering %s, a word on one message", (ordering) => {
  it("that extends it leaves its neighbours their deadline", async () => {
    const all = await handedOut(3, ordering);
    expect(await settleAs(all.engine, [all.handed[2]], extend(60))).toEqual(["ok"]);
    expect(await again(all, 70)).toEqual([...apart(ordering, 30, ["m0", "m1"]), [60, ["m2"]]]);
  });

  it("that shortens its deadline leaves its neighbours theirs", async () => {
    const all = await handedOut(3, ordering);
    expect(await settleAs(all.engine, [all.handed[0]], extend(10))).toEqual(["ok"]);
    expect(await again(all, 40)).toEqual([[10, ["m0"]], ...apart(ordering, 30, ["m1", "m2"])]);
  });

  it("that sends it back leaves the receipts of its neighbours as good as they were", async () => {
    const all = await handedOut(3, ordering);
    const { engine, handed } = all;
    expect(await settleAs(engine, [handed[0]], RETRY)).toEqual(["ok"]);
    expect(await settleAs(engine, [handed[1]], extend(20))).toEqual(["ok"]);
    expect(await ack(engine, [handed[2]])).toEqual(["ok"]);
    expect(await again(all, 40)).toEqual([
      [5, ["m0"]],
      [20, ["m1"]],
    ]);
  });

  it("of many that ran out one after the other stays good for those that have not", async () => {
    const { engine, clock, handed } = await handedOut(4, ordering);
    await settleAs(engine, [handed[1], handed[3]], extend(60));
    clock.advance(30_000);
    const taken = await receive(engine);
    expect(bodies(taken)).toEqual(ordering === "key" ? ["m0"] : ["m0", "m2"]);
    expect(await ack(engine, [handed[0], handed[1], handed[3]])).toEqual(["receipt-expired", "ok", "ok"]);
    expect(await ack(engine, taken)).toEqual(taken.map(() => "ok"));
  });

  it("after another word on it is refused, and the first one stands", async () => {
    const { engine, clock, handed } = await handedOut(3, ordering);
    await retry(engine, [handed[0]], 5);
    await ack(engine, [handed[1]]);
    expect(
      await settleEach(engine, [
        [handed[0], ACK],
        [handed[1], RETRY],
      ]),
    ).toEqual(["receipt-expired", "receipt-expired"]);
    expect(
      await settleEach(engine, [
        [handed[0], extend(60)],
        [handed[1], extend(60)],
      ]),
    ).toEqual(["receipt-expired", "receipt-expired"]);
    clock.advance(5_000);
    expect(bodies(await receive(engine))).toEqual(["m0"]);
  });

  it("that ends the whole lease does not end what was sent back of it", async () => {
    const { engine, clock, handed } = await handedOut(3, ordering);
    await retry(engine, [handed[1]], 5);
    expect(await ack(engine, handed)).toEqual(["ok", "receipt-expired", "ok"]);
    clock.advance(5_000);
    expect(bodies(await receive(engine))).toEqual(["m1"]);
  });

  it("is right when it is said again, since its answer may be lost", async () => {
    const { engine, clock, handed } = await handedOut(3, ordering);
    for (let time = 0; time < 2; time++) {
      // What was sent back of a key, and nothing else of it was leased, has left the lease.
      const hasLeft = ordering === "key" && time > 0;
      expect(
        await settleEach(engine, [
          [handed[0], ACK],
          [handed[1], RETRY],
        ]),
      ).toEqual(["ok", hasLeft ? "receipt-expired" : "ok"]);
    }
    clock.advance(5_000);
    expect(bodies(await receive(engine))).toEqual(["m1"]);
    expect(await receive(engine)).toEqual([]);
  });

  it("that takes all of its time hands it back at once, with its attempt", async () => {
    const { engine, handed } = await handedOut(3, ordering);
    expect(await settleAs(engine, [handed[0]], extend(0))).toEqual(["ok"]);
    expect(await receive(engine)).toMatchObject([{ body: "m0", attempt: 2 }]);
    expect(await settleAs(engine, [handed[0]], extend(60))).toEqual(["receipt-expired"]);
  });
});

describe("two words in one request", () => {
  it.each([
    [ACK, RETRY],
    [RETRY, { outcome: "retry", delaySeconds: 6 } as const],
    [extend(5), ACK],
    [extend(5), extend(6)],
  ])("on one receipt, %j and %j, are both refused, and no others are", async (one, other) => {
    const all = await handedOut(2);
    const [a, b] = all.handed;
    expect(
      await settleEach(all.engine, [
        [a, one],
        [b, ACK],
        [a, other],
      ]),
    ).toEqual(["invalid-request", "ok", "invalid-request"]);
    expect(await again(all, 40)).toEqual([[30, ["m0"]]]);
  });

  it.each([[ACK], [RETRY], [extend(5)]])("that are the same, %j, are one", async (word) => {
    const { engine, handed } = await handedOut(2);
    expect(
      await settleEach(engine, [
        [handed[0], word],
        [handed[0], word],
      ]),
    ).toEqual(["ok", "ok"]);
  });
});

describe("what it costs", () => {
  it("to extend a whole lease later is one small write, and to end it then another", async () => {
    const { process, handed } = await handedOut(10);
    const calls: string[] = [];
    const consumer = process(recording(calls));
    await settleAs(consumer, handed, extend(60));
    await ack(consumer, handed);
    const ofProgress = calls.filter((name) => name.startsWith("progress."));
    expect(ofProgress).toEqual(["progress.extend", "progress.finish"]);
  });
});

describe("why a message failed", () => {
  it("comes with it the next time, each message its own, and goes with the next word on it", async () => {
    const { engine, clock, handed } = await handedOut(3);
    const errors = ["no stock", "no address", undefined];
    const failed = (error?: string): Outcome => ({ ...RETRY, ...(error ? { error } : {}) });
    await settleEach(
      engine,
      handed.map((message, at) => [message, failed(errors[at])] as const),
    );
    clock.advance(5_000);
    const second = await receive(engine);
    expect(second.map(({ lastError }) => lastError)).toEqual(errors);
    await settleAs(engine, second, failed());
    clock.advance(5_000);
    expect((await receive(engine)).map(({ lastError }) => lastError)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is kept where a message is handed back, or its lease runs out", async () => {
    const { engine, clock, handed } = await handedOut(1);
    await settleAs(engine, handed, { ...RETRY, error: "no stock" });
    clock.advance(5_000);
    await settleAs(engine, await receive(engine), extend(0));
    expect(await receive(engine)).toMatchObject([{ attempt: 3, lastError: "no stock" }]);
    clock.advance(30_000);
    expect(await receive(engine)).toMatchObject([{ attempt: 4, lastError: "no stock" }]);
  });

  it("is cut at a kilobyte, between two characters", async () => {
    const { engine, clock, handed } = await handedOut(1);
    await settleAs(engine, handed, { ...RETRY, error: "é".repeat(1_000) });
    clock.advance(5_000);
    expect(await receive(engine)).toMatchObject([{ lastError: "é".repeat(512) }]);
  });
});

it("GIVEN a lease that was shortened and ended WHEN its first deadline comes THEN nothing is left of it", async () => {
  const { engine, clock, storage } = await withAudit();
  await publishTogether(engine, "a", "b");
  const handed = await receive(engine);
  await settleAs(engine, [handed[0]], extend(5));
  expect(await ack(engine, handed)).toEqual(["ok", "ok"]);
  clock.advance(60_000);
  expect(await receive(engine)).toEqual([]);
  expect([...storage.progress.values()].map((progress) => progress.records().length)).toEqual([0]);
});
