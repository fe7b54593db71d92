import type { Locks } from "../../domain/ports/locks.js";
import { type MemoryStorage, answered } from "./storage.js";

export const memoryLocks = ({ locks }: MemoryStorage): Locks => ({
  acquire: async (name, owner, nowMs, untilMs) => {
    await answered();
    const there = locks.get(name);
    const isMine = there?.owner === owner;
    if (there?.owner !== undefined && !isMine && there.untilMs > nowMs)
      return { kind: "held", untilMs: there.untilMs };
    const deaths = there?.owner === undefined ? 0 : there.deaths + (isMine ? 0 : 1);
    locks.set(name, { owner, untilMs, deaths });
    return { kind: "acquired", deaths };
  },
  renew: async (name, owner, untilMs, alive) => {
    await answered();
    const there = locks.get(name);
    if (there?.owner !== owner) return "lost";
    locks.set(name, { owner, untilMs, deaths: alive ? 0 : there.deaths });
    return "renewed";
  },
  release: async (name, owner) => {
    await answered();
    if (locks.get(name)?.owner !== owner) return "lost";
    locks.set(name, { owner: undefined, untilMs: 0, deaths: 0 });
    return "released";
  },
  heldUntilMs: async (name) => {
    await answered();
    const there = locks.get(name);
    return there?.owner === undefined ? undefined : there.untilMs;
  },
});
