import { randomInt } from "node:crypto";
import type { TimerStore } from "../../lib/domain/ports/timer-store.js";
import { subscriptionKey } from "../../lib/domain/subscription.js";
import { MINUTE_MS, NOW_MS, aSubscriptionRef, aTopic, refOf, unique } from "./builders.js";
import {
  type SubscriptionTimer,
  TIMER_KEYS,
  type Timer,
  timerKey,
  timerName,
} from "../../lib/domain/timer.js";

const YEAR_MS = 365 * 86_400_000;
const ALL = 1_000;

/** Timers of all subscriptions lie together: each test has a stretch of time of its own, and clears it. */
const aStretchMs = (): number => NOW_MS + randomInt(100 * YEAR_MS);
const aTimer = (dueMs: number, subscription = aSubscriptionRef()): SubscriptionTimer => ({
  kind: "wake-up",
  dueMs,
  subscription,
});
const subjectOf = (timer: Timer): string =>
  "topic" in timer ? timer.topic.uid : subscriptionKey(timer.subscription);
const bySubscription = (a: Timer, b: Timer): number => (timerName(a) < timerName(b) ? -1 : 1);

/** What every {@link TimerStore} promises. */
export function timerStoreContract(make: () => Promise<TimerStore>): void {
  describe("a timer store", () => {
    let cleared: (() => Promise<void>)[] = [];
    afterEach(async () => {
      await Promise.all(cleared.map((clear) => clear()));
      cleared = [];
    });
    /** A store that is cleared of what is set in it, and what of that it says is due. */
    const aStore = async () => {
      const timers = await make();
      const ours: Timer[] = [];
      cleared.push(async () => void (await Promise.all(ours.map((timer) => timers.remove(timer)))));
      const set = async (...more: Timer[]) => {
        ours.push(...more);
        await Promise.all(more.map((timer) => timers.set(timer)));
      };
      const due = async (untilMs: number, limit = ALL): Promise<readonly Timer[]> => {
        const keys = new Set(ours.map(subjectOf));
        return (await timers.due(untilMs, limit)).filter((timer) => keys.has(subjectOf(timer)));
      };
      return { timers, set, due };
    };

    it("has a timer due from its time on, and not before", async () => {
      // GIVEN
      const { set, due } = await aStore();
      const timer = aTimer(aStretchMs());
      // WHEN
      await set(timer);
      // THEN
      expect(await due(timer.dueMs - 1)).toEqual([]);
      expect(await due(timer.dueMs)).toEqual([timer]);
      expect(await due(timer.dueMs + YEAR_MS)).toEqual([timer]);
    });

    it("keeps a job's timer apart from others of its subscription, and tells of which job it is", async () => {
      const { timers, set, due } = await aStore();
      const [dueMs, subscription] = [aStretchMs(), aSubscriptionRef()];
      const jobs = ["a", "b"].map((job): Timer => ({ kind: "redrive", dueMs, subscription, job }));
      await set(...jobs, aTimer(dueMs, subscription));
      await timers.remove(aTimer(dueMs, subscription));
      expect([...(await due(dueMs))].sort(bySubscription)).toEqual(jobs);
    });

    it("leaves a timer alone that was set anew since, as it is removed or put off", async () => {
      // GIVEN
      const { timers, set, due } = await aStore();
      const topic = refOf(aTopic());
      const first: Timer = { kind: "delayed", topic, part: 3, nonce: unique("n"), dueMs: aStretchMs() };
      const second = { ...first, nonce: unique("n") };
      await set(first);
      await set(second);
      // WHEN
      await timers.remove(first);
      await timers.replace(first, { ...first, dueMs: first.dueMs + 1 });
      // THEN
      expect(await due(first.dueMs + 1)).toEqual([second]);
      const later = { ...second, dueMs: second.dueMs + 1, failures: 1 };
      await timers.replace(second, later);
      expect(await due(later.dueMs)).toEqual([later]);
      await timers.remove(later);
      expect(await due(later.dueMs)).toEqual([]);
    });

    it("has the soonest first, by number", async () => {
      // GIVEN times with more and fewer digits
      const { set, due } = await aStore();
      const dueMs = aStretchMs();
      const timers = [randomInt(1_000_000), NOW_MS - MINUTE_MS, dueMs, dueMs + 1, dueMs + 10].map((ms) =>
        aTimer(ms),
      );
      // WHEN
      await set(...[...timers].reverse());
      // THEN
      expect(await due(dueMs + MINUTE_MS)).toEqual(timers);
    });

    it("gives no more than the limit, the soonest of them", async () => {
      // GIVEN
      const { timers, set } = await aStore();
      const dueMs = aStretchMs();
      await set(...[3, 1, 2, 0].map((ms) => aTimer(dueMs + ms)));
      const all = await timers.due(dueMs + MINUTE_MS, ALL);
      // WHEN
      const first = await timers.due(dueMs + MINUTE_MS, 2);
      // THEN
      expect(first).toEqual(all.slice(0, 2));
    });

    it("keeps one timer where the same is set twice, at once too", async () => {
      const { set, due } = await aStore();
      const timer = aTimer(aStretchMs());
      await set(timer, timer);
      await set(timer);
      expect(await due(timer.dueMs)).toEqual([timer]);
    });

    it("keeps subscriptions at the same time, and times of the same subscription, apart", async () => {
      // GIVEN
      const { set, due } = await aStore();
      const dueMs = aStretchMs();
      const subscription = aSubscriptionRef();
      const timers = [aTimer(dueMs, subscription), aTimer(dueMs)].sort(bySubscription);
      const later = aTimer(dueMs + 1, subscription);
      // WHEN
      await set(...timers, later);
      // THEN
      expect([...(await due(dueMs))].sort(bySubscription)).toEqual(timers);
      expect((await due(dueMs + 1)).at(-1)).toEqual(later);
    });

    it("removes one timer and no other, and is content where it is gone already", async () => {
      // GIVEN
      const { timers, set, due } = await aStore();
      const dueMs = aStretchMs();
      const subscription = aSubscriptionRef();
      const [first, second] = [aTimer(dueMs, subscription), aTimer(dueMs + 1, subscription)];
      await set(first, second);
      // WHEN
      await timers.remove(first);
      await timers.remove(first);
      // THEN
      expect(await due(dueMs + 1)).toEqual([second]);
    });

    it("replaces a timer by a later one, and no other", async () => {
      // GIVEN
      const { timers, set, due } = await aStore();
      const dueMs = aStretchMs();
      const timer = aTimer(dueMs);
      const [later, other] = [{ ...timer, dueMs: dueMs + 10, failures: 1 }, aTimer(dueMs + 1)];
      await set(timer, other);
      // WHEN
      await timers.replace(timer, later);
      // THEN
      expect(await due(dueMs)).toEqual([]);
      expect(await due(dueMs + 10)).toEqual([other, later]);
      await timers.remove(later);
    });

    it("does not replace a timer that is gone: it never becomes two", async () => {
      // GIVEN two that put the same timer off at the same time
      const { timers, set, due } = await aStore();
      const timer = aTimer(aStretchMs());
      await set(timer);
      const later = [1, 2].map((ms) => ({ ...timer, dueMs: timer.dueMs + ms, failures: 1 }));
      // WHEN
      const outcomes = await Promise.allSettled(later.map((one) => timers.replace(timer, one)));
      // THEN one is there, unless both met in the store, and neither was carried out
      expect(outcomes.map(({ status }) => status)).toContain("fulfilled");
      expect(await due(timer.dueMs + 2)).toHaveLength(1);
      await Promise.all(later.map((one) => timers.remove(one)));
    });

    it("leaves alone what a newer version set: it is not shown, and hides nothing that is due behind it", async () => {
      // GIVEN more of them in front than a look asks for
      const { timers, set, due } = await aStore();
      const dueMs = aStretchMs();
      const newer = Array.from({ length: 12 }, (_, ms) => ({
        ...aTimer(dueMs + ms),
        kind: "of-a-newer-version",
      }));
      const subscription = newer[0]?.subscription ?? aSubscriptionRef();
      const ours = aTimer(dueMs + 100, subscription);
      await set(...(newer as unknown as Timer[]), ours);
      // WHEN
      const all = await timers.due(dueMs + 100, ALL);
      const first = (await timers.due(dueMs + 100, all.length)).at(-1);
      // THEN
      expect(await due(dueMs + 100)).toEqual([ours]);
      expect(first).toEqual(ours);
    });

    it("keeps how often a timer failed", async () => {
      const { set, due } = await aStore();
      const timer = { ...aTimer(aStretchMs()), failures: 3 };
      await set(timer);
      expect(await due(timer.dueMs)).toEqual([timer]);
    });

    it("has the soonest of all first, wherever they lie", async () => {
      // GIVEN many subscriptions, and so timers on every key
      const { set, due } = await aStore();
      const dueMs = aStretchMs();
      const timers = Array.from({ length: 40 }, (_, ms) => aTimer(dueMs + ms));
      await set(...[...timers].reverse());
      // WHEN
      const found = await due(dueMs + 40);
      // THEN
      expect(new Set(timers.map(timerKey)).size).toBe(TIMER_KEYS);
      expect(found).toEqual(timers);
    });

    it("shows a timer to whoever looks after it was set", async () => {
      const { set, due } = await aStore();
      for (let round = 0; round < 10; round++) {
        const timer = aTimer(aStretchMs());
        await set(timer);
        expect(await due(timer.dueMs)).toContainEqual(timer);
      }
    });
  });
}
