import type { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { dueId } from "../../lib/domain/progress/records.js";
import type { Timer } from "../../lib/domain/timer.js";

const KIND = "of-a-newer-release";

/** Sets a timer, long due, of a kind that only a newer release serves: while a deployment replaces functions, both run. */
export function setNewerTimer({ timers }: MemoryStorage, nowMs: number): void {
  const subscription = { topic: { name: "orders", uid: "any" }, name: "any", uid: "any" };
  timers.set(dueId(nowMs, KIND), { kind: KIND, dueMs: nowMs, subscription } as unknown as Timer);
}

/** How many timers of this release are overdue, and whether the newer one's is as it was. */
export function timersLeft(
  { timers }: MemoryStorage,
  { setAtMs, overdueMs }: { readonly setAtMs: number; readonly overdueMs: number },
) {
  const all = [...timers.entries()];
  const isNewer = ([key, { kind, dueMs, failures }]: (typeof all)[number]): boolean =>
    key === dueId(setAtMs, KIND) && String(kind) === KIND && dueMs === setAtMs && failures === undefined;
  const own = all.filter((one) => !isNewer(one));
  return { overdue: own.filter(([, { dueMs }]) => dueMs < overdueMs).length, hasNewer: all.some(isNewer) };
}
