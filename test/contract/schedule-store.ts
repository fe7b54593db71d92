import type { Beside } from "../../lib/domain/beside.js";
import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { ScheduleStore } from "../../lib/domain/ports/schedule-store.js";
import type { TimerStore } from "../../lib/domain/ports/timer-store.js";
import type { TopicStore } from "../../lib/domain/ports/topic-store.js";
import { type Schedule, SCHEDULES_AT_MOST, scheduleEntry, scheduleTimer } from "../../lib/domain/schedule.js";
import type { Timer } from "../../lib/domain/timer.js";
import type { Topic } from "../../lib/domain/topic.js";
import {
  MINUTE_MS,
  NOW_MS,
  aNonce,
  aPartition,
  aSchedule,
  aSlot,
  aTopic,
  anOwnership,
  refOf,
} from "./builders.js";

interface Stores {
  readonly schedules: ScheduleStore;
  readonly topics: TopicStore;
  readonly timers: TimerStore;
  readonly log: LogStore;
}

/** Timers of all topics lie together: these are due later than any other test's. */
const FAR_MS = NOW_MS + 1_000 * 365 * 86_400_000;
const ALL = 1_000;

interface Made extends Stores {
  readonly topic: Topic;
  readonly timersOf: () => Promise<readonly Timer[]>;
}

/** What every {@link ScheduleStore} promises. */
export function scheduleStoreContract(make: () => Promise<Stores>): void {
  const set: { timers: TimerStore; schedule: Schedule }[] = [];
  const made = async (): Promise<Made> => {
    const stores = await make();
    const topic = aTopic();
    await stores.topics.create(topic);
    const timersOf = async () =>
      (await stores.timers.due(FAR_MS + MINUTE_MS * 60, ALL)).filter(
        (timer) => "topic" in timer && timer.topic.uid === topic.uid,
      );
    return { ...stores, topic, timersOf };
  };
  const create = async (
    { schedules, timers, topic }: Made,
    fields: Partial<Schedule> = {},
  ): Promise<Schedule> => {
    const schedule = aSchedule(refOf(topic), { nextRunMs: FAR_MS, ...fields });
    expect(await schedules.create(schedule)).toEqual({ kind: "created" });
    set.push({ timers, schedule });
    return schedule;
  };
  const nextOf = (schedule: Schedule, fields: Partial<Schedule> = {}): Schedule => ({
    ...schedule,
    version: schedule.version + 1,
    lastRunMs: NOW_MS,
    ...fields,
  });

  describe("a store of schedules", () => {
    afterEach(async () => {
      for (const { timers } of set.splice(0))
        for (const timer of await timers.due(FAR_MS + MINUTE_MS * 60, ALL))
          if (timer.kind === "schedule" && timer.dueMs >= FAR_MS) await timers.remove(timer);
    });

    it("has what was created, in full, with the timer of its next run", async () => {
      const stores = await made();
      const schedule = await create(stores, {
        ownership: anOwnership("one"),
        lastDueMs: 7,
        lastMessageId: "m",
      });
      expect(await stores.schedules.get(stores.topic, schedule.name)).toEqual(schedule);
      expect(await stores.timersOf()).toEqual([scheduleTimer(schedule)]);
      expect(await stores.schedules.get(stores.topic, "another")).toBeUndefined();
      expect(await stores.schedules.get(aTopic({ name: stores.topic.name }), schedule.name)).toBeUndefined();
    });

    it("sets no timer for one that has no next run", async () => {
      const stores = await made();
      const { nextRunMs: _, ...paused } = aSchedule(refOf(stores.topic), { paused: true });
      await stores.schedules.create(paused);
      expect(await stores.timersOf()).toEqual([]);
      expect(await stores.schedules.get(stores.topic, paused.name)).toEqual(paused);
    });

    it("creates one of a name, and says so again where the answer was lost", async () => {
      const stores = await made();
      const schedule = await create(stores);
      const other = { ...schedule, uid: aNonce() };
      expect(await stores.schedules.create(schedule)).toEqual({ kind: "created" });
      expect(await stores.schedules.create(other)).toEqual({ kind: "exists", schedule });
    });

    it("creates none for a topic that is gone, or was made anew, and none beyond the limit", async () => {
      // GIVEN
      const stores = await made();
      const { schedules, topic } = stores;
      expect(await schedules.create(aSchedule(refOf(aTopic())))).toEqual({ kind: "topic-gone" });
      const anew = { name: topic.name, uid: "another" };
      expect(await schedules.create(aSchedule(anew))).toEqual({ kind: "topic-gone" });
      const { nextRunMs: _, ...paused } = aSchedule(refOf(topic), { paused: true });
      for (let made = 0; made < SCHEDULES_AT_MOST; made++)
        await schedules.create({ ...paused, name: `s${made}`, uid: aNonce() });
      // THEN
      expect(await schedules.create(paused)).toEqual({ kind: "too-many" });
      // WHEN
      const first = await schedules.get(topic, "s0");
      expect(first && (await schedules.delete(first))).toBe("deleted");
      // THEN
      expect(await schedules.create(paused)).toEqual({ kind: "created" });
    });

    it("lists them by name, page by page, without their messages", async () => {
      const stores = await made();
      const all = [await create(stores, { name: "a" }), await create(stores, { name: "c" })];
      all.splice(1, 0, await create(stores, { name: "b" }));
      const first = await stores.schedules.list(stores.topic, { limit: 2 });
      const rest = await stores.schedules.list(stores.topic, { limit: 2, cursor: first.nextCursor ?? "" });
      expect([...first.items, ...rest.items]).toEqual(all.map(scheduleEntry));
      expect(rest.nextCursor).toBeUndefined();
    });

    it("changes the version before only, with its timer", async () => {
      const stores = await made();
      const schedule = await create(stores);
      const next = nextOf(schedule, { cron: "0 * * * *", nextRunMs: FAR_MS + MINUTE_MS });
      expect(await stores.schedules.update({ ...next, version: 3 })).toBe("conflict");
      expect(await stores.schedules.update({ ...next, uid: aNonce() })).toBe("conflict");
      expect(await stores.timersOf()).toEqual([scheduleTimer(schedule)]);
      expect(await stores.schedules.update(next)).toBe("updated");
      expect(await stores.schedules.get(stores.topic, schedule.name)).toEqual(next);
      expect(await stores.timersOf()).toEqual([scheduleTimer(schedule), scheduleTimer(next)]);
      expect(await stores.schedules.update(next)).toBe("conflict");
    });

    it("lets nobody remove the timer that a later version set for the same time", async () => {
      const stores = await made();
      const schedule = await create(stores);
      const next = nextOf(schedule);
      await stores.schedules.update(next);
      await stores.timers.remove(scheduleTimer(schedule) as Timer);
      expect(await stores.timersOf()).toEqual([scheduleTimer(next)]);
      await stores.timers.remove(scheduleTimer(next) as Timer);
      expect(await stores.timersOf()).toEqual([]);
    });

    it("deletes what is there, of one version if that is asked for", async () => {
      const stores = await made();
      const schedule = await create(stores);
      expect(await stores.schedules.delete({ ...schedule, uid: aNonce() })).toBe("gone");
      expect(await stores.schedules.delete(schedule, 2)).toBe("changed");
      expect(await stores.schedules.delete(schedule, 1)).toBe("deleted");
      expect(await stores.schedules.delete(schedule)).toBe("gone");
      expect(await stores.schedules.get(stores.topic, schedule.name)).toBeUndefined();
      expect(await stores.schedules.update(nextOf(schedule))).toBe("conflict");
    });

    it("purges those of a topic, some at a time", async () => {
      const stores = await made();
      await create(stores);
      await create(stores);
      expect(await stores.schedules.purge(stores.topic, 1)).toBe(false);
      while (!(await stores.schedules.purge(stores.topic, 1)));
      expect((await stores.schedules.list(stores.topic, { limit: 5 })).items).toEqual([]);
      expect(await stores.schedules.purge(aTopic(), 1)).toBe(true);
    });
  });

  describe("an append that is a run", () => {
    const runOf = (next: Schedule): { readonly beside: readonly Beside[] } => {
      const timer = scheduleTimer(next);
      const timers = timer ? [{ kind: "timer", timer } as const] : [];
      return { beside: [{ kind: "schedule", schedule: next }, ...timers] };
    };

    it("stores its slot, the schedule after it, and its next timer: who is second stores nothing", async () => {
      // GIVEN
      const stores = await made();
      const schedule = await create(stores);
      const [partition, next] = [aPartition(), nextOf(schedule, { nextRunMs: FAR_MS + MINUTE_MS })];
      // WHEN
      const first = await stores.log.append(partition, aSlot(), { anchorVersion: 0, ...runOf(next) });
      const second = await stores.log.append(partition, aSlot({ base: 1 }), runOf(next));
      // THEN
      expect([first, second]).toEqual([{ kind: "stored" }, { kind: "refused", refusals: [{ index: 0 }] }]);
      expect(await stores.log.tail(partition)).toMatchObject({ base: 0 });
      expect(await stores.schedules.get(stores.topic, schedule.name)).toEqual(next);
      expect(await stores.timersOf()).toContainEqual(scheduleTimer(next));
    });

    it("lets one of many through, each at a place of its own", async () => {
      const stores = await made();
      const next = nextOf(await create(stores));
      const runs = Array.from({ length: 6 }, () => stores.log.append(aPartition(), aSlot(), runOf(next)));
      const kinds = (await Promise.all(runs)).map(({ kind }) => kind).sort();
      expect(kinds).toEqual([...Array<string>(5).fill("refused"), "stored"]);
    });

    it("stores nothing of one that was changed or deleted, and changes nothing where the place is lost", async () => {
      // GIVEN
      const stores = await made();
      const schedule = await create(stores);
      const [partition, next] = [aPartition(), nextOf(schedule, { nextRunMs: FAR_MS + MINUTE_MS })];
      await stores.log.append(partition, aSlot());
      // THEN
      const lost = await stores.log.append(partition, aSlot(), runOf(next));
      expect(lost.kind).toBe("lost");
      expect(await stores.schedules.get(stores.topic, schedule.name)).toEqual(schedule);
      expect(await stores.timersOf()).toEqual([scheduleTimer(schedule)]);
      await stores.schedules.update(nextOf(schedule, { description: "other" }));
      expect((await stores.log.append(partition, aSlot({ base: 1 }), runOf(next))).kind).toBe("refused");
      await stores.schedules.delete(schedule);
      expect((await stores.log.append(partition, aSlot({ base: 1 }), runOf(next))).kind).toBe("refused");
      expect(await stores.log.tail(partition)).toMatchObject({ base: 0 });
    });

    it("tells a claim that was in the way from a schedule that was", async () => {
      const stores = await made();
      const next = nextOf(await create(stores));
      const claim = {
        kind: "claim",
        name: `run#${aNonce()}`,
        value: "first",
        expiresAtMs: NOW_MS + 5,
      } as const;
      await stores.log.append(aPartition(), aSlot(), { beside: [claim] });
      const beside = [claim, ...runOf({ ...next, version: 7 }).beside];
      const outcome = await stores.log.append(aPartition(), aSlot(), { beside });
      expect(outcome).toEqual({ kind: "refused", refusals: [{ index: 0, value: "first" }, { index: 1 }] });
    });
  });
}
