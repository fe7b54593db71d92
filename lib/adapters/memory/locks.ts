import type { Locks } from "../../domain/ports/locks.js";
import { type LockEntry, type MemoryStorage, answered } from "./storage.js";

const noted = (note: string | undefined): { note?: string } => (note === undefined ? {} : { note });

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
    locks.set(name, { owner, untilMs, deaths, isKnocked, ...note });
    return { kind: "acquired", deaths, ...note };
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
    const left: LockEntry = { owner: undefined, untilMs: 0, deaths: 0, ...noted(note) };
    if (note === undefined) locks.delete(name);
    else locks.set(name, left);
    return there.isKnocked ? "knocked" : "released";
  },
  knock: async (name, nowMs) => {
    await answered();
    const there = locks.get(name);
    if (there?.owner === undefined || there.untilMs <= nowMs) return "free";
    locks.set(name, { ...there, isKnocked: true });
    return "held";
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
});
