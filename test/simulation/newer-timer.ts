import type { MemoryStorage } from "../../lib/adapters/memory/storage.js";
import { dueId } from "../../lib/domain/progress/records.js";
import { type Timer, timerName } from "../../lib/domain/timer.js";

const subscription = { topic: { name: "orders", uid: "any" }, name: "any", uid: "any" };
const NEWER = { kind: "of-a-newer-release", dueMs: 0, subscription } as unknown as Timer;
const keyAt = (setAtMs: number): string => dueId(setAtMs, timerName(NEWER));

/**
 * Sets a timer, long due, of a kind that only a newer release serves: while a deployment replaces functions, both
 * run.
 */
export function setNewerTimer({ timers }: MemoryStorage, nowMs: number): void {
  timers.set(keyAt(nowMs), { ...NEWER, dueMs: nowMs });
}

/** How many timers of this release are overdue, and whether the newer one's is as it was. */
export function timersLeft(
  { timers }: MemoryStorage,
  { setAtMs, overdueMs }: { readonly setAtMs: number; readonly overdueMs: number },
) {
  const all = [...timers.entries()];
  const isNewer = ([key]: (typeof all)[number]): boolean => key === keyAt(setAtMs);
  const own = all.filter((one) => !isNewer(one));
  return { overdue: own.filter(([, { dueMs }]) => dueMs < overdueMs).length, hasNewer: all.some(isNewer) };
}
