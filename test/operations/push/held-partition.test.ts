import type { SubscriptionSettings } from "../../../lib/domain/subscription.js";
import { type Push, aPush, allDone, failing, publishMany, retryAfter, running } from "../a-push.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const ORDERED = { ordering: "key", partitions: 1 } as const;
/** A first start, one that comes beside another, and those of the sweep, which may be as late as a timer. */
const SPARE_STARTS = 5;

const settingsOf = (maxMessages: number, waitSeconds: number): Partial<SubscriptionSettings> => ({
  batch: { maxMessages, maxBytes: 65_536, windowSeconds: 0 },
  ...retryAfter(waitSeconds),
});

/** Runs as deployed, and counts the pumps that are started. */
function counting(push: Push): { readonly stop: () => void; readonly pumps: () => number } {
  const { stop } = running(push);
  const { handlers } = push.starter;
  let pumps = 0;
  push.starter.handlers = {
    clock: (owner) => handlers?.clock(owner),
    pump: (ref) => {
      pumps++;
      handlers?.pump(ref);
    },
  };
  return { stop, pumps: () => pumps };
}

describe("GIVEN an ordered push subscription WHEN twenty messages of one key fail at first", () => {
  it.each([
    { batch: 1, together: 1, what: "one to a delivery, published one by one" },
    { batch: 1, together: 20, what: "one to a delivery, published at once" },
    { batch: 10, together: 1, what: "ten to a delivery, published one by one" },
  ])(
    "THEN no more pumps are started than deliveries made, or doorbells rung: $what",
    async ({ batch, together }) => {
      const push = await aPush(settingsOf(batch, 5), ORDERED);
      push.answerWith(async (messages) => {
        await push.clock.sleep(SECOND_MS / 2);
        return messages.some(({ attempt }) => attempt === 1) ? failing(messages) : allDone;
      });
      const { stop, pumps } = counting(push);
      await publishMany(push.engine, 20, together);
      await push.clock.advance(5 * MINUTE_MS);
      stop();
      expect(push.done).toHaveLength(20);
      expect(push.deliveries.length).toBeGreaterThanOrEqual(40 / batch);
      // Until something has failed, each doorbell may start one.
      const doorbells = 20 / together;
      expect(pumps()).toBeLessThanOrEqual(Math.max(doorbells, push.deliveries.length) + SPARE_STARTS);
    },
  );
});

it.each([1, 20])(
  "GIVEN a key that always fails WHEN one is published every %i seconds THEN each delivery starts one pump",
  async (everySeconds) => {
    const push = await aPush(settingsOf(1, 30), ORDERED);
    push.answerWith(async (messages) => failing(messages));
    const { stop, pumps } = counting(push);
    for (let second = 0; second < 600; second += everySeconds) {
      await publishMany(push.engine, 1);
      await push.clock.advance(everySeconds * SECOND_MS);
    }
    stop();
    expect(push.deliveries.length).toBeGreaterThanOrEqual(19);
    expect(pumps()).toBeLessThanOrEqual(push.deliveries.length + SPARE_STARTS);
  },
);

it("GIVEN a key that failed for long WHEN it succeeds THEN what was published behind it follows at once", async () => {
  const push = await aPush(settingsOf(1, 30), ORDERED);
  let isBroken = true;
  push.answerWith(async (messages) => (isBroken ? failing(messages) : allDone));
  const { stop } = counting(push);
  for (let at = 0; at < 20; at++) {
    await publishMany(push.engine, 1);
    await push.clock.advance(SECOND_MS);
  }
  isBroken = false;
  await push.clock.advance(31 * SECOND_MS);
  stop();
  expect(push.done).toHaveLength(20);
});
