import type { FreeLock, Locks } from "../../domain/ports/locks.js";
import { type LockEntry, type MemoryStorage, answered } from "./storage.js";

const noted = (note: string | undefined): { note?: string } => (note === undefined ? {} : { note });

const isFree = (there: LockEntry | undefined, nowMs: number): boolean =>
  there?.owner === undefined || there.untilMs <= nowMs;

const freeLock = ({ takes, takenAtMs, calledAtMs, note }: Partial<LockEntry> = {}): FreeLock => ({
  kind: "free",
  takes: takes ?? 0,
  ...(takenAtMs === undefined ? {} : { takenAtMs }),
  ...(calledAtMs === undefined ? {} : { calledAtMs }),
  ...noted(note),
});

export const memoryLocks = ({ locks }: MemoryStorage): Locks => ({
  acquire: async (name, owner, nowMs, untilMs) => {
    await answered();
    const there = locks.get(name);
    const isMine = there?.owner === owner;
    if (there?.owner !== undefined && !isMine && there.untilMs > nowMs)
      return { kind: "held", untilMs: there.untilMs };
    const deaths = there?.owner === undefined ? 0 : there.deaths + (isMine ? 0 : 1);
    const note = noted(there?.note);
    const isKnocked = isMine && there.isKnocked === true;
    const taken = isMine ? {} : { takes: (there?.takes ?? 0) + 1, takenAtMs: nowMs };
    locks.set(name, { ...there, owner, untilMs, deaths, isKnocked, ...taken });
    const isCalled = there?.calledAtMs !== undefined;
    return { kind: "acquired", deaths, ...(isCalled ? { isCalled } : {}), ...note };
  },
  renew: async (name, owner, untilMs, alive, note) => {
    await answered();
    const there = locks.get(name);
    if (there?.owner !== owner) return "lost";
    const deaths = alive ? 0 : there.deaths;
    locks.set(name, { ...there, untilMs, deaths, ...noted(note ?? there.note) });
    return "renewed";
  },
  release: async (name, owner, note) => {
    await answered();
    const there = locks.get(name);
    if (there?.owner !== owner) return "lost";
    const { takes = 0, takenAtMs = 0 } = there;
    locks.set(name, { owner: undefined, untilMs: 0, deaths: 0, takes, takenAtMs, ...noted(note) });
    return there.isKnocked || there.calledAtMs !== undefined ? "knocked" : "released";
  },
  knock: async (name, nowMs) => {
    await answered();
    const there = locks.get(name);
    if (!there || isFree(there, nowMs)) return freeLock(there);
    locks.set(name, { ...there, isKnocked: true });
    return { kind: "held" };
  },
  call: async (name, takes, nowMs) => {
    await answered();
    const there = locks.get(name);
    if (!isFree(there, nowMs) || (there?.takes ?? 0) !== takes) return "taken";
    const free = { owner: undefined, untilMs: 0, deaths: 0 };
    locks.set(name, { ...(there ?? free), calledAtMs: nowMs });
    return "called";
  },
  note: async (name) => {
    await answered();
    return locks.get(name)?.note;
  },
  heldUntilMs: async (name) => {
    await answered();
    const there = locks.get(name);
    return there?.owner === undefined ? undefined : there.untilMs;
  },
  deaths: async (name) => {
    await answered();
    const there = locks.get(name);
    return there?.owner === undefined ? 0 : there.deaths;
  },
});
