import type { DeliveryOutcome } from "../../../lib/domain/delivery-outcome.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { wake } from "../../../lib/operations/manage/wake.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { portsAround } from "../ports-around.js";
import { allDone, aPush, bodiesOf, type Push, publishMany, retryAfter, running } from "../a-push.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const ONE_EACH = { maxMessages: 1, maxBytes: 65_536, windowSeconds: 0 };
const THROTTLED: DeliveryOutcome = { kind: "unavailable", reason: "throttled", error: "429" };
const sorted = (bodies: Iterable<string>): string[] => [...bodies].sort();

const recordsOf = ({ storage }: Push) =>
  [...storage.progress.values()].flatMap(({ due }) => [...due.values()]);

const stateOf = async ({ engine }: Push) =>
  await subscriptionState(engine, await findSubscription(engine, "orders", "ship"));

const asleepOf = async (push: Push) => (await stateOf(push)).asleep;

const eventsOf = ({ telemetry }: Push, name: string) =>
  telemetry.events.filter((event) => event.name === name);

describe("GIVEN a target that only throttles", () => {
  it.each([
    ["of its own heads", {}, {}],
    ["of blocks", { maxConcurrency: 40 }, {}],
    ["in order", {}, { ordering: "key" }],
  ] as const)(
    "WHEN two hours pass, %s, THEN it is tried seldom, and nobody is charged",
    async (_, settings, topic) => {
      const push = await aPush({ ...settings, batch: ONE_EACH }, topic);
      let isWell = false;
      push.answerWith(() => Promise.resolve(isWell ? allDone : THROTTLED));
      const { stop } = running(push);
      const all = await publishMany(push.engine, 300, 100, 5);
      await push.clock.advance(2 * HOUR_MS);
      // THEN
      expect(push.deliveries.length).toBeLessThan(200);
      for (const { messages } of push.deliveries) for (const { attempt } of messages) expect(attempt).toBe(1);
      const spans = recordsOf(push).flatMap((record) => record.spans);
      for (const { attempt, charged, together } of spans)
        expect([attempt, charged, together]).toEqual([0, undefined, undefined]);
      expect((await stateOf(push)).deadLetters).toBe(0);
      expect(await asleepOf(push)).toMatchObject({ reason: "throttled", error: "429" });
      expect(eventsOf(push, "breaker-opened")).toHaveLength(1);
      // WHEN it is well again
      isWell = true;
      await push.clock.advance(17 * MINUTE_MS);
      stop();
      // THEN
      expect(new Set(push.done)).toEqual(new Set(all));
      expect(await asleepOf(push)).toBeUndefined();
      expect(recordsOf(push)).toEqual([]);
      expect(eventsOf(push, "breaker-closed")).toHaveLength(1);
    },
  );

  it("WHEN it sleeps THEN nothing of its backlog has a record", async () => {
    const push = await aPush({ batch: ONE_EACH });
    push.answerWith(() => Promise.resolve(THROTTLED));
    const { stop } = running(push);
    await publishMany(push.engine, 300);
    await push.clock.advance(HOUR_MS);
    stop();
    expect(recordsOf(push)).toEqual([]);
  });

  it("WHEN it is probed THEN few of the messages that wait are read", async () => {
    const push = await aPush({ batch: ONE_EACH }, { partitions: 1 });
    push.answerWith(() => Promise.resolve(THROTTLED));
    const { stop } = running(push);
    await publishMany(push.engine, 300, 1);
    await push.clock.advance(HOUR_MS);
    stop();
    await push.clock.advance(16 * MINUTE_MS);
    const before = push.deliveries.length;
    const limits: unknown[] = [];
    void push.pump({
      replace: (ports) =>
        portsAround(ports, ({ name, args }, carryOut) => {
          if (name === "log.read") limits.push(args[2]);
          return carryOut();
        }),
    });
    await push.clock.advance(SECOND_MS);
    expect(push.deliveries).toHaveLength(before + 1);
    expect(limits.length).toBeGreaterThan(0);
    for (const limit of limits) expect(limit).toBeLessThanOrEqual(8);
  });

  it("WHEN messages come while it sleeps THEN they start no pump", async () => {
    const push = await aPush({ batch: ONE_EACH });
    push.answerWith(() => Promise.resolve(THROTTLED));
    const { stop } = running(push);
    await publishMany(push.engine, 10);
    await push.clock.advance(HOUR_MS);
    const before = push.deliveries.length;
    await publishMany(push.engine, 100, 1);
    await push.clock.advance(SECOND_MS);
    stop();
    expect(push.deliveries.length).toBeLessThanOrEqual(before + 1);
  });

  it("WHEN it asks for a while THEN it is left alone for that", async () => {
    const push = await aPush({ batch: ONE_EACH });
    push.answerWith(() => Promise.resolve({ ...THROTTLED, retryAfterMs: 600_000 }));
    const { stop } = running(push);
    await publishMany(push.engine, 30);
    await push.clock.advance(9 * MINUTE_MS);
    stop();
    expect(push.deliveries).toHaveLength(10);
  });
});

it("GIVEN a target that bears five at once WHEN more are tried THEN it has five at work most of the time", async () => {
  const push = await aPush({ batch: ONE_EACH });
  let atWork = 0;
  push.answerWith(async () => {
    if (atWork >= 5) return THROTTLED;
    atWork++;
    await push.clock.sleep(100);
    atWork--;
    return allDone;
  });
  const { stop } = running(push);
  const all = await publishMany(push.engine, 200);
  await push.clock.advance(8 * SECOND_MS);
  stop();
  expect(sorted(push.done)).toEqual(sorted(all));
  expect(eventsOf(push, "breaker-opened")).toEqual([]);
});

it("GIVEN a handler that fails all it gets WHEN hours pass THEN it is awake: its messages failed, not it", async () => {
  const push = await aPush({ batch: ONE_EACH, ...retryAfter(600) });
  push.answerWith(() => Promise.reject(new Error("broken")));
  const { stop } = running(push);
  await publishMany(push.engine, 30);
  await push.clock.advance(2 * HOUR_MS);
  stop();
  expect(await asleepOf(push)).toBeUndefined();
  expect(eventsOf(push, "breaker-opened")).toEqual([]);
});

describe("GIVEN a subscription that sleeps", () => {
  async function sleeping(): Promise<{ push: Push; stop: () => void; heal: () => void }> {
    const push = await aPush({ batch: ONE_EACH });
    let isWell = false;
    push.answerWith(() => Promise.resolve(isWell ? allDone : THROTTLED));
    const { stop } = running(push);
    await publishMany(push.engine, 40);
    await push.clock.advance(HOUR_MS);
    return { push, stop, heal: () => (isWell = true) };
  }

  it("WHEN its target is changed THEN that is tried at once", async () => {
    const { push, stop, heal } = await sleeping();
    heal();
    const functionArn = "arn:aws:lambda:eu-central-1:123456789012:function:another";
    await changeSubscription(push.engine, "orders", "ship", { target: { type: "lambda", functionArn } });
    await push.clock.advance(5 * SECOND_MS);
    stop();
    expect(sorted(push.done)).toEqual(sorted(bodiesOf(40)));
  });

  it("WHEN an operator wakes it THEN its target is tried now; if that fails it sleeps on", async () => {
    const { push, stop, heal } = await sleeping();
    const [before, asleep] = [push.deliveries.length, await asleepOf(push)];
    await wake(push.engine, "orders", "ship");
    await push.clock.advance(2 * SECOND_MS);
    expect(push.deliveries).toHaveLength(before + 1);
    expect((await asleepOf(push))?.pauses).toBe((asleep?.pauses ?? 0) + 1);
    heal();
    await wake(push.engine, "orders", "ship");
    await push.clock.advance(5 * SECOND_MS);
    stop();
    expect(sorted(push.done)).toEqual(sorted(bodiesOf(40)));
  });

  it("WHEN it is paused and resumed THEN it is tried at once", async () => {
    const { push, stop, heal } = await sleeping();
    await changeSubscription(push.engine, "orders", "ship", { paused: true });
    await push.clock.advance(HOUR_MS);
    heal();
    await changeSubscription(push.engine, "orders", "ship", { paused: false });
    await push.clock.advance(5 * SECOND_MS);
    stop();
    expect(sorted(push.done)).toEqual(sorted(bodiesOf(40)));
  });

  it("WHEN one message is never taken THEN the others wake it all the same", async () => {
    const push = await aPush({ batch: ONE_EACH }, { partitions: 1 });
    let isWell = false;
    push.answerWith((messages) =>
      Promise.resolve(isWell && messages.every(({ body }) => body !== "m0") ? allDone : THROTTLED),
    );
    const { stop } = running(push);
    await publishMany(push.engine, 40);
    await push.clock.advance(HOUR_MS);
    isWell = true;
    await push.clock.advance(HOUR_MS);
    stop();
    expect(sorted(push.done)).toEqual(sorted(bodiesOf(40).slice(1)));
  });
});
