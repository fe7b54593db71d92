import { type Push, allDone, aPush } from "../a-push.js";
import { LANE_WIDTH, aText, publishTexts } from "../a-deployment.js";
import { driven } from "../ports-around.js";
import type { TopicSettings } from "../../../lib/domain/topic.js";
import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";

const SECOND_MS = 1_000;
const HANDLER_MS = SECOND_MS;
const HEALTHY = 100;

const texts = (kind: string, count: number) =>
  Array.from({ length: count }, (_, at) => aText(`${kind}${at}`));

/** Handlers take a second, and fail each message whose text begins with `bad`, if they may. */
async function aQueue(
  settings: Partial<SubscriptionSettings>,
  topic: Partial<TopicSettings>,
  isFailing: boolean,
) {
  const push = await aPush({ ackDeadlineSeconds: 5, ...settings }, topic);
  push.answerWith(async (messages) => {
    await push.clock.sleep(HANDLER_MS);
    const failed = messages.filter(({ body }) => isFailing && String(body).startsWith("bad"));
    return failed.length === 0
      ? allDone
      : { kind: "answered", failedIds: new Set(failed.map(({ id }) => id)) };
  });
  return push;
}

const isHealthyDone = ({ done }: Push): boolean =>
  done.filter((body) => body.startsWith("good")).length >= HEALTHY;

/** Until the healthy ones are done, from now. */
async function drainMs(push: Push): Promise<number> {
  const fromMs = push.clock.nowMs();
  while (!isHealthyDone(push) && push.clock.nowMs() < fromMs + 3_600_000) await push.clock.advance(100);
  return push.clock.nowMs() - fromMs;
}

/** By what a subscription asks for, and how many fail: thousands where they take no more than seconds of a test. */
const WIDTHS = [
  ["ten at once", 600, { maxConcurrency: 10, batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 } }],
  [
    "ten batches at once",
    5_000,
    { maxConcurrency: 10, batch: { maxMessages: 10, maxBytes: 65_536, windowSeconds: 0 } },
  ],
  ["three at once", 600, { maxConcurrency: 3, batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 } }],
  [
    "one at a time",
    5_000,
    { maxConcurrency: 1, batch: { maxMessages: 5, maxBytes: 65_536, windowSeconds: 0 } },
  ],
  [
    "several pumps",
    600,
    { maxConcurrency: 40, batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 } },
  ],
] as const;

describe.each(WIDTHS)(
  "with %s, healthy messages drain in at most twice the time that they take with none failing",
  (_, bad, settings) => {
    it(`though ${bad} that fail came before them`, async () => {
      // GIVEN messages that fail again and again
      const lanes = settings.maxConcurrency > LANE_WIDTH ? [0, 1] : [0];
      const push = await aQueue(settings, {}, true);
      await publishTexts(push.engine, "orders", ...texts("bad", bad));
      const pumps = lanes.map((lane) => push.pump({ lane, forMs: 9 * 3_600_000 }));
      const tried = (): number =>
        new Set(push.deliveries.flatMap(({ messages }) => messages.map(({ id }) => id))).size;
      while (tried() < bad) await push.clock.advance(60_000);
      // WHEN
      await publishTexts(push.engine, "orders", ...texts("good", HEALTHY));
      const withFailing = await drainMs(push);
      // THEN
      const calm = await aQueue(settings, {}, false);
      await publishTexts(calm.engine, "orders", ...texts("good", HEALTHY));
      const calmPumps = Promise.all(lanes.map((lane) => calm.pump({ lane, forMs: 9 * 3_600_000 })));
      const withNone = await drainMs(calm);
      await driven(calm.clock, calmPumps);
      expect(withFailing).toBeLessThanOrEqual(2 * withNone + HANDLER_MS);
      void pumps;
    }, 60_000);

    it("though as many fail in front of them, and among them", async () => {
      const drain = async (isFailing: boolean): Promise<number> => {
        const push = await aQueue(settings, {}, isFailing);
        await publishTexts(push.engine, "orders", ...texts("bad", 300));
        for (let at = 0; at < HEALTHY; at++)
          await publishTexts(push.engine, "orders", aText(`good${at}`), ...texts(`bad-${at}-`, 5));
        const lanes = settings.maxConcurrency > LANE_WIDTH ? [0, 1] : [0];
        for (const lane of lanes) void push.pump({ lane, forMs: 9 * 3_600_000 });
        return await drainMs(push);
      };
      expect(await drain(true)).toBeLessThanOrEqual(2 * (await drain(false)) + HANDLER_MS);
    }, 60_000);
  },
);

it("what is due again has its half too, while new messages never end", async () => {
  // GIVEN messages that fail once, and more new ones than can be delivered
  const push = await aPush({
    maxConcurrency: 2,
    ackDeadlineSeconds: 2,
    batch: { maxMessages: 1, maxBytes: 1_024, windowSeconds: 0 },
  });
  const failedBefore = new Set<string>();
  push.answerWith(async ([message]) => {
    await push.clock.sleep(HANDLER_MS);
    const id = message?.id ?? "";
    if (!String(message?.body).startsWith("bad") || failedBefore.has(id)) return allDone;
    failedBefore.add(id);
    return { kind: "answered", failedIds: new Set([id]) };
  });
  await publishTexts(push.engine, "orders", ...texts("bad", 20), ...texts("good", 900));
  // WHEN
  void push.pump({ forMs: 9 * 3_600_000 });
  await push.clock.advance(60_000);
  // THEN
  expect(push.done.filter((body) => body.startsWith("bad"))).toHaveLength(20);
});
