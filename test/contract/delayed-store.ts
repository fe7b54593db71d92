import { CANCELLED_FOR_MS, type Delayed, delayedEntry, delayedId, taking } from "../../lib/domain/delayed.js";
import type { Claim } from "../../lib/domain/beside.js";
import type { DelayedStore } from "../../lib/domain/ports/delayed-store.js";
import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { TimerStore } from "../../lib/domain/ports/timer-store.js";
import type { DelayedTimer } from "../../lib/domain/timer.js";
import type { Topic } from "../../lib/domain/topic.js";
import { NOW_MS, aNonce, aPartition, aSlot, aTopic, unique } from "./builders.js";

interface Stores {
  readonly delayed: DelayedStore;
  readonly timers: TimerStore;
  readonly log: LogStore;
}

let index = 0;
export function aDelayed(topic: Topic, dueMs: number, fields: Partial<Delayed> = {}): Delayed {
  const id = delayedId(topic, { dueMs, scheduledAtMs: NOW_MS, index: index++ % 1_000, nonce: aNonce() });
  return {
    ...{ id, dueMs, scheduledAtMs: NOW_MS, contentType: "text/plain", bodyBytes: 3 },
    copy: {
      ...{ encoding: "msgpack", unpackedBytes: 20, checksum: "sum" },
      content: { kind: "inline", bytes: Uint8Array.from([1, 2, 3]) },
    },
    ...fields,
  };
}
const aTimer = ({ name, uid }: Topic, dueMs: number): DelayedTimer => ({
  ...{ kind: "delayed", topic: { name, uid }, part: 0, nonce: unique("nonce"), dueMs },
});
const CLAIMED_FOR_MS = 60_000;
const aClaim = (value: string): Claim => ({
  ...{ kind: "claim", name: unique("record"), value, expiresAtMs: NOW_MS + CLAIMED_FOR_MS },
});
const rememberedUntilMs = NOW_MS + CANCELLED_FOR_MS;
const idsOf = (all: readonly { readonly id: string }[]): readonly string[] => all.map(({ id }) => id);

/** What every {@link DelayedStore} promises. */
export function delayedStoreContract(make: () => Promise<Stores>): void {
  describe("a store of delayed messages", () => {
    it("has what was put due from its time on, in full, with its timer", async () => {
      // GIVEN
      const { delayed, timers } = await make();
      const topic = aTopic();
      const dueMs = NOW_MS + 5_000;
      const full = { key: "k", tag: "t", businessKey: "b", expiresAtMs: NOW_MS + 9_000 };
      const one = aDelayed(topic, dueMs, full);
      const large = aDelayed(topic, dueMs + 1, {
        copy: { ...one.copy, content: { kind: "segment", key: "segments/3d/x", sizeBytes: 70_000 } },
      });
      const timer = aTimer(topic, dueMs);
      // WHEN
      await delayed.put(topic, [one, large], [timer]);
      // THEN
      expect(await delayed.due(topic, dueMs - 1, 10)).toEqual([]);
      expect(await delayed.due(topic, dueMs, 10)).toEqual([one]);
      expect(await delayed.due(topic, dueMs + 1, 10)).toEqual([one, large]);
      expect((await timers.due(dueMs, 1_000)).filter(({ kind }) => kind === "delayed")).toContainEqual(timer);
      await timers.remove(timer);
    });

    it("is stored with the claims beside it, or not at all, and says which of them refused", async () => {
      // GIVEN
      const { delayed, log } = await make();
      const topic = aTopic();
      const [one, other] = [aDelayed(topic, NOW_MS + 1_000), aDelayed(topic, NOW_MS + 2_000)];
      const [held, free] = [aClaim("first"), aClaim("mine")];
      await log.append(aPartition(), aSlot(), { beside: [held] });
      const [timer, nowMs] = [aTimer(topic, NOW_MS + 1_000), NOW_MS];
      // WHEN
      const refused = await delayed.put(topic, [one], [timer], { claims: [free, held], nowMs });
      const stored = await delayed.put(topic, [other], [timer], { claims: [free], nowMs });
      const later = { claims: [held], nowMs: NOW_MS + CLAIMED_FOR_MS };
      const after = await delayed.put(topic, [aDelayed(topic, NOW_MS + 3_000)], [timer], later);
      // THEN
      expect(refused).toEqual([{ index: 1, value: "first" }]);
      expect(stored).toEqual([]);
      expect(idsOf(await delayed.due(topic, NOW_MS + 2_999, 10))).toEqual([other.id]);
      expect(await log.append(aPartition(), aSlot(), { beside: [free] })).toMatchObject({ kind: "refused" });
      expect(after).toEqual([]);
      expect(await delayed.due(topic, NOW_MS + 3_000, 10)).toHaveLength(2);
    });

    it("lets one of many claim a record, and stores that one's message alone", async () => {
      const { delayed } = await make();
      const topic = aTopic();
      const claim = aClaim("");
      const all = Array.from({ length: 6 }, (_, at) => aDelayed(topic, NOW_MS + at));
      const put = async (one: Delayed): Promise<string> => {
        const beside = { claims: [{ ...claim, value: one.id }], nowMs: NOW_MS };
        const [refusal] = await delayed.put(topic, [one], [aTimer(topic, one.dueMs)], beside);
        return refusal?.value ?? one.id;
      };
      const told = await Promise.all(all.map(put));
      expect(new Set(told).size).toBe(1);
      expect(idsOf(await delayed.due(topic, NOW_MS + 100, 10))).toEqual(told.slice(0, 1));
    });

    it("has the soonest first, as many as asked for, though they lie in several places", async () => {
      const { delayed } = await make();
      const topic = aTopic();
      const all = Array.from({ length: 98 }, (_, at) => aDelayed(topic, NOW_MS + ((at * 37) % 98)));
      await delayed.put(topic, all, [aTimer(topic, NOW_MS)]);
      const sorted = [...all].sort((one, other) => one.dueMs - other.dueMs);
      for (const limit of [1, 7, 40, 98, 200])
        expect(idsOf(await delayed.due(topic, NOW_MS + 1_000, limit))).toEqual(idsOf(sorted.slice(0, limit)));
      const { items } = await delayed.list(topic, { limit: 100 });
      expect(items).toEqual(sorted.map(delayedEntry));
    });

    it("is listed page by page, each once", async () => {
      const { delayed } = await make();
      const topic = aTopic();
      const all = Array.from({ length: 30 }, (_, at) => aDelayed(topic, NOW_MS + at));
      await delayed.put(topic, all, [aTimer(topic, NOW_MS)]);
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await delayed.list(topic, { limit: 7, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(7);
        seen.push(...idsOf(page.items));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(idsOf(all));
      const wrong = delayed.list(topic, { limit: 7, cursor: "nonsense" });
      await expect(wrong).rejects.toMatchObject({ code: "invalid-request" });
    });

    it("is found by its id, in full, until it is published or cancelled, and in its own topic alone", async () => {
      // GIVEN
      const { delayed, log } = await make();
      const topic = aTopic();
      const [one, other] = [aDelayed(topic, NOW_MS, { key: "k" }), aDelayed(topic, NOW_MS)];
      // WHEN
      await delayed.put(topic, [one, other], [aTimer(topic, NOW_MS)]);
      // THEN
      expect(await delayed.get(topic, one.id)).toEqual(one);
      expect(await delayed.get({ ...topic, uid: aTopic().uid }, one.id)).toBeUndefined();
      for (const id of ["nonsense", `${topic.name}.${topic.uid}.0.1`, aDelayed(aTopic(), NOW_MS).id])
        expect(await delayed.get(topic, id)).toBeUndefined();
      await log.append(aPartition(0, topic), aSlot(), { beside: [taking(topic, one)] });
      await delayed.cancel(topic, other.id, rememberedUntilMs);
      for (const { id } of [one, other]) expect(await delayed.get(topic, id)).toBeUndefined();
    });

    it("is gone once an append has taken it, and then cannot be cancelled", async () => {
      const { delayed, log } = await make();
      const topic = aTopic();
      const one = aDelayed(topic, NOW_MS);
      await delayed.put(topic, [one], [aTimer(topic, NOW_MS)]);
      const beside = [taking(topic, one)];
      expect(await log.append(aPartition(0, topic), aSlot(), { beside })).toEqual({ kind: "stored" });
      expect(await delayed.due(topic, NOW_MS, 10)).toEqual([]);
      expect(await delayed.cancel(topic, one.id, rememberedUntilMs)).toBe("gone");
    });

    it("cannot be taken once it is cancelled, and says so again to who cancels it again", async () => {
      const { delayed, log } = await make();
      const topic = aTopic();
      const [one, other] = [aDelayed(topic, NOW_MS), aDelayed(topic, NOW_MS)];
      await delayed.put(topic, [one, other], [aTimer(topic, NOW_MS)]);
      const cancel = () => delayed.cancel(topic, one.id, rememberedUntilMs);
      expect([await cancel(), await cancel()]).toEqual(["cancelled", "cancelled"]);
      const beside = [taking(topic, other), taking(topic, one)];
      const outcome = await log.append(aPartition(0, topic), aSlot(), { beside });
      expect(outcome).toEqual({ kind: "refused", refusals: [{ index: 1 }] });
      expect(idsOf(await delayed.due(topic, NOW_MS, 10))).toEqual([other.id]);
      expect(idsOf((await delayed.list(topic, { limit: 10 })).items)).toEqual([other.id]);
    });

    it("has one winner where a publish and a cancellation meet", async () => {
      const { delayed, log } = await make();
      for (let round = 0; round < 5; round++) {
        const topic = aTopic();
        const one = aDelayed(topic, NOW_MS);
        await delayed.put(topic, [one], [aTimer(topic, NOW_MS)]);
        const [cancelled, published] = await Promise.allSettled([
          delayed.cancel(topic, one.id, rememberedUntilMs),
          log.append(aPartition(0, topic), aSlot(), { beside: [taking(topic, one)] }),
        ]);
        const isPublished = published.status === "fulfilled" && published.value.kind === "stored";
        const isCancelled = cancelled.status === "fulfilled" && cancelled.value === "cancelled";
        expect(isPublished && isCancelled).toBe(false);
        expect((await delayed.due(topic, NOW_MS, 10)).length).toBe(isPublished || isCancelled ? 0 : 1);
      }
    });

    it("knows nothing of another topic's, or of another life's", async () => {
      const { delayed } = await make();
      const topic = aTopic();
      const next: Topic = { ...topic, uid: aTopic().uid };
      const one = aDelayed(topic, NOW_MS);
      await delayed.put(topic, [one], [aTimer(topic, NOW_MS)]);
      for (const other of [next, aTopic()]) {
        expect(await delayed.due(other, NOW_MS, 10)).toEqual([]);
        expect(await delayed.cancel(other, one.id, rememberedUntilMs)).toBe("gone");
      }
      expect(await delayed.due(topic, NOW_MS, 10)).toEqual([one]);
    });

    it("purges all of a topic, little by little, what was cancelled too, and no other's", async () => {
      const { delayed } = await make();
      const [topic, other] = [aTopic(), aTopic()];
      const all = Array.from({ length: 40 }, () => aDelayed(topic, NOW_MS));
      await delayed.put(topic, all, [aTimer(topic, NOW_MS)]);
      await delayed.cancel(topic, all[0]?.id ?? "", rememberedUntilMs);
      await delayed.put(other, [aDelayed(other, NOW_MS)], [aTimer(other, NOW_MS)]);
      let rounds = 0;
      while (!(await delayed.purge(topic, 3))) expect(rounds++).toBeLessThan(100);
      expect(await delayed.due(topic, NOW_MS, 10)).toEqual([]);
      expect(await delayed.due(other, NOW_MS, 10)).toHaveLength(1);
      expect(await delayed.purge(topic, 3)).toBe(true);
    });

    it("puts as many as a transaction takes, and no more", async () => {
      const { delayed } = await make();
      const topic = aTopic();
      const all = Array.from({ length: 100 }, () => aDelayed(topic, NOW_MS));
      const put = (count: number) => delayed.put(topic, all.slice(0, count), [aTimer(topic, NOW_MS)]);
      await expect(put(100)).rejects.toMatchObject({ name: "InvariantError" });
      expect(await delayed.due(topic, NOW_MS, 1)).toEqual([]);
      await put(99);
      expect(await delayed.due(topic, NOW_MS, 200)).toHaveLength(99);
    });
  });
}
