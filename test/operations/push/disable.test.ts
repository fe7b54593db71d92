import type { DeliveryOutcome } from "../../../lib/domain/delivery-outcome.js";
import { StorageUnavailable } from "../../../lib/domain/errors.js";
import { type Target, HTTPS_DEFAULTS } from "../../../lib/domain/subscription.js";
import { findSubscription } from "../../../lib/operations/lookup.js";
import { subscriptionState } from "../../../lib/operations/manage/subscription-state.js";
import { changeSubscription, putSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { listOpenMessages } from "../../../lib/operations/manage/open-messages.js";
import { rotateSecret } from "../../../lib/operations/manage/webhooks.js";
import { wake } from "../../../lib/operations/manage/wake.js";
import { Breaker } from "../../../lib/operations/push/breaker.js";
import { disableIfGone } from "../../../lib/operations/push/disable.js";
import type { Ports } from "../../../lib/operations/engine.js";
import { allDone, aPush, type Push, publishMany, running } from "../a-push.js";
import { type Around, portsAround } from "../ports-around.js";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
/** What the last probe before the end of the day, and the clocks, may add to it. */
const SLACK_MS = 20 * MINUTE_MS;
const GONE: DeliveryOutcome = { kind: "unavailable", reason: "gone", error: "answered 410", status: 410 };
const target: Target = { type: "https", url: "https://example.com/hook", ...HTTPS_DEFAULTS };
const SETTINGS = { target, batch: { maxMessages: 1, maxBytes: 65_536, windowSeconds: 0 }, maxConcurrency: 2 };

const readerOf = ({ engine }: Push) => findSubscription(engine, "orders", "ship", 0);
const disabledOf = async (push: Push) => (await readerOf(push)).subscription.disabled;
const stateOf = async (push: Push) => await subscriptionState(push.engine, await readerOf(push));
const eventsOf = ({ telemetry }: Push) =>
  telemetry.events.filter(({ name }) => name === "subscription-disabled");

/** A webhook that answers 410, with thirty messages; what its pumps do to the stores goes through `around`. */
async function aGoneWebhook(around?: Around) {
  const push = await aPush(SETTINGS, { retentionSeconds: 7 * 86_400 });
  let answer: DeliveryOutcome = GONE;
  const next: DeliveryOutcome[] = [];
  push.answerWith(() => Promise.resolve(next.shift() ?? answer));
  const replace = around && ((ports: Ports) => portsAround(ports, around));
  const { stop } = running(push, replace ? { replace } : {});
  const all = await publishMany(push.engine, 30, 10);
  const answers = (outcome: DeliveryOutcome) => (answer = outcome);
  return { push, all, stop, answers, answersOnce: (outcome: DeliveryOutcome) => next.push(outcome) };
}

it("GIVEN a target that answers 410 WHEN it does THEN its subscription sleeps at once", async () => {
  const { push, stop } = await aGoneWebhook();
  await push.clock.advance(400);
  stop();
  expect(push.deliveries.length).toBeLessThanOrEqual(2);
  expect((await stateOf(push)).asleep).toMatchObject({ reason: "gone" });
});

it("GIVEN a day of nothing but 410 WHEN it is over THEN nothing is tried until an operator wakes it", async () => {
  const { push, all, stop, answers } = await aGoneWebhook();
  await push.clock.advance(DAY_MS);
  expect(await disabledOf(push)).toBeUndefined();
  await push.clock.advance(SLACK_MS);
  const disabled = await disabledOf(push);
  expect(disabled).toEqual({ reason: "gone", error: "answered 410", sinceMs: expect.any(Number) });
  expect(eventsOf(push)).toHaveLength(1);
  // WHEN more comes, and days pass
  const tries = push.deliveries.length;
  const more = await publishMany(push.engine, 3, 1);
  await push.clock.advance(2 * DAY_MS);
  // THEN
  expect(push.deliveries).toHaveLength(tries);
  expect(await stateOf(push)).toMatchObject({ backlog: 33, retrying: 0, deadLetters: 0, expired: 0 });
  const { items } = await listOpenMessages(push.engine, "orders", "ship", "waiting", { limit: 5 });
  expect(items.map(({ waitsFor }) => waitsFor)).toEqual(Array(5).fill("disabled"));
  // WHEN
  answers(allDone);
  const woken = await wake(push.engine, "orders", "ship");
  await push.clock.advance(5_000);
  stop();
  // THEN
  expect(woken.disabled).toBeUndefined();
  expect(push.done.sort()).toEqual([...all, ...more].sort());
});

it.each<[string, DeliveryOutcome]>([
  ["takes a message", allDone],
  ["fails a message", { kind: "failed", error: "answered 500" }],
  ["has too much to do", { kind: "unavailable", reason: "throttled", error: "answered 503" }],
  ["cannot be reached", { kind: "unavailable", reason: "unreachable", error: "ECONNREFUSED" }],
])(
  "GIVEN a target that %s once in a day of 410 WHEN it is over THEN it is not disabled",
  async (_, other) => {
    const { push, stop, answersOnce } = await aGoneWebhook();
    await push.clock.advance(20 * HOUR_MS);
    answersOnce(other);
    await push.clock.advance(23 * HOUR_MS);
    expect(await disabledOf(push)).toBeUndefined();
    await push.clock.advance(HOUR_MS + 2 * SLACK_MS);
    stop();
    expect(await disabledOf(push)).toBeDefined();
  },
);

it("GIVEN another URL WHEN it is set within the day THEN the day begins anew", async () => {
  const { push, stop } = await aGoneWebhook();
  await push.clock.advance(20 * HOUR_MS);
  const other = { ...target, url: "https://example.com/other" };
  await changeSubscription(push.engine, "orders", "ship", { target: other });
  await push.clock.advance(23 * HOUR_MS);
  expect(await disabledOf(push)).toBeUndefined();
  await push.clock.advance(HOUR_MS + SLACK_MS);
  stop();
  expect(await disabledOf(push)).toBeDefined();
});

describe("GIVEN a disabled subscription", () => {
  const changes: Record<string, (push: Push) => Promise<unknown>> = {
    "its URL is changed": ({ engine }) =>
      changeSubscription(engine, "orders", "ship", { target: { ...target, url: "https://example.com/new" } }),
    "its headers are changed": ({ engine }) =>
      changeSubscription(engine, "orders", "ship", { headers: { "x-key": "k" } }),
    "a pause of it ends": async ({ engine, clock }) => {
      await changeSubscription(engine, "orders", "ship", { paused: true });
      await clock.advance(10_000);
      await changeSubscription(engine, "orders", "ship", { paused: false });
    },
  };

  it.each(Object.entries(changes))("WHEN %s THEN it is enabled, and delivered to", async (_, change) => {
    const { push, all, stop, answers } = await aGoneWebhook();
    await push.clock.advance(DAY_MS + SLACK_MS);
    answers(allDone);
    await change(push);
    await push.clock.advance(10_000);
    stop();
    expect(await disabledOf(push)).toBeUndefined();
    expect(push.done.sort()).toEqual([...all].sort());
  });

  it("WHEN its other settings are changed, or put once more THEN it stays disabled", async () => {
    const { push, stop } = await aGoneWebhook();
    await push.clock.advance(DAY_MS + SLACK_MS);
    const tries = push.deliveries.length;
    await changeSubscription(push.engine, "orders", "ship", { maxConcurrency: 3, filter: '{"tag":["a"]}' });
    await changeSubscription(push.engine, "orders", "ship", { rateLimitPerSecond: 7 });
    await rotateSecret(push.engine, "orders", "ship");
    await putSubscription(push.engine, "orders", "ship", SETTINGS);
    await push.clock.advance(HOUR_MS);
    stop();
    expect(await disabledOf(push)).toBeDefined();
    expect(push.deliveries).toHaveLength(tries);
  });

  it("WHEN its target is still gone as it is woken THEN it has another day", async () => {
    const { push, stop } = await aGoneWebhook();
    await push.clock.advance(DAY_MS + SLACK_MS);
    await wake(push.engine, "orders", "ship");
    await push.clock.advance(DAY_MS - HOUR_MS);
    expect(await disabledOf(push)).toBeUndefined();
    await push.clock.advance(HOUR_MS + SLACK_MS);
    stop();
    expect(await disabledOf(push)).toBeDefined();
  });
});

describe("GIVEN a pump that disables", () => {
  it("WHEN the answer to that is lost THEN it is disabled, once", async () => {
    let lost = 0;
    const { push, stop } = await aGoneWebhook(async ({ name }, carryOut) => {
      const outcome = await carryOut();
      if (name === "subscriptions.update" && lost++ === 0) throw new StorageUnavailable("disabling");
      return outcome;
    });
    await push.clock.advance(DAY_MS + SLACK_MS);
    stop();
    const { subscription } = await readerOf(push);
    expect([subscription.disabled?.reason, subscription.version]).toEqual(["gone", 2]);
  });

  it("WHEN it dies before it has written that THEN another one does", async () => {
    let died = 0;
    const { push, stop } = await aGoneWebhook(({ name }, carryOut) => {
      if (name !== "subscriptions.update" || died++ > 0) return carryOut();
      return new Promise(() => undefined);
    });
    await push.clock.advance(DAY_MS + 3 * SLACK_MS);
    stop();
    expect([died, (await disabledOf(push))?.reason]).toEqual([2, "gone"]);
  });

  it("WHEN its settings change at that moment THEN they hold, and are tried", async () => {
    let asked = 0;
    const change: Around = async ({ name }, carryOut) => {
      if (name === "subscriptions.update" && asked++ === 0)
        await changeSubscription(webhook.push.engine, "orders", "ship", { retry: { maxAttempts: 3 } });
      return await carryOut();
    };
    const webhook = await aGoneWebhook(change);
    const { push, stop } = webhook;
    await push.clock.advance(DAY_MS + SLACK_MS);
    stop();
    const { subscription } = await readerOf(push);
    expect([asked, subscription.disabled, subscription.retry.maxAttempts]).toEqual([1, undefined, 3]);
    expect((await stateOf(push)).asleep).toMatchObject({ version: 2 });
  });

  it("WHEN another lane is at work THEN it waits, since messages may be taken there", async () => {
    const push = await aPush({ ...SETTINGS, maxConcurrency: 600 });
    const reader = await readerOf(push);
    const { engine, clock } = push;
    const nowMs = clock.nowMs();
    const asleep = { reason: "gone", error: "410", pauses: 90, version: 1, untilMs: nowMs } as const;
    const gone = { ...asleep, sinceMs: nowMs - 2 * DAY_MS, goneSinceMs: nowMs - 2 * DAY_MS };
    const { topic, name, uid } = reader.subscription;
    const lane = `${topic.name}#${topic.uid}#${name}#${uid}#1`;
    await engine.locks.acquire(lane, "its pump", nowMs, nowMs + 45_000);
    expect(await disableIfGone(engine, reader, gone)).toBe("not-gone");
    await engine.locks.release(lane, "its pump");
    expect(await disableIfGone(engine, reader, gone)).toBe("disabled");
  });

  it("WHEN the owner of its lane before it died THEN the day begins anew: it may have had another answer", async () => {
    const push = await aPush(SETTINGS);
    const reader = await readerOf(push);
    const nowMs = push.clock.nowMs();
    const before = { sinceMs: nowMs - DAY_MS, goneSinceMs: nowMs - DAY_MS, untilMs: nowMs };
    const asleep = { ...before, reason: "gone", error: "410", pauses: 90, version: 1 } as const;
    const sinceOf = (deaths: number): number | undefined => {
      const breaker = new Breaker(push.engine);
      breaker.begin(reader, 0, { asleep, deaths }, false);
      const refusal = { reason: "gone", error: "410" } as const;
      breaker.delivered({ nth: breaker.starts(), underWay: 0, refusal });
      return breaker.asleep?.goneSinceMs;
    };
    expect([sinceOf(0), sinceOf(1)]).toEqual([nowMs - DAY_MS, nowMs]);
  });
});
