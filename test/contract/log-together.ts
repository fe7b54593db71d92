import type { Claim } from "../../lib/domain/beside.js";
import { taking } from "../../lib/domain/delayed.js";
import type { DelayedStore } from "../../lib/domain/ports/delayed-store.js";
import type { LogStore } from "../../lib/domain/ports/log-store.js";
import type { TimerStore } from "../../lib/domain/ports/timer-store.js";
import type { AppendPart, DelayPart } from "../../lib/domain/together.js";
import type { DelayedTimer } from "../../lib/domain/timer.js";
import type { Topic } from "../../lib/domain/topic.js";
import { anchorAfter, MINUTE_MS, NOW_MS, aPartition, aSlot, aTopic, tailOf, unique } from "./builders.js";
import { aDelayed } from "./delayed-store.js";

interface Stores {
  readonly log: LogStore;
  readonly delayed: DelayedStore;
  readonly timers: TimerStore;
}
type Make = () => Promise<Stores>;

const aClaim = (value = "theirs"): Claim => ({
  ...{ kind: "claim", name: unique("record"), value, expiresAtMs: NOW_MS + MINUTE_MS },
});
const aPart = (fields: Partial<AppendPart> = {}): AppendPart => ({
  partition: aPartition(),
  slot: aSlot(),
  ...fields,
});
const aTimer = ({ name, uid }: Topic, dueMs: number): DelayedTimer => ({
  ...{ kind: "delayed", topic: { name, uid }, part: 0, nonce: unique("nonce"), dueMs },
});
const aDelay = (fields: Partial<DelayPart> = {}): DelayPart => {
  const topic = aTopic();
  const one = aDelayed(topic, NOW_MS + 5_000);
  const timers = [aTimer(topic, one.dueMs)];
  return { topic, delayed: [one], timers, claims: [], nowMs: NOW_MS, ...fields };
};

/** Slots of several partitions and topics, and delayed messages, in one transaction. */
export function logTogetherContract(make: Make): void {
  describe("appends that are one transaction", () => {
    describe("that nothing is in the way of", () => storedContract(make));
    describe("of which one is beaten", () => beatenContract(make));
    describe("that many make at once", () => raceContract(make));
  });
}

function storedContract(make: Make): void {
  it("store all their slots, with the anchors and the records beside them", async () => {
    // GIVEN
    const { log } = await make();
    const claim = aClaim();
    const [plain, anchored, other] = [aPart(), aPart({ anchorVersion: 0 }), aPart({ beside: [claim] })];
    // WHEN
    const outcome = await log.appendAll({ appends: [plain, anchored, other], delays: [] });
    // THEN
    expect(outcome).toEqual({ kind: "stored" });
    for (const { partition, slot } of [plain, anchored, other])
      expect((await log.read(partition, 0, 10, { consistent: true })).slots).toEqual([slot]);
    expect(await log.anchorVersion(plain.partition)).toBe(0);
    expect(await log.anchorVersion(anchored.partition)).toBe(anchorAfter(1));
    expect(await log.append(aPartition(), aSlot(), { beside: [claim] })).toMatchObject({ kind: "refused" });
  });

  it("store delayed messages with their timers, beside slots or alone", async () => {
    // GIVEN
    const { log, delayed, timers } = await make();
    const [one, two, alone] = [aDelay(), aDelay(), aDelay({ claims: [aClaim()] })];
    const part = aPart();
    // WHEN
    const outcomes = [
      await log.appendAll({ appends: [part], delays: [one, two] }),
      await log.appendAll({ appends: [], delays: [alone] }),
    ];
    // THEN
    expect(outcomes).toEqual([{ kind: "stored" }, { kind: "stored" }]);
    expect(await log.tail(part.partition)).toEqual(tailOf(part.slot));
    for (const { topic, delayed: all, timers: set } of [one, two, alone]) {
      expect(await delayed.due(topic, NOW_MS + 5_000, 10)).toEqual(all);
      expect(await timers.due(NOW_MS + 5_000, 1_000)).toEqual(expect.arrayContaining([...set]));
      for (const timer of set) await timers.remove(timer);
    }
  });

  it("are their writer's own where the answer was lost: a repeat says stored", async () => {
    const { log } = await make();
    const all = { appends: [aPart({ beside: [aClaim()] }), aPart({ anchorVersion: 0 })], delays: [] };
    await log.appendAll(all);
    expect(await log.appendAll(all)).toEqual({ kind: "stored" });
  });
}

function beatenContract(make: Make): void {
  it("store nothing, and tell who holds each place that is taken", async () => {
    // GIVEN
    const { log, delayed } = await make();
    const [free, taken, alsoTaken] = [aPart({ anchorVersion: 0 }), aPart(), aPart()];
    const winners = [aSlot({ count: 3 }), aSlot({ count: 5 })] as const;
    await log.append(taken.partition, winners[0]);
    await log.append(alsoTaken.partition, winners[1]);
    const delay = aDelay();
    // WHEN
    const outcome = await log.appendAll({ appends: [taken, free, alsoTaken], delays: [delay] });
    // THEN
    const lost = winners.map((winner) => ({ kind: "lost", winner: tailOf(winner) }));
    expect(outcome).toEqual({ kind: "beaten", appends: [lost[0], undefined, lost[1]], delays: [[]] });
    expect(await log.tail(free.partition)).toBeUndefined();
    expect(await log.anchorVersion(free.partition)).toBe(0);
    expect(await delayed.due(delay.topic, NOW_MS + 5_000, 10)).toEqual([]);
  });

  it("store nothing where an anchor has moved", async () => {
    const { log } = await make();
    const [stale, free] = [aPart({ anchorVersion: 0, slot: aSlot({ base: 1 }) }), aPart()];
    await log.append(stale.partition, aSlot(), { anchorVersion: 0 });
    const outcome = await log.appendAll({ appends: [free, stale], delays: [] });
    expect(outcome).toEqual({ kind: "beaten", appends: [undefined, { kind: "anchor-moved" }], delays: [] });
    expect(await log.tail(free.partition)).toBeUndefined();
  });

  it("store nothing where records are refused, and tell what those hold, by slot and part", async () => {
    // GIVEN
    const { log, delayed } = await make();
    const [held, alsoHeld, free, alsoFree] = [aClaim("first"), aClaim("second"), aClaim(), aClaim()];
    await log.append(aPartition(), aSlot(), { beside: [held, alsoHeld] });
    const [one, other] = [aPart({ beside: [free, held] }), aPart()];
    const delay = aDelay({ claims: [alsoFree, alsoHeld] });
    // WHEN
    const outcome = await log.appendAll({ appends: [other, one], delays: [aDelay(), delay] });
    // THEN
    expect(outcome).toEqual({
      kind: "beaten",
      appends: [undefined, { kind: "refused", refusals: [{ index: 1, value: "first" }] }],
      delays: [[], [{ index: 1, value: "second" }]],
    });
    for (const { partition } of [one, other]) expect(await log.tail(partition)).toBeUndefined();
    expect(await delayed.due(delay.topic, NOW_MS + 5_000, 10)).toEqual([]);
    expect(await log.append(aPartition(), aSlot(), { beside: [free, alsoFree] })).toEqual({ kind: "stored" });
  });

  it("compare a record with its own slot's time", async () => {
    const { log } = await make();
    const claim = aClaim();
    await log.append(aPartition(), aSlot(), { beside: [claim] });
    const late = aPart({ slot: aSlot({ publishedAtMs: NOW_MS + MINUTE_MS }), beside: [claim] });
    expect(await log.appendAll({ appends: [aPart(), late], delays: [] })).toEqual({ kind: "stored" });
  });
}

function raceContract(make: Make): void {
  it("lets one of many have all of the places, and nobody else any", async () => {
    // GIVEN
    const { log } = await make();
    const partitions = [aPartition(), aPartition(), aPartition()];
    const writers = Array.from({ length: 5 }, () =>
      partitions.map((partition) => aPart({ partition, slot: aSlot() })),
    );
    // WHEN
    const outcomes = await Promise.all(
      writers.map((appends) => log.appendAll({ appends, delays: [] }).catch(() => undefined)),
    );
    // THEN
    const tails = await Promise.all(partitions.map((one) => log.read(one, 0, 10, { consistent: true })));
    const nonces = tails.map(({ slots }) => slots.map(({ nonce }) => nonce));
    const winner = outcomes.findIndex((outcome) => outcome?.kind === "stored");
    expect(outcomes.filter((outcome) => outcome?.kind === "stored")).toHaveLength(1);
    expect(nonces).toEqual(writers[winner]?.map(({ slot: { nonce } }) => [nonce]));
  });

  it("takes a waiting message away with one of its slots, or stores none", async () => {
    const { log, delayed } = await make();
    const { topic, ...delay } = aDelay();
    await log.appendAll({ appends: [], delays: [{ topic, ...delay }] });
    const beside = delay.delayed.map((one) => taking(topic, one));
    const all = () => ({ appends: [aPart(), aPart({ beside })], delays: [] });
    expect(await log.appendAll(all())).toEqual({ kind: "stored" });
    expect(await delayed.due(topic, NOW_MS + 5_000, 10)).toEqual([]);
    expect(await log.appendAll(all())).toMatchObject({ kind: "beaten" });
  });
}
