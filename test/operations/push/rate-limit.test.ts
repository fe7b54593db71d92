import type { DeliveryOutcome } from "../../../lib/domain/delivery-outcome.js";
import { wake } from "../../../lib/operations/manage/wake.js";
import { changeSubscription } from "../../../lib/operations/manage/subscriptions.js";
import { aPush, allDone, failing, publishMany, running } from "../a-push.js";

const SECOND_MS = 1_000;
const THROTTLED: DeliveryOutcome = { kind: "unavailable", reason: "throttled", error: "429" };

const mostInASecond = (at: readonly number[]): number =>
  Math.max(...at.map((ms) => at.filter((other) => other > ms - SECOND_MS && other <= ms).length));

async function limited(rateLimitPerSecond: number, ordering: "none" | "key" = "none") {
  const push = await aPush({ rateLimitPerSecond, maxConcurrency: 30 }, { ordering });
  const { stop } = running(push);
  const startedAt = (): number[] => push.deliveries.flatMap(({ atMs, messages }) => messages.map(() => atMs));
  return { ...push, stop, startedAt };
}

describe("rateLimitPerSecond", () => {
  it.each([
    [0.5, "none", 20],
    [3, "none", 90],
    [50, "none", 1_500],
    [50, "key", 1_500],
  ] as const)(
    "of %d, ordering %s, is never exceeded, and used by nine tenths",
    async (rate, ordering, count) => {
      const push = await limited(rate, ordering);
      push.answerWith(async () => {
        await push.clock.sleep(200);
        return allDone;
      });
      await publishMany(push.engine, count, 100, 64);
      const forMs = 30 * SECOND_MS;
      await push.clock.advance(forMs);
      push.stop();
      const at = push.startedAt();
      expect(mostInASecond(at)).toBeLessThanOrEqual(Math.ceil(rate));
      expect(at.length).toBeGreaterThanOrEqual((0.9 * rate * forMs) / SECOND_MS - 1);
    },
  );

  it("holds over what is new and what failed together", async () => {
    const push = await limited(10);
    push.answerWith(async (messages) => (push.deliveries.length % 2 === 0 ? failing(messages) : allDone));
    await publishMany(push.engine, 300);
    await push.clock.advance(40 * SECOND_MS);
    push.stop();
    const at = push.startedAt();
    expect(mostInASecond(at)).toBeLessThanOrEqual(10);
    expect(at.length).toBeGreaterThanOrEqual(330);
  });

  it("leases nothing that has to wait for it", async () => {
    const push = await limited(1, "key");
    await publishMany(push.engine, 100, 100, 64);
    await push.clock.advance(10 * SECOND_MS);
    const records = [...push.storage.progress.values()].flatMap((progress) => [...progress.due.values()]);
    push.stop();
    expect(records.length).toBeLessThanOrEqual(1);
  });

  it("takes effect within ten seconds, up and down", async () => {
    const push = await limited(0.1);
    await publishMany(push.engine, 3_000);
    await push.clock.advance(20 * SECOND_MS);
    const slow = push.startedAt().length;
    await changeSubscription(push.engine, "orders", "ship", { rateLimitPerSecond: 100 });
    await push.clock.advance(10 * SECOND_MS);
    const before = push.startedAt().length;
    await push.clock.advance(10 * SECOND_MS);
    const fast = push.startedAt().length - before;
    await changeSubscription(push.engine, "orders", "ship", { rateLimitPerSecond: 2 });
    await push.clock.advance(10 * SECOND_MS);
    const changed = push.startedAt().length;
    await push.clock.advance(10 * SECOND_MS);
    push.stop();
    expect(slow).toBeLessThanOrEqual(3);
    expect([fast >= 900, fast <= 1_000]).toEqual([true, true]);
    expect(push.startedAt().length - changed).toBeLessThanOrEqual(20);
    expect(mostInASecond(push.startedAt())).toBeLessThanOrEqual(100);
  });

  it("holds while its target takes nothing, is tried again, and is well again", async () => {
    const push = await limited(10);
    let isWell = false;
    push.answerWith(() => Promise.resolve(isWell ? allDone : THROTTLED));
    const all = await publishMany(push.engine, 200);
    for (const well of [false, true, false, true, true]) {
      isWell = well;
      await push.clock.advance(15 * SECOND_MS);
    }
    push.stop();
    expect(mostInASecond(push.startedAt())).toBeLessThanOrEqual(10);
    expect(new Set(push.done)).toEqual(new Set(all));
  });

  it("is handed on by a pump that finds its subscription asleep", async () => {
    const push = await limited(0.1);
    push.answerWith(() => Promise.resolve({ ...THROTTLED, retryAfterMs: 5 * SECOND_MS }));
    await publishMany(push.engine, 10);
    await push.clock.advance(SECOND_MS);
    // WHEN
    void push.pump();
    await push.clock.advance(SECOND_MS);
    await wake(push.engine, "orders", "ship");
    await push.clock.advance(6 * SECOND_MS);
    // THEN
    expect(push.deliveries).toHaveLength(1);
    await push.clock.advance(4 * SECOND_MS);
    push.stop();
    expect(push.deliveries).toHaveLength(2);
  });

  it("says how long it held deliveries back", async () => {
    const push = await limited(2);
    await publishMany(push.engine, 10);
    await push.clock.advance(20 * SECOND_MS);
    push.stop();
    const ended = push.telemetry.events.filter(({ name }) => name === "pump-ended");
    expect(ended.some(({ fields }) => Number(fields["heldBackMs"]) > 3_000)).toBe(true);
  });
});
