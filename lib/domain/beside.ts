import { invariant } from "./invariant.js";
import type { Schedule } from "./schedule.js";
import { type ScheduleTimer, timerName } from "./timer.js";

/** What waits for its place in the log: delayed messages in the state table, and users' own in the outbox. */
export type WaitingIn = "delayed" | "outbox";

export interface Claim {
  readonly kind: "claim";
  readonly name: string;
  readonly value: string;
  readonly expiresAtMs?: number;
}

/**
 * A change beside the log, in the same transaction as the slot: all or nothing. `claim` puts a record that must not
 * exist, or must have expired by the slot's time. `remove` deletes a record that must exist in this version; a claim
 * makes version 1. `take` deletes an item that waits for its place in the log, and must still be there: so whoever
 * takes it puts its message into the log once. `group` and `place` are the item's key. `schedule` replaces one that is
 * there in the version before, so that a run happens once. `timer` sets the timer of its next run.
 */
export type Beside =
  | Claim
  | { readonly kind: "remove"; readonly name: string; readonly version: number }
  | { readonly kind: "take"; readonly from: WaitingIn; readonly group: string; readonly place: string }
  | { readonly kind: "schedule"; readonly schedule: Schedule }
  | { readonly kind: "timer"; readonly timer: ScheduleTimer };

/** The most changes beside one slot: a transaction has 100 items, two of which are the slot and the anchor. */
export const BESIDE_LIMIT = 98;

function nameOf(change: Beside): string {
  if (change.kind === "take") return `${change.from} ${change.group} ${change.place}`;
  if (change.kind === "schedule") return `schedule ${change.schedule.topic.uid} ${change.schedule.name}`;
  if (change.kind === "timer") return `timer ${change.timer.dueMs} ${timerName(change.timer)}`;
  return `record ${change.name}`;
}

/** @throws {InvariantError} */
export function assertBeside(beside: readonly Beside[]): void {
  invariant(beside.length <= BESIDE_LIMIT, "an append is one transaction");
  invariant(new Set(beside.map(nameOf)).size === beside.length, "a transaction changes an item once");
}
