import { changeSubscription, deleteSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { putTopic } from "../../../lib/operations/manage/topics.js";
import { allDone, aPush, bodiesOf, failing, publishMany, running } from "../a-push.js";
import { driven, portsAround, until } from "../ports-around.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const ONE_EACH = { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 };
const sorted = (bodies: Iterable<string>): string[] => [...bodies].sort();

/** Bodies that were handed out more than once. */
const doubled = (deliveries: readonly { messages: readonly { body: unknown }[] }[]): string[] => {
  const all = deliveries.flatMap(({ messages }) => messages.map(({ body }) => String(body)));
  return all.filter((body, at) => all.indexOf(body) !== at);
};

describe("a handler that is slow", () => {
  it("beside quick ones is delivered once, though the head goes on, and however slow a commit is", async () => {
    // GIVEN one of 20 s among ones of 50 ms, and transactions that take 15 ms
    const push = await aPush({ maxConcurrency: 10, batch: ONE_EACH });
    push.answerWith(async ([message]) => {
      await push.clock.sleep(Number(String(message?.body).slice(1)) % 100 === 7 ? 20 * SECOND_MS : 50);
      return allDone;
    });
    const all = await publishMany(push.engine, 2_000);
    // WHEN
    const slowMoves = (ports: Parameters<typeof portsAround>[0]) =>
      portsAround(ports, async ({ name }, carryOut) => {
        if (name !== "progress.move") return await carryOut();
        await push.clock.sleep(8);
        const outcome = await carryOut();
        await push.clock.sleep(7);
        return outcome;
      });
    await driven(push.clock, push.pump({ replace: slowMoves }));
    // THEN
    expect(sorted(push.done)).toEqual(sorted(all));
    expect(doubled(push.deliveries)).toEqual([]);
    expect([...push.storage.progress.values()].flatMap(({ due }) => [...due.values()])).toEqual([]);
  });

  it.each([
    ["a change of settings", { ackDeadlineSeconds: 500 }],
    ["a change that makes it wider", { maxConcurrency: 12 }],
  ])("holds nothing up at %s: the others go on at once, and it is settled as it ends", async (_, change) => {
    // GIVEN
    const push = await aPush({ maxConcurrency: 2, ackDeadlineSeconds: 400, batch: ONE_EACH });
    push.answerWith(async ([message]) => {
      await push.clock.sleep(message?.body === "m0" ? 400 * SECOND_MS : SECOND_MS);
      return allDone;
    });
    const { stop } = running(push);
    await publishMany(push.engine, 200);
    await push.clock.advance(5 * SECOND_MS);
    // WHEN
    await changeSubscription(push.engine, "orders", "ship", change);
    const before = push.done.length;
    await push.clock.advance(20 * SECOND_MS);
    // THEN
    expect(push.done.length - before).toBeGreaterThanOrEqual(15);
    await push.clock.advance(8 * MINUTE_MS);
    stop();
    expect(sorted(push.done)).toEqual(sorted(bodiesOf(200)));
    expect(doubled(push.deliveries)).toEqual([]);
  });

  it("holds nothing up where its pump's time is over: its successor starts at once, within the width", async () => {
    // GIVEN
    const push = await aPush({ maxConcurrency: 2, ackDeadlineSeconds: 400, batch: ONE_EACH });
    push.answerWith(async ([message]) => {
      await push.clock.sleep(message?.body === "m900" ? 390 * SECOND_MS : SECOND_MS);
      return allDone;
    });
    const { stop } = running(push);
    const all = await publishMany(push.engine, 2_000);
    // WHEN the function's 15 minutes are over
    await push.clock.advance(30 * MINUTE_MS);
    stop();
    // THEN
    expect(sorted(push.done)).toEqual(sorted(all));
    expect(doubled(push.deliveries)).toEqual([]);
    expect(push.mostAtOnce()).toBe(2);
    const idleMs = push.deliveries.map(({ atMs }, at) => atMs - (push.deliveries[at - 1]?.atMs ?? atMs));
    expect(Math.max(...idleMs)).toBeLessThan(3 * SECOND_MS);
  });

  it("in order is never doubled, though its pump hands over and ends before it does", async () => {
    // GIVEN handlers that may take all of a function's time
    const push = await aPush(
      { maxConcurrency: 4, ackDeadlineSeconds: 900, batch: ONE_EACH },
      { ordering: "key" },
    );
    let atWork = 0;
    let most = 0;
    push.answerWith(async ([message]) => {
      if (message?.body !== "m3") return allDone;
      most = Math.max(most, ++atWork);
      await push.clock.sleep(890 * SECOND_MS);
      atWork--;
      return allDone;
    });
    await publishMany(push.engine, 4, 4);
    const ends = new AbortController();
    await driven(
      push.clock,
      push.pump({ forMs: 10 * MINUTE_MS, replace: until(ends.signal) }),
      11 * MINUTE_MS,
    );
    ends.abort();
    expect(atWork).toBe(1);
    // WHEN its successors look for it
    const { stop } = running(push);
    await push.clock.advance(30 * MINUTE_MS);
    stop();
    // THEN
    expect(most).toBe(1);
    expect(new Set(push.done)).toEqual(new Set(bodiesOf(4)));
  });

  it("that fails at last is retried, though its session has ended", async () => {
    const push = await aPush({ ackDeadlineSeconds: 10, batch: ONE_EACH });
    let isFirst = true;
    push.answerWith(async (messages) => {
      if (messages[0]?.body !== "m1" || !isFirst) return allDone;
      isFirst = false;
      await push.clock.sleep(8 * SECOND_MS);
      return failing(messages);
    });
    const { stop } = running(push);
    await publishMany(push.engine, 3);
    await push.clock.advance(SECOND_MS);
    await changeSubscription(push.engine, "orders", "ship", { maxConcurrency: 3 });
    await push.clock.advance(MINUTE_MS);
    stop();
    expect(sorted(push.done)).toEqual(["m0", "m1", "m2"]);
    const attempts = push.deliveries.flatMap(({ messages }) =>
      messages.map(({ body, attempt }) => [body, attempt]),
    );
    expect(attempts).toContainEqual(["m1", 2]);
  });
});

describe("within five seconds", () => {
  it.each([
    [
      "the subscription is paused",
      (push: Awaited<ReturnType<typeof aPush>>) =>
        changeSubscription(push.engine, "orders", "ship", { paused: true }),
    ],
    [
      "its topic is paused",
      (push: Awaited<ReturnType<typeof aPush>>) => putTopic(push.engine, "orders", { paused: "delivery" }),
    ],
    [
      "it is deleted",
      (push: Awaited<ReturnType<typeof aPush>>) => deleteSubscription(push.engine, "orders", "ship"),
    ],
  ])("after %s no handler starts any more", async (_, stopIt) => {
    // GIVEN
    const push = await aPush({ maxConcurrency: 4, batch: ONE_EACH });
    push.answerWith(async () => {
      await push.clock.sleep(200);
      return allDone;
    });
    const { stop } = running(push);
    await publishMany(push.engine, 5_000);
    await push.clock.advance(10 * SECOND_MS);
    // WHEN
    await stopIt(push);
    await push.clock.advance(5 * SECOND_MS);
    // THEN
    const before = push.deliveries.length;
    await push.clock.advance(5 * MINUTE_MS);
    stop();
    expect(before).toBeGreaterThan(100);
    expect(push.deliveries).toHaveLength(before);
  });
});
